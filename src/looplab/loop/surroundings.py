"""What surrounds a training: torch's state, which is the whole process's, and a model, which is the user's code."""

import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from looplab.data import Dataset
from looplab.errors import LooplabError, ModelError
from looplab.loop.input_fixes import inputs_fix

__all__ = ["fresh_state", "in_a_line", "model_errors", "one_thread", "recording_gradients", "seed_random_state"]

# torch's random state is one for the whole process: two threads at once must not draw from between each other's draws.
# A make_model may itself train, so the lock is one that its holder can take again.
_lock = threading.RLock()


@contextmanager
def recording_gradients() -> Iterator[None]:
    """Make tensors that can be trained, and record gradients, whatever the caller has switched off."""
    with torch.inference_mode(mode=False), torch.enable_grad():
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread, so that sums come out the same however many cores there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def fresh_state(seed: int) -> Iterator[None]:
    """Seed torch's random state and record gradients, for one thread at a time; at the end, put the caller's back."""
    with _lock, torch.random.fork_rng(), recording_gradients():
        seed_random_state(seed)
        yield


def seed_random_state(seed: int) -> None:
    """Seed torch's random state as `torch.manual_seed` does, which takes far longer where there is only a CPU."""
    if torch.accelerator.is_available():
        torch.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


@contextmanager
def model_errors(dataset: Dataset, validation: Dataset | None = None) -> Iterator[None]:
    """Turn what a model raises while it is trained on a dataset into a `ModelError`, with its cause.

    Args:
        dataset: the rows that it learns from.
        validation: the rows that it is measured on besides, or None.
    """
    try:
        yield
    except LooplabError:
        raise
    except Exception as error:  # a model is the user's code, which may raise anything
        within = {frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)}
        shape = f"({len(dataset)}, {dataset.features})"
        if nn.Module._call_impl.__code__ in within:
            expected = f"one that takes inputs of shape {shape}"
            fix = inputs_fix(dataset, error, validation)
        else:
            expected, fix = f"one that can be trained on inputs of shape {shape} with this recipe", ""
        raise ModelError(f"the model on '{dataset.name}'", expected=expected, got=in_a_line(error), fix=fix) from error


def in_a_line(error: Exception) -> str:
    """The type and the first line of the message of an error."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
