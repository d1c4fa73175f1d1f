"""Pages, notebooks and posts: what a lesson becomes.

Pages are Sphinx's, made by MyST-NB from the lessons and from what their code gave when it ran. Everything that a page
needs lies beside it, so that it reads from `file://` and without a network.
"""

from looplab.errors import MissingExtraError

try:
    from looplab.course.pages.build import CourseBuilder, build_course
    from looplab.course.pages.export import export_lesson
    from looplab.course.pages.notebook import lesson_notebook
except ModuleNotFoundError as error:
    if (error.name or "").startswith("looplab"):
        raise
    raise MissingExtraError("building the course", "course") from error

__all__ = ["CourseBuilder", "build_course", "export_lesson", "lesson_notebook"]
