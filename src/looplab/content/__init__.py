"""Content: lessons and what belongs to them, which looplab finds and never names.

A course is a folder with a `course.toml`. In it lie the folders of its modules, `1-first-steps`, and in these the
folders of the lessons, `1.2-a-step`, each with all that belongs to its lesson. Python files in them
import looplab as any reader's own code would.
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
