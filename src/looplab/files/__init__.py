"""Files: where they lie, how they are written so that nobody reads half of one, and which ones are trusted."""

from looplab.files.folders import make_folder
from looplab.files.places import cache_folder, home_folder
from looplab.files.whole import whole_file, write_new, write_whole

__all__ = ["cache_folder", "home_folder", "make_folder", "whole_file", "write_new", "write_whole"]
