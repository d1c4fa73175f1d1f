"""Folders that other users can reach, other users, and what remains of a killed process."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture
def umask() -> Iterator[None]:
    """The umask that most people have; what a test sets is put back."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="looplab-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def somebody() -> Callable[[], AbstractContextManager[None]]:
    """Root may do everything, and so tests of what a user may not do give root away for a while."""

    @contextmanager
    def working() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)

    return working
