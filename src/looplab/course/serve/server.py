"""A Jupyter server that nobody but the learner can reach, and that the learner's own Jupyter settings do not touch.

What makes it differ from `jupyter lab`:

- it listens on 127.0.0.1 alone, behind the `Guard` and a token that is new each time;
- it reads no configuration file and no `JUPYTER…` environment variable: a setting made for another server (another
  address, no password, an extension) can neither open nor break this one;
- JupyterLab runs in its core mode: no extensions, no extension manager, no news, no check for updates; no terminals;
- the only kernel is the Python that looplab itself runs in;
- Ctrl-C ends it at once, with its kernels.
"""

import errno
import json
import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.utils import ensure_async
from jupyter_server.serverapp import ServerApp
from tornado.httpserver import HTTPServer
from tornado.web import Application
from traitlets import default
from traitlets.config import Config

from looplab.course.serve.guard import Guard, Key
from looplab.course.serve.home import Home
from looplab.errors import ServeError
from looplab.files import write_whole

__all__ = ["CourseServer", "bind", "make_server"]

ADDRESS = "127.0.0.1"
PORTS_TRIED = 20
LAST_PORT = 65535
UNWANTED_PLUGINS = (
    "@jupyterlab/apputils-extension:announcements",
    "@jupyterlab/extensionmanager-extension",
    "@jupyterlab/fileeditor-extension:language-server",
    "@jupyterlab/help-extension:jupyter-forum",
    "@jupyterlab/help-extension:resources",
    "@jupyterlab/lsp-extension",
    "@jupyterlab/notebook-extension:language-server",
    "@jupyterlab/pluginmanager-extension",
    "@jupyterlab/terminal-extension",
)


class OwnKernel(KernelSpecManager):
    """Knows one kernel, `python3`: the interpreter that looplab runs in, whatever else is installed on the machine."""

    @default("kernel_dirs")
    def _no_folders(self) -> list[str]:
        return []


class CourseServer(ServerApp):
    """The server; made by `make_server`."""

    listening: socket.socket
    on_start: Callable[[], None]
    on_stop: Callable[[], None]

    @property
    def config_file_paths(self) -> list[str]:
        """No folders: configuration files are not read."""
        return []

    def migrate_config(self) -> None:
        """Leave the user's Jupyter folders alone."""

    def init_httpserver(self) -> None:
        """Serve on the socket that is bound already, behind the guard."""
        key = Key(
            token=self.identity_provider.token,
            cookie_name=self.identity_provider.cookie_name,
            cookie_secret=self.cookie_secret,
        )
        self._http_server = HTTPServer(
            Guard(self.web_app, key), max_body_size=self.max_body_size, max_buffer_size=self.max_buffer_size
        )
        self.io_loop.add_callback(self._http_server.add_socket, self.listening)

    def init_signal(self) -> None:
        """Stop at the first Ctrl-C, without asking."""
        signal.signal(signal.SIGINT, self._signal_stop)
        signal.signal(signal.SIGTERM, self._signal_stop)

    def _signal_stop(self, sig: int, frame: FrameType | None) -> None:
        del frame
        if self._stopping:
            os._exit(128 + sig)
        self.stop(from_signal=True)

    def start_app(self) -> None:
        """Say nothing; the caller's `on_start` does, when the server answers."""
        self.io_loop.add_callback(self.on_start)

    async def cleanup_kernels(self) -> None:
        """Kill the kernels: what they hold is lost in any case, so do not wait for them."""
        self.on_stop()
        await ensure_async(self.kernel_manager.shutdown_all(now=True))


def bind(port: int) -> socket.socket:
    """Listen on the port, or on the first free one of those that follow; 0 is any port that is free.

    Raises:
        ServeError: for a number that is no port, and where no port is free.
    """
    if not 0 <= port <= LAST_PORT:
        raise ServeError("port", expected=f"a number from 0 to {LAST_PORT}", got=str(port), fix="Try --port 8888.")
    last = min(port + PORTS_TRIED - 1, LAST_PORT)
    for candidate in range(port, last + 1):
        listening = _listen(candidate)
        if listening is not None:
            return listening
    raise ServeError(
        "port",
        expected=f"a free port from {port} to {last}",
        got="none: each is taken or needs more rights",
        fix="Stop another server, or choose one with --port.",
    )


def _listen(port: int) -> socket.socket | None:
    """A socket that listens on the port, or None where the port is not to be had."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # there it would take a port away from another server
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((ADDRESS, port))
        listening.listen(128)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise
    return listening


def make_server(
    home: Home,
    listening: socket.socket,
    *,
    handlers: list[tuple[Any, ...]],
    on_start: Callable[[], None],
    on_stop: Callable[[], None],
) -> CourseServer:
    """A server that is ready to `start`.

    Args:
        home: the learner's folders; they exist.
        listening: a socket that listens.
        handlers: the course's own addresses: tornado rules that stand before all of Jupyter's.
        on_start: called in the server's loop as soon as it answers.
        on_stop: called when it ends.
    """
    _forget_environment(home)
    _trim_jupyterlab(home)
    server = CourseServer(**_settings(home, listening.getsockname()[1]))
    server.listening, server.on_start, server.on_stop = listening, on_start, on_stop
    server.initialize(argv=[], find_extensions=False)
    application: Application = server.web_app
    Application.add_handlers(application, ".*$", handlers)
    return server


def _forget_environment(home: Home) -> None:
    """Drop every setting that Jupyter would take from the environment and point it to our own folder."""
    for name in [name for name in os.environ if name.startswith("JUPYTER")]:
        del os.environ[name]
    os.environ["JUPYTER_CONFIG_DIR"] = str(home.jupyter / "config")
    os.environ["JUPYTER_DATA_DIR"] = str(home.jupyter / "data")
    os.environ["JUPYTER_RUNTIME_DIR"] = str(home.jupyter / "runtime")
    os.environ["JUPYTER_PLATFORM_DIRS"] = "1"


def _trim_jupyterlab(home: Home) -> None:
    """Turn off what JupyterLab would do that nobody here asked for; its core mode leaves out the rest."""
    path = home.jupyter / "config" / "labconfig" / "page_config.json"
    write_whole(path, json.dumps({"disabledExtensions": dict.fromkeys(UNWANTED_PLUGINS, True)}))


def _log_to(path: Path) -> dict[str, Any]:
    """Keep what Jupyter warns of in a file: on the terminal stands our one line."""
    size = {"maxBytes": 1_000_000, "backupCount": 1}
    file = {"class": "logging.handlers.RotatingFileHandler", "filename": str(path), "encoding": "utf-8", **size}
    return {
        "handlers": {"file": {**file, "formatter": "console", "level": "WARNING", "delay": True}},
        "loggers": {"CourseServer": {"handlers": ["console", "file"]}},
    }


def _settings(home: Home, port: int) -> dict[str, Any]:
    """Values for the traits of `ServerApp`; nothing reads a configuration file that could change them."""
    config = Config()
    config.LabApp.log_level = logging.CRITICAL
    config.IdentityProvider.token = secrets.token_urlsafe(32)
    config.IdentityProvider.cookie_name = f"looplab-{port}"
    config.IdentityProvider.cookie_options = {"samesite": "Lax"}
    config.PasswordIdentityProvider.hashed_password = ""
    config.PasswordIdentityProvider.allow_password_change = False
    config.ContentsManager.allow_hidden = False
    # Other users of this machine can reach the kernels' ports too.
    config.KernelManager.transport_encryption = "auto" if zmq.has("curve") else "disabled"
    config.LabApp.core_mode = True
    config.LabApp.news_url = None
    config.LabApp.user_settings_dir = str(home.jupyter / "settings")
    config.LabApp.workspaces_dir = str(home.jupyter / "workspaces")
    return {
        "config": config,
        "log_level": logging.CRITICAL,
        "logging_config": _log_to(home.jupyter / "server.log"),
        "ip": ADDRESS,
        "port": port,
        "root_dir": str(home.notebooks),
        "default_url": "/course/index.html",
        "cookie_secret": secrets.token_bytes(32),
        "allow_origin": "",
        "allow_origin_pat": "",
        "allow_credentials": False,
        "allow_remote_access": False,
        "allow_root": True,
        "allow_unauthenticated_access": False,
        "disable_check_xsrf": False,
        "open_browser": False,
        "terminals_enabled": False,
        "quit_button": False,
        "kernel_spec_manager_class": OwnKernel,
        "jpserver_extensions": {"jupyterlab": True},
        "tornado_settings": {
            "page_config_data": {"news": {"disabled": True}},
            "mathjax_url": "static/no-mathjax-here.js",
        },
    }
