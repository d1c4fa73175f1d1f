"""Files: where they lie, how they are written and read so that nobody meets half of one, and which ones are trusted."""

from looplab.files.documents import converted, parsed, read_bounded
from looplab.files.folders import make_folder, sync_folder
from looplab.files.locks import locked
from looplab.files.places import cache_folder, home_folder
from looplab.files.whole import whole_file, write_new, write_whole

__all__ = [
    "cache_folder",
    "converted",
    "home_folder",
    "locked",
    "make_folder",
    "parsed",
    "read_bounded",
    "sync_folder",
    "whole_file",
    "write_new",
    "write_whole",
]
