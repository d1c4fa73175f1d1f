"""`looplab learn`: the course in a browser."""

import os
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from looplab.course.serve.handlers import rules
from looplab.course.serve.home import Home, learner_home
from looplab.course.serve.server import ADDRESS, CourseServer, bind, make_server
from looplab.course.serve.site import Site

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
            opening.write_text(_leading_to(address), encoding="utf-8")
            threading.Thread(target=webbrowser.open, args=[opening.as_uri()], daemon=True).start()

    server = make_server(home, listening, handlers=rules(site), on_start=announce, on_stop=site.queue.stop)
    with _private_file(home.jupyter) as opening:
        server.start()
    CourseServer.clear_instance()


@contextmanager
def _private_file(folder: Path) -> Iterator[Path]:
    """A file that leads the browser to the address.

    Only its owner can read it, while a browser's command line, with the token in it, is there for all to see.
    """
    handle, name = tempfile.mkstemp(dir=folder, prefix="open-", suffix=".html")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _leading_to(address: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>looplab</title>
<meta http-equiv="refresh" content="0; url={escape(address)}"></head>
<body><a href="{escape(address)}">The course</a></body></html>
"""
