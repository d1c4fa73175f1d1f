"""The made-up course, built once a session."""

from pathlib import Path

import pytest

from looplab.course.pages import build_course


@pytest.fixture(scope="session")
def site(kept_course: Path, kept_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its pages; no test may change it."""
    return build_course(tmp_path_factory.mktemp("site") / "pages", course=kept_course, cache=kept_cache)
