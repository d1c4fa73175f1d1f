"""Files as readers write them: an experiment that runs in no time, and what is changed in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

TRIAL = """
import torch
from looplab.experiments import Experiment, Trial, rules


def middle(seed: int) -> float:
    return float(torch.rand(50).mean())


experiment = Experiment(
    id="{id}",
    question="Where is the middle of uniform draws?",
    claim="Near a half.",
    arms=(Trial(name="uniform", measure=middle),),
    measured="mean of 50 draws",
    verdict=(rules.typically_within("uniform", 0.4, 0.6),),
    seeds=16,
    verify_seeds=8,
)
"""

Write = Callable[..., Path]
"""(path, *changes) -> the path of the file: see `write`."""


@pytest.fixture
def write() -> Write:
    """(path, *changes): write a file with an experiment of its name, each change a pair of what stood and what stands.

    A change that is a text or bytes is all that the file says.
    """

    def write_file(path: Path, *changes: tuple[str, str] | str | bytes) -> Path:
        text: str | bytes = TRIAL
        for change in changes:
            if isinstance(change, tuple):
                assert isinstance(text, str)
                assert change[0] in text
                text = text.replace(*change)
            else:
                text = change
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, str):
            text = text.replace("{id}", path.stem.replace("_", "-")).encode()
        path.write_bytes(text)
        return path

    return write_file
