"""The site that `looplab learn` serves: the course that came with looplab."""

from looplab.course.pages import CourseBuilder
from looplab.course.serve.home import Home
from looplab.course.serve.queue import PageQueue
from looplab.course.serve.site import Site
from looplab.course.serve.worker import WorkerProcess

__all__ = ["course_site"]


def course_site(home: Home) -> Site:
    """The course, its pages in the user's cache directory and its notebooks in the learner's folder."""
    builder = CourseBuilder()
    queue = PageQueue(
        list(builder.pages), version_of=builder.version, is_built=builder.is_built, make_worker=WorkerProcess
    )
    return Site(
        source=builder.course, folder=builder.output, pages=builder.pages, queue=queue, notebooks=home.notebooks
    )
