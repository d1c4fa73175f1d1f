"""`looplab learn`: the course in a browser."""

import secrets
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path

from looplab.course.serve.handlers import rules
from looplab.course.serve.home import Home, learner_home
from looplab.course.serve.server import ADDRESS, CourseServer, bind, make_server
from looplab.course.serve.site import Site
from looplab.errors import FileError
from looplab.files import write_whole

__all__ = ["serve"]


def serve(lesson: str | None, *, port: int, browser: bool, make_site: Callable[[Home], Site]) -> None:
    """Serve a site until Ctrl-C; see `looplab.course.serve.learn`.

    Args:
        lesson: the lesson to open; the contents when None.
        port: the port to try first.
        browser: open the page in the browser.
        make_site: makes what is served, for the learner's folder.
    """
    home = learner_home()
    home.make()
    site = make_site(home)
    page = "index.html" if lesson is None else site.page_of(lesson)
    listening = bind(port)

    def announce() -> None:
        address = f"http://{ADDRESS}:{server.port}/course/{page}?token={server.identity_provider.token}"
        print(f"The course is at {address}  (Ctrl-C stops it)", flush=True)
        site.queue.ask_for(page)
        site.queue.start()
        if browser:
            _open_browser(address, opening)

    server = make_server(home, listening, handlers=rules(site), on_start=announce, on_stop=site.queue.stop)
    with _private_file(home.jupyter) as opening:
        server.start()
    CourseServer.clear_instance()


@contextmanager
def _private_file(folder: Path) -> Iterator[Path]:
    """A name for a file that is removed when the block ends."""
    path = folder / f"open-{secrets.token_hex(8)}.html"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _open_browser(address: str, opening: Path) -> None:
    """Open the browser by a file that leads it to the address; where none can be written, the printed address remains.

    Only its owner can read the file, while a browser's command line, with the token in it, is there for all to see.
    """
    with suppress(FileError):
        write_whole(opening, _leading_to(address), permissions=0o600)
        threading.Thread(target=webbrowser.open, args=[opening.as_uri()], daemon=True).start()


def _leading_to(address: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>looplab</title>
<meta http-equiv="refresh" content="0; url={escape(address)}"></head>
<body><a href="{escape(address)}">The course</a></body></html>
"""
