"""Whether a member had learnt what it could when its epochs ended."""

import numpy as np
from numpy.typing import NDArray

from looplab.sklearn.job import Job
from looplab.sklearn.members import Floats, Members

__all__ = ["still_learning"]


def still_learning(job: Job, members: Members, tol: float, patience: int) -> NDArray[np.bool_]:
    """Of each member, whether it was still learning after its last epoch.

    With early stopping: whether it was never stopped. Without: whether there was no stretch of more than `patience`
    epochs in which the loss never fell by more than `tol` below the lowest before, after which scikit-learn's own
    perceptrons stop.
    """
    if job.patience is not None:
        whole = job.recipe.total_steps(len(job.dataset))
        return np.asarray(members.steps == whole)
    return np.array([_longest_rest(curve, tol) <= patience for curve in members.losses])


def _longest_rest(curve: Floats, tol: float) -> int:
    """The most epochs in a row without a loss that is more than `tol` below the lowest before."""
    lowest = np.minimum.accumulate(np.concatenate([[np.inf], curve[:-1]]))
    longest = rest = 0
    for rests in ~(curve <= lowest - tol):
        rest = rest + 1 if rests else 0
        longest = max(longest, rest)
    return longest
