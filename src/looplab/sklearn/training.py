"""Jobs are trained here: those that fit together in one call, one alone, or one that was trained ahead of its fit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import accumulate, pairwise
from typing import NoReturn

from looplab.sklearn.job import Job
from looplab.sklearn.members import Members, members_of
from looplab.sweeps import train_many

__all__ = ["Planned", "planned_only", "trained", "trained_ahead", "trained_together"]


class Planned(BaseException):
    """Ends a fit, and whatever called it, once it is known what it would train.

    No `Exception`, so that nothing on the way takes it for a failure.
    """

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.job = job


_ONLY_PLANNED: ContextVar[bool] = ContextVar("looplab.sklearn only planned", default=False)
_AHEAD: ContextVar[list[tuple[Job, Members]] | None] = ContextVar("looplab.sklearn trained ahead", default=None)


def trained(job: Job) -> Members:
    """The members of a fit: trained now, unless the same job was trained ahead.

    Raises:
        Planned: within `planned_only`.
    """
    if _ONLY_PLANNED.get():
        _leave(job)
    ahead = _AHEAD.get() or []
    for place, (known, members) in enumerate(ahead):
        if known.equals(job):
            del ahead[place]
            return members
    return trained_together([job])[0]


@contextmanager
def planned_only() -> Iterator[None]:
    """Within it every fit raises `Planned` in place of training."""
    token = _ONLY_PLANNED.set(True)
    try:
        yield
    finally:
        _ONLY_PLANNED.reset(token)


@contextmanager
def trained_ahead(jobs: Sequence[Job], members: Sequence[Members]) -> Iterator[None]:
    """Within it a fit that asks for one of these jobs gets its members, each once."""
    token = _AHEAD.set(list(zip(jobs, members, strict=True)))
    try:
        yield
    finally:
        _AHEAD.reset(token)


def trained_together(jobs: Sequence[Job]) -> list[Members]:
    """The members of each job; jobs on the same rows with the same architecture are one call of `train_many`."""
    groups: list[list[int]] = []
    for place, job in enumerate(jobs):
        fitting = next((group for group in groups if jobs[group[0]].trains_with(job)), None)
        if fitting is None:
            groups.append([place])
        else:
            fitting.append(place)
    found: dict[int, Members] = {}
    for group in groups:
        found |= zip(group, _one_call([jobs[place] for place in group]), strict=True)
    return [found[place] for place in range(len(jobs))]


def _one_call(jobs: Sequence[Job]) -> list[Members]:
    first = jobs[0]
    runs = train_many(
        first.make_model,
        first.dataset,
        recipes=[recipe for job in jobs for recipe in job.recipes],
        validation=first.validation,
        row_weights=first.row_weights,
        record_every=first.record_every,
        keep="last" if first.patience is None else "best",
        patience=first.patience,
    )
    ends = accumulate((len(job.seeds) for job in jobs), initial=0)
    return [members_of(job, runs, slice(*rows)) for job, rows in zip(jobs, pairwise(ends), strict=True)]


def _leave(job: Job) -> NoReturn:
    raise Planned(job)
