"""Files that nobody else can have written, so that their contents may be executed.

Such a file, and every folder above it, belongs to this user or to root, and nobody else may write there. One kind of
folder may be writable by all: above the file's own, one like `/tmp`, in which nobody can rename or remove what belongs
to others (its sticky bit).
"""

import os
import stat
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from looplab.files.folders import make_folder

__all__ = ["is_trusted_folder", "make_trusted_folder", "read_trusted"]


def read_trusted(path: Path) -> bytes | None:
    """The contents of a file; None if somebody else could have written it.

    Raises:
        OSError: it cannot be read.
    """
    real = Path(os.path.realpath(path))  # in trusted folders nobody else can turn it into another
    if not is_trusted_folder(real.parent):
        return None
    if sys.platform == "win32":
        return real.read_bytes()
    handle = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        return file.read() if stat.S_ISREG(about.st_mode) and _is_ours(about) and _only_we_write(about) else None


def is_trusted_folder(folder: Path) -> bool:
    """Whether nobody else can have put or changed a file in a folder.

    Raises:
        OSError: it, or a folder above it, cannot be looked at.
    """
    return _is_trusted(folder, itself=True)


def make_trusted_folder(folder: Path) -> bool:
    """Make a folder in which nobody else may write, with those above it, unless it is there; whether it is trusted.

    Nothing is made where somebody else may write.

    Raises:
        OSError: it cannot be made.
    """
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not _is_trusted(nearest, itself=nearest == folder):
        return False
    make_folder(folder, permissions=0o755)
    return is_trusted_folder(folder)


def _is_trusted(folder: Path, *, itself: bool) -> bool:
    """Whether a folder is trusted, either itself or as a parent of another."""
    real = Path(os.path.realpath(folder))
    if sys.platform == "win32":  # its folders have no such owners and permissions; those of a user are private
        return real.is_relative_to(Path.home())
    for place in (real, *real.parents):
        about = place.lstat()
        stands_above = place != real or not itself
        safe = _only_we_write(about) or (stands_above and bool(about.st_mode & stat.S_ISVTX))
        if not (stat.S_ISDIR(about.st_mode) and _is_ours(about) and safe):
            return False
    return True


def _is_ours(about: os.stat_result) -> bool:
    return about.st_uid in (0, os.geteuid())


def _only_we_write(about: os.stat_result) -> bool:
    """Whether the permissions let only the owner write, and a group with no other members."""
    if about.st_mode & stat.S_IWOTH:
        return False
    return not about.st_mode & stat.S_IWGRP or _is_private_group(about.st_gid, os.geteuid())


@cache
def _is_private_group(group: int, user: int) -> bool:
    """Whether a group is the user's own, as on systems that give each user one, with no other member."""
    import grp
    import pwd

    with suppress(KeyError):
        name = pwd.getpwuid(user).pw_name
        found = grp.getgrgid(group)
        others = [other for other in pwd.getpwall() if other.pw_gid == group and other.pw_uid not in (0, user)]
        return found.gr_name == name and set(found.gr_mem) <= {name, "root"} and not others
    return False
