"""What a learner's code may disturb while it is checked, put back afterwards."""

import builtins
import io
import os
import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch

__all__ = ["CappedWriter", "undisturbed"]

_KEPT_CHARACTERS = 2000


class CappedWriter(io.TextIOBase):
    """Takes the place of stdout; keeps the beginning and counts the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._kept, self._count = "", 0

    def write(self, text: str) -> int:
        """Keep as much of the text as there is room for."""
        self._kept += text[: _KEPT_CHARACTERS - len(self._kept)]
        self._count += len(text)
        return len(text)

    def writable(self) -> bool:
        """Always."""
        return True

    def text(self) -> str:
        """What was written, cut when it was long."""
        if self._count <= len(self._kept):
            return self._kept
        return f"{self._kept}…\n(cut: {self._count:,} characters in all)"


@contextmanager
def undisturbed(printed: CappedWriter) -> Iterator[None]:
    """Random states, torch's modes, warnings, figures, folder and output are afterwards as they were.

    Inside, every check begins alike: seed 0 everywhere, gradients on, float32, no warnings, no input().
    """
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(printed))
        stack.enter_context(redirect_stderr(printed))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for keeper in (_random_states(), _torch_modes(), _figures(), _folder_and_input()):
            stack.enter_context(keeper)
        yield


@contextmanager
def _random_states() -> Iterator[None]:
    python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)


@contextmanager
def _torch_modes() -> Iterator[None]:
    gradients, dtype, device = torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_default_device()
    threads, numpy_errors = torch.get_num_threads(), np.geterr()
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_grad_enabled(gradients)
        torch.set_default_dtype(dtype)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        np.seterr(**numpy_errors)


@contextmanager
def _figures() -> Iterator[None]:
    """Figures that are opened inside are closed, and shown to nobody."""
    pyplot = _pyplot()
    before, current, settings = [], None, None
    if pyplot:
        before = pyplot.get_fignums()
        current, show, settings = pyplot.gcf().number if before else None, pyplot.show, dict(pyplot.rcParams)
        pyplot.show = lambda *arguments, **keywords: None
    try:
        yield
    finally:
        after = _pyplot()
        if after:
            for number in set(after.get_fignums()) - set(before):
                after.close(number)
            if current in after.get_fignums():
                after.figure(current)
        if pyplot:
            pyplot.show = show
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # settings that matplotlib keeps only for old files
                pyplot.rcParams.update(settings)


def _pyplot() -> Any:
    """Matplotlib's pyplot where someone has loaded it already, else None."""
    return sys.modules.get("matplotlib.pyplot")


@contextmanager
def _folder_and_input() -> Iterator[None]:
    folder, real_input = Path.cwd(), builtins.input

    def no_input(prompt: object = "") -> str:
        raise EOFError("input() in a check")

    builtins.input = no_input
    try:
        yield
    finally:
        builtins.input = real_input
        os.chdir(folder)
