"""torch's random state: seeded for one training at a time, and given back as it was."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["random_state", "seed_random_state"]

# torch's random state is one for the whole process: two threads at once must not draw from between each other's draws.
# A make_model may itself train, so the lock is one that its holder can take again.
_lock = threading.RLock()


@contextmanager
def random_state(seed: int) -> Iterator[None]:
    """Seed torch's random state, for one thread at a time; at the end, put the caller's back."""
    with _lock, torch.random.fork_rng():
        seed_random_state(seed)
        yield


def seed_random_state(seed: int) -> None:
    """Seed torch's random state as `torch.manual_seed` does, which takes far longer where there is only a CPU."""
    if torch.accelerator.is_available():
        torch.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)
