"""The course's own addresses: pages, how far they are, the learner's progress, answers to quizzes, and "Open live".

Every handler stands behind Jupyter's authentication.
"""

import asyncio
import json
import mimetypes
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader
from jupyter_server.base.handlers import JupyterHandler
from markupsafe import Markup
from tornado import web

from looplab.course.serve.queue import PageState
from looplab.course.serve.site import Site
from looplab.errors import ChoiceError, LooplabError

__all__ = ["rules"]

templates = Environment(loader=PackageLoader("looplab.course.serve"), autoescape=True)

OWN_CONTENT_ONLY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


def rules(site: Site) -> list[tuple[Any, ...]]:
    """The rules of tornado's router that serve the course."""
    known = {"site": site}
    return [
        (r"/", ToContents, known),
        (r"/course/?", ToContents, known),
        (r"/course/(.+)", CoursePage, known),
        (r"/looplab/progress/(.+)", PageProgress, known),
        (r"/looplab/done", LearnerProgress, known),
        (r"/looplab/answers", Answers, known),
        (r"/looplab/live/([^/]+)", Live, known),
    ]


class CourseHandler(JupyterHandler):
    """What the course's handlers have in common."""

    site: Site

    def initialize(self, site: Site) -> None:
        """Keep what the rule hands over."""
        self.site = site

    @property
    def content_security_policy(self) -> str:
        """Nothing is loaded from anywhere else, whatever a page says."""
        return OWN_CONTENT_ONLY

    def set_default_headers(self) -> None:
        """Tell no other site where the reader comes from."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "same-origin")

    def show(self, template: str, status: HTTPStatus = HTTPStatus.OK, **values: object) -> None:
        """Answer with one of our own small pages."""
        self.set_status(status.value)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(templates.get_template(template).render(**values))

    def send_json(self, content: object) -> None:
        """Answer with JSON that nobody keeps."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(content))

    def drop_token(self) -> bool:
        """Send a browser that came with the token to the same address without it: it has the cookie now.

        Other clients, which may keep no cookies, are answered at once.
        """
        from_browser = self.request.headers.get("Sec-Fetch-Mode") == "navigate"
        if from_browser and "token" in self.request.query_arguments:
            self.redirect(self.request.path)
            return True
        return False


class ToContents(CourseHandler):
    """`/` and `/course/`: the course's first page."""

    @web.authenticated
    def get(self) -> None:
        """Redirect to it."""
        query = f"?{self.request.query}" if self.request.query else ""
        self.redirect(f"/course/index.html{query}")


class CoursePage(CourseHandler):
    """A page or one of the files it uses; a page that is not built yet is built now, and says so."""

    @web.authenticated
    def get(self, path: str) -> None:
        """Answer with the page, or with how far it is."""
        if self.drop_token():
            return
        if path not in self.site.pages or self._show_state(path, self.site.queue.ask_for(path)):
            self._send(path)

    head = get

    def _send(self, path: str) -> None:
        """Answer with a file of the folder of built pages; tornado adds its ETag, or leaves its contents out."""
        folder = self.site.folder.resolve()
        try:
            file = (folder / path).resolve()
            content = file.read_bytes() if file.is_relative_to(folder) and not path.endswith("/") else None
        except (OSError, ValueError):
            content = None
        if content is None:
            raise web.HTTPError(HTTPStatus.NOT_FOUND.value)
        kind, _ = mimetypes.guess_type(file.name)
        charset = "; charset=UTF-8" if (kind or "").startswith("text/") else ""
        self.set_header("Content-Type", f"{kind or 'application/octet-stream'}{charset}")
        self.set_header("Cache-Control", "no-cache")  # it may be built anew at any time
        self.finish(content)

    def _show_state(self, page: str, state: PageState) -> bool:
        """Whether the page is there to be sent; if not, the answer is how far it is."""
        title = self.site.pages[page]
        if state.kind == "failed":
            self.show("failed.html", HTTPStatus.INTERNAL_SERVER_ERROR, title=title, faults=state.detail.splitlines())
        elif state.kind != "built":
            self.show("waiting.html", title=title, page=quote(page), detail=_progress(self.site, state))
        return state.kind == "built"


class PageProgress(CourseHandler):
    """How far a page is, for the page that waits for it."""

    @web.authenticated
    def get(self, page: str) -> None:
        """Answer with JSON."""
        if page not in self.site.pages:
            raise web.HTTPError(HTTPStatus.NOT_FOUND.value)
        state = self.site.queue.state(page)
        self.send_json(asdict(state) | {"detail": _progress(self.site, state)})


class LearnerProgress(CourseHandler):
    """What the learner has passed of each lesson, for the pages."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with JSON; `xsrf` is what a page must send along with an answer to a quiz."""
        progress = await asyncio.to_thread(self.site.learner_progress)
        self.send_json(progress | {"xsrf": self.xsrf_token.decode()})


class Answers(CourseHandler):
    """Answers to the questions of a quiz that are given in a page."""

    @web.authenticated
    async def post(self) -> None:
        """Record one; answer with what is passed then, or with why it could not be recorded."""
        question, letter = self.get_body_argument("question", ""), self.get_body_argument("answer", "")
        try:
            progress = await asyncio.to_thread(self.site.answer, question, letter)
        except LooplabError as error:
            unknown = isinstance(error, ChoiceError)
            self.set_status((HTTPStatus.NOT_FOUND if unknown else HTTPStatus.BAD_REQUEST).value)
            progress = {"trouble": str(error)}
        self.send_json(progress)


class Live(CourseHandler):
    """Open live: the learner's own copy of a lesson's notebook, in JupyterLab.

    A link makes the copy only where the browser says that it stands on one of our own pages or was typed by hand; a
    reader who comes from elsewhere is asked first.
    """

    own_links: ClassVar = frozenset({"same-origin", "none"})

    @web.authenticated
    async def get(self, lesson: str) -> None:
        """Open the notebook, or ask."""
        if self._is_wanted():
            await self._open(lesson)
        else:
            self._ask(lesson)

    @web.authenticated
    async def post(self, lesson: str) -> None:
        """Make the copy if there is none, and open it."""
        await self._open(lesson)

    async def _open(self, lesson: str) -> None:
        try:
            notebook = await asyncio.to_thread(self.site.notebook, lesson)
        except LooplabError as error:
            self._refuse(error)
        else:
            self.redirect(f"/lab/tree/{quote(notebook.name)}")

    def _is_wanted(self) -> bool:
        site = self.request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site in self.own_links
        same_host = urlsplit(self.request.headers.get("Referer", "")).netloc == self.request.host
        return self.token_authenticated or same_host

    def _ask(self, lesson: str) -> None:
        try:
            title = self.site.title_of(lesson)
        except LooplabError as error:
            self._refuse(error)
        else:
            # tornado escapes what it puts into this form field
            self.show("live.html", title=title, lesson=quote(lesson), xsrf=Markup(self.xsrf_form_html()))  # noqa: S704

    def _refuse(self, error: LooplabError) -> None:
        unknown = isinstance(error, ChoiceError)
        status = HTTPStatus.NOT_FOUND if unknown else HTTPStatus.INTERNAL_SERVER_ERROR
        self.show("refused.html", status, reason=str(error))


def _progress(site: Site, state: PageState) -> str:
    """What is being done, in a sentence."""
    built, total = site.queue.counts()
    doing = {"waiting": "Waiting for its turn", "building": state.detail or "Reading the lesson"}.get(state.kind, "")
    return f"{doing}. {built} of {total} pages are ready." if doing else ""
