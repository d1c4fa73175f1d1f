"""`looplab learn` from its first line to Ctrl-C."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course.serve import learn
from looplab.course.serve.home import learner_home
from looplab.course.serve.server import PORTS_TRIED, bind
from looplab.errors import ChoiceError, ServeError

from .conftest import Server


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_second_server_steps_over_the_port_and_ends_at_ctrl_c_with_its_kernels(
    start: Callable[..., Server], server: Server
) -> None:
    own = start("1.3", "--port", str(server.port))
    assert own.path == "/course/1-one/1.3-broken.html"
    assert server.port < own.port < server.port + PORTS_TRIED
    assert own.token != server.token
    assert len(own.token) >= 32
    assert own.ask("/api/contents", server.key).status == 403

    for _ in range(2):
        own.ask("/api/kernels", own.key, method="POST", body="{}")
    children = Path(f"/proc/{own.process.pid}/task/{own.process.pid}/children").read_text().split()
    assert len(children) == 2
    status, said = own.stop()
    assert (status, said) == (0, "")
    assert all(ended(int(child)) for child in children)
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.1", own.port)) != 0
    assert not list((own.home / "jupyter").glob("open-*"))


def test_the_folders_of_the_learner_are_their_own(server: Server) -> None:
    for folder in (server.home, server.home / "notebooks", server.home / "jupyter"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not (server.user / ".jupyter" / "migrated").exists()
    assert {path.name for path in server.user.iterdir()} <= {
        "learner", "course", ".jupyter", ".config", ".local", ".cache", ".ipython",
    }  # fmt: skip


def test_no_free_port_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 65535))
        taken.listen()
        with pytest.raises(
            ServeError, match=r"^port: expected a free port from 65535 to 65535, got none: .* --port\.$"
        ):
            bind(65535)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_an_error(port: int) -> None:
    with pytest.raises(ServeError, match=rf"^port: expected a number from 0 to 65535, got {port}\. Try --port 8888\.$"):
        bind(port)


def test_an_unknown_lesson_is_an_error_before_anything_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOPLAB_HOME", str(tmp_path / "home"))
    with pytest.raises(ChoiceError, match=r"^lesson: expected one of .*2\.4.*, got '2\.44'\. Did you mean '2\.4'\?$"):
        learn("2.44", port=0, browser=False)


def test_a_home_that_cannot_be_made_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOOPLAB_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(ServeError, match=r"^.*file/home: expected a folder .* LOOPLAB_HOME"):
        learn(port=0, browser=False)


def test_the_home_is_the_users_data_directory_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOOPLAB_HOME", raising=False)
    assert learner_home().folder.name == "looplab"
    monkeypatch.setenv("LOOPLAB_HOME", "~/here")
    assert learner_home().folder == Path.home() / "here"


def test_the_optional_part_that_takes_seconds_to_import_is_left_out() -> None:
    code = """
import sys
from looplab.course.serve.fast_start import OPTIONAL, import_jsonschema
import_jsonschema()
jsonschema = sys.modules["jsonschema"]
jsonschema.validate({"a": 1}, {"type": "object"})
print(OPTIONAL in sys.modules)
import jupyter_server.serverapp
print(OPTIONAL in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\nFalse\n"


def test_importing_it_loads_no_jupyter() -> None:
    code = "import sys, looplab.course.serve; print([m for m in sys.modules if m.startswith(('jupyter', 'tornado'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
