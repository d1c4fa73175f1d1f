"""Replicas trained stretch after stretch, each kept when it is done."""

import time
from collections.abc import Callable

import numpy as np

from looplab.replicas.call import Call
from looplab.replicas.kept import KeptGroup
from looplab.replicas.pieces import Piece, assembled
from looplab.replicas.plan import Trained

__all__ = ["train_in_stretches"]

_FIRST = 64
_SECONDS = 4.0
"""About what a stretch should take: an interruption costs no more, and starting one costs a millisecond."""

Run = Callable[[Call, int, Callable[[int], None]], Trained]


def train_in_stretches(call: Call, kept: KeptGroup, run: Run, on_progress: Callable[[int], None]) -> Trained:
    """Train those replicas of a call that are not done yet.

    Args:
        call: all replicas, none of which depends on its neighbours: what comes of them is the same in other stretches.
        kept: what is done, where each stretch is added.
        run: trains a stretch; is given the call for it, the number of its first replica, and whom to tell how many
            updates of it are done.
        on_progress: told now and then how many of all updates are done.
    """
    start, size = sum(len(piece.replicas) for piece in kept.pieces), _FIRST
    while start < len(call):
        replicas = np.arange(start, min(start + size, len(call)))
        began, before = time.perf_counter(), start * call.steps
        trained = run(call.of(replicas), start, lambda steps, before=before: on_progress(before + steps))  # type: ignore[misc]
        kept.pieces.append(Piece(replicas=replicas, trained=trained))
        if kept.is_due():
            kept.save()
        start += len(replicas)
        size = max(1, round(size * min(2.0, _SECONDS / max(time.perf_counter() - began, 1e-3))))
    return assembled(kept.pieces)
