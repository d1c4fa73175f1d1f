"""Arrays that lie in a file instead of in memory, and are gone with the process."""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from looplab.files.folders import make_folder
from looplab.files.system_errors import as_file_error

__all__ = ["scratch_array"]


def scratch_array(folder: Path, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> NDArray[Any]:
    """A new array of zeros whose numbers the system reads from a disk when they are looked at.

    The file has no name, so nothing is left of it, however the process ends. Its room on the disk is taken at once:
    a disk that is full is a sentence now, and no crash later.

    Args:
        folder: where the file lies; made if it is missing.
        shape: the array's shape; an array without numbers lies in memory.
        dtype: the type of its numbers.

    Raises:
        FileError: the file cannot be made.
    """
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if size == 0:
        return np.zeros(shape, dtype)
    make_folder(folder)
    expected = f"a folder with room for {size:,} bytes"
    with as_file_error(folder, expected=expected), tempfile.TemporaryFile(dir=folder) as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
        return np.memmap(file, dtype=dtype, mode="r+", shape=shape)
