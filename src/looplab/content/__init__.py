"""Content: lessons and what belongs to them. looplab finds it and never names it.

A course is a folder with a `course.toml`. It holds a folder for each module, `1-first-steps`, which holds a folder for
each lesson, `1.2-a-step`, with all that belongs to the lesson. Python files in these folders import looplab as any
reader's own code would.
"""

from looplab.content.folders import COURSE_FILE, course_folder, lesson_folder_of, lesson_folders, reading_order
from looplab.content.modules import CONTENT_PACKAGES, as_script, load_module

__all__ = [
    "CONTENT_PACKAGES",
    "COURSE_FILE",
    "as_script",
    "course_folder",
    "lesson_folder_of",
    "lesson_folders",
    "load_module",
    "reading_order",
]
