"""One server over a tiny course for all tests, of a user whose own Jupyter settings would open it to the world."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

STANDIN = Path(__file__).with_name("standin.py")
LINE = re.compile(r"The course is at http://127\.0\.0\.1:(\d+)(/course/\S+)\?token=(\S+)  \(Ctrl-C stops it\)\n")

LESSONS = {
    "index.md": "# The course",
    "1-one/1.1-quick/lesson.md": "---\ntitle: A quick lesson\n---\n# 1.1 A quick lesson\n",
    "1-one/1.2-later/lesson.md": "# 1.2 A lesson that changes\n",
    "1-one/1.3-broken/lesson.md": "# 1.3 A broken lesson\n",
    "1-one/1.4-last/lesson.md": "# 1.4 Another lesson\n",
}

USER_CONFIG = """
c = get_config()
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port = 1
c.ServerApp.token = c.IdentityProvider.token = ""
c.ServerApp.password = c.PasswordIdentityProvider.hashed_password = ""
c.ServerApp.allow_origin = "*"
c.ServerApp.allow_remote_access = True
c.ServerApp.allow_unauthenticated_access = True
c.ServerApp.disable_check_xsrf = True
c.ServerApp.root_dir = "/"
c.ServerApp.default_url = "/elsewhere"
c.ServerApp.terminals_enabled = True
c.ServerApp.jpserver_extensions = {"no_such_extension": True}
c.ServerApp.browser = "false"
c.LabApp.core_mode = False
"""

USER_ENVIRONMENT = {
    "JUPYTER_TOKEN": "guessed",
    "JUPYTER_PORT": "1",
    "JUPYTER_GATEWAY_URL": "http://gateway.invalid",
    "JUPYTER_CONFIG_PATH": "",
    "JUPYTERLAB_SETTINGS_DIR": "/nowhere",
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    process: subprocess.Popen[str]
    port: int
    path: str
    token: str
    home: Path
    course: Path
    user: Path

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def key(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", body: str | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=200)
        try:
            connection.putrequest(method, path, skip_host=True)
            for name, value in {"Host": self.host, **(headers or {})}.items():
                connection.putheader(name, value)
            data = body.encode() if body is not None else b""
            connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            response = connection.getresponse()
            content = b"" if response.status == http.HTTPStatus.SWITCHING_PROTOCOLS else response.read()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content.decode("latin-1"))
        finally:
            connection.close()

    def stop(self) -> tuple[int, str]:
        """Ctrl-C; the exit status and what was said on stderr."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=200)
        return self.process.returncode, said


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start a server; its folders, its user and its course are its own."""
    running: list[subprocess.Popen[str]] = []

    def start_one(*arguments: str, environment: Mapping[str, str] | None = None) -> Server:
        user = tmp_path_factory.mktemp("user")
        home, course = user / "learner", user / "course"
        for name, text in LESSONS.items():
            path = course / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        _settings_of(user)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG_"))}
        environment = kept | {"HOME": str(user), "LOOPLAB_HOME": str(home)} | USER_ENVIRONMENT | dict(environment or {})
        process = subprocess.Popen(
            [sys.executable, str(STANDIN), str(course), *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        line = LINE.fullmatch(process.stdout.readline())
        if line is None:
            process.kill()
            pytest.fail(process.communicate()[1])
        port, address, token = line.groups()
        return Server(process, int(port), address, token, home, course, user)

    yield start_one
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def server(start: Callable[..., Server]) -> Server:
    """A server that the tests share."""
    return start()


def _settings_of(user: Path) -> None:
    """What a user may have: a configuration that opens every door, and another kernel by the same name."""
    for folder in (user / ".jupyter", user / ".config" / "jupyter"):
        folder.mkdir(parents=True)
        for name in (
            "jupyter_config.py",
            "jupyter_server_config.py",
            "jupyter_lab_config.py",
            "jupyter_labapp_config.py",
        ):
            (folder / name).write_text(USER_CONFIG)
    kernel = user / ".local" / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": ["false"], "display_name": "Another Python", "language": "python"})
    )
