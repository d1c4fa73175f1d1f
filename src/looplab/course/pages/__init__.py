"""Pages, notebooks and posts: what a lesson becomes.

Sphinx and MyST-NB make the pages from the lessons and the outputs of their code. Everything a page needs lies beside
it, so that it can be read from `file://` and without a network.
"""

from looplab.errors import optional_part

with optional_part("building the course", "course"):
    from looplab.course.pages.all_pages import CourseBuilder, build_course
    from looplab.course.pages.export import export_lesson
    from looplab.course.pages.notebook import lesson_notebook

__all__ = ["CourseBuilder", "build_course", "export_lesson", "lesson_notebook"]
