"""Shapes in annotations are checked at run time in all tests.

Left out are numba's compiled kernels, and the modules whose business is to check what a user passes in: they must get
it to see, however wrong, so that the message is theirs.
"""

import random
import shutil
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHECKED = [
    *(f"looplab.data.{module}" for module in ("batches", "named", "tables")),
    *(f"looplab.loop.{module}" for module in ("history", "losses", "optimizers", "run", "schedules", "setup")),
    "looplab.models.activations",
    "looplab.statistics",
    *(
        f"looplab.figures.{module}"
        for module in (
            "activations",
            "boundary",
            "comparison",
            "distributions",
            "fits",
            "losses",
            "map_cells",
            "scatter",
        )
    ),
]

install_import_hook(CHECKED, "beartype.beartype")

# A process that is started in the background ignores Ctrl-C, and so does all that it starts. Tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on what else the machine does; pytest-timeout ends a test that hangs. Examples are
# the same in every run, so that a change fails for what it changed; `--hypothesis-profile=search` looks for new ones.
settings.register_profile("looplab", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("looplab")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(autouse=True)
def _same_random_numbers() -> None:
    """A test that draws without a seed of its own draws the same in every run and order."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One browser for all tests of a process: Playwright can be started only once at a time."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
