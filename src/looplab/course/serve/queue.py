"""Which pages are built, which wait, and which comes next: the page somebody is waiting for, then the rest in order.

The building itself is a `Worker`'s; it happens in a process of its own, so that a page that takes long (its code runs)
never holds up the server, and so that Ctrl-C can end it.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

__all__ = ["PageQueue", "PageState", "Worker"]

Kind = Literal["waiting", "building", "built", "failed"]
Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class PageState:
    """How far a page is.

    Args:
        kind: where it stands on its way.
        detail: what is being done; for a page that failed, one fault a line: file, line, reason.
        version: which contents of its source this is about.
    """

    kind: Kind
    detail: str = ""
    version: str = ""


class Worker(Protocol):
    """What builds pages, one at a time."""

    def build(self, page: str, report: Report) -> str:
        """Build a page and say on the way what is being done; return the faults, or nothing when there were none.

        Raises:
            OSError: the worker has ended.
        """

    def stop(self) -> None:
        """Give up whatever is being built, at once."""


class PageQueue:
    """The pages of the course and one thread that has them built.

    Args:
        pages: all pages, in the order in which they are built when nobody asks for one.
        version_of: the present version of a page's source; a page is built anew when it has changed.
        is_built: whether a page of this version lies on disk already.
        make_worker: makes the worker; called in the queue's thread, when the first page must be built.
    """

    def __init__(
        self,
        pages: Sequence[str],
        *,
        version_of: Callable[[str], str],
        is_built: Callable[[str], bool],
        make_worker: Callable[[], Worker],
    ) -> None:
        self.pages = tuple(pages)
        self._version_of, self._is_built, self._make_worker = version_of, is_built, make_worker
        self._states: dict[str, PageState] = {}
        self._waiting: list[str] = []
        self._changed = threading.Condition()
        self._worker: Worker | None = None
        self._lost: set[tuple[str, str]] = set()  # pages and versions over which a worker has ended
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="pages", daemon=True)

    def start(self) -> None:
        """Begin to build what is not built yet."""
        with self._changed:
            for page in self.pages:
                self._refresh(page)
        self._thread.start()

    def stop(self) -> None:
        """Stop building, at once."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
            if self._worker is not None:
                self._worker.stop()

    def state(self, page: str) -> PageState:
        """How far a page is."""
        with self._changed:
            return self._states[page]

    def ask_for(self, page: str) -> PageState:
        """How far a page is; one that must be built is moved to the front."""
        with self._changed:
            self._refresh(page)
            if page in self._waiting:
                self._waiting.remove(page)
                self._waiting.insert(0, page)
            return self._states[page]

    def counts(self) -> tuple[int, int]:
        """How many pages are built, and how many there are."""
        with self._changed:
            return sum(state.kind == "built" for state in self._states.values()), len(self.pages)

    def _refresh(self, page: str) -> None:
        """Queue a page whose source is new or has changed since."""
        version, state = self._version_of(page), self._states.get(page)
        if state is not None and state.version == version:
            return
        if self._is_built(page):
            self._states[page] = PageState(kind="built", version=version)
        elif page not in self._waiting:
            self._states[page] = PageState(kind="waiting", version=version)
            self._waiting.append(page)
            self._changed.notify_all()

    def _run(self) -> None:
        while (page := self._next()) is not None:
            self._build(page)

    def _next(self) -> str | None:
        """The page to build, as soon as there is one; None when the queue is stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopped)
            if self._stopped:
                return None
            page = self._waiting.pop(0)
            self._states[page] = replace(self._states[page], kind="building")
            return page

    def _build(self, page: str) -> None:
        version = self.state(page).version
        try:
            faults = self._ready_worker().build(page, lambda detail: self._set(page, version, "building", detail))
        except OSError as error:
            self._discard_worker()
            if self._is_waiting_again(page, version):
                return
            faults = f"{page}: the process that builds pages ended twice over this one ({error})"
        self._set(page, version, "failed" if faults else "built", faults)

    def _discard_worker(self) -> None:
        """Clear away a worker that has ended; the next page, or the same one again, gets a new one."""
        with self._changed:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()

    def _is_waiting_again(self, page: str, version: str) -> bool:
        """Whether a page is built once more after its worker has ended: somebody may have killed it, or the memory."""
        with self._changed:
            if self._stopped or (page, version) in self._lost:
                return False
            self._lost.add((page, version))
            if self._states[page].version == version and page not in self._waiting:
                self._states[page] = PageState(kind="waiting", version=version)
                self._waiting.insert(0, page)
            return True

    def _ready_worker(self) -> Worker:
        worker = self._worker or self._make_worker()
        with self._changed:
            self._worker = worker
            if self._stopped:
                worker.stop()
        return worker

    def _set(self, page: str, version: str, kind: Kind, detail: str) -> None:
        """Note how far a page is, unless its source has changed meanwhile and it waits again."""
        with self._changed:
            if self._states[page].version == version:
                self._states[page] = PageState(kind=kind, detail=detail, version=version)
