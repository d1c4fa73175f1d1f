"""ZIP archives of one table, as programs and web sites make them."""

import zipfile
from pathlib import Path, PurePosixPath

from looplab.data.words import few
from looplab.errors import TableError

__all__ = ["member_name", "only_member"]


def member_name(path: Path) -> str:
    """The name of the only file in an archive; "" if it cannot be told, so that whoever reads it says why."""
    try:
        with zipfile.ZipFile(path) as archive:
            return PurePosixPath(only_member(archive, path).filename).name
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, TableError):
        return ""


def only_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """The only file in an archive, beside what a Mac adds to one.

    Raises:
        TableError: none, or several.
    """
    members = [info for info in archive.infolist() if not info.is_dir() and not _is_added(info.filename)]
    if len(members) != 1:
        named = f" ({few(info.filename for info in members)})" if members else ""
        raise TableError(
            str(path),
            expected="an archive of one file",
            got=f"{len(members)} files{named}",
            fix="Unpack the one you mean.",
        )
    return members[0]


def _is_added(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return parts[0] == "__MACOSX" or parts[-1].startswith("._") or parts[-1] == ".DS_Store"
