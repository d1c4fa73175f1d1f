"""A script's folder is the first place where Python looks for a module when the script runs."""

from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.checkout
@pytest.mark.parametrize("folder", ["benchmarks", "tools"])
def test_no_script_hides_an_installed_package(folder: str) -> None:
    scripts = {path.stem for path in (ROOT / folder).glob("*.py")}
    assert scripts
    assert not scripts & packages_distributions().keys()
