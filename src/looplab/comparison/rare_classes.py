"""Classes with fewer rows than there are folds: merged into one, or left out, if the user says so."""

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from looplab.data.dataset import Task
from looplab.data.targets import Targets
from looplab.data.words import count, few
from looplab.errors import CompareError, require_choice

__all__ = ["RareClasses", "without_rare_classes"]

RareClasses = Literal["merge", "drop"]
"""What may be done with them."""

_OTHER = ("other", "other classes", "all other classes")


def without_rare_classes(
    targets: Targets, fewest: int, how: RareClasses | None, place: str
) -> tuple[Targets, NDArray[np.bool_]]:
    """The targets without classes of too few rows, with a note, and which rows are kept.

    Args:
        targets: as they were parsed.
        fewest: the rows that a class needs: one a fold.
        how: "merge" makes one class of them, "drop" leaves out their rows, None leaves all as it is.
        place: the table, for messages.

    Raises:
        CompareError: the rare classes together are still too few, or fewer than two classes are left.
        ChoiceError: another word for `how`.
    """
    everything = np.ones(len(targets.values), dtype=bool)
    if how is None:
        return targets, everything
    require_choice("rare_classes", how, get_args(RareClasses))
    if targets.task == "regression":
        raise CompareError("rare_classes", expected="a target with classes", got="a regression")
    codes = targets.values.astype(np.int64)
    members = np.bincount(codes, minlength=len(targets.names))
    rare = members < fewest
    if not rare.any():
        return targets, everything
    rows, named = int(members[rare].sum()), few(np.array(targets.names)[rare])
    what = f"{'Class' if rare.sum() == 1 else 'Classes'} {named}, {count(rows, 'row')} in all"
    kept = ~rare[codes]
    if how == "drop":
        return _renumbered(targets, codes, rare, None, f"{what}, dropped: fewer than {fewest} rows each.", place), kept
    if rows < fewest:
        raise CompareError(
            f"rare classes of {place}",
            expected=f"at least {fewest} rows in all, to merge them",
            got=f"{rows} ({named})",
            fix="Say rare_classes='drop' (--rare-classes drop), or ask for fewer folds.",
        )
    other = next(name for name in _OTHER if name not in set(np.array(targets.names)[~rare]))
    note = f"{what}, merged into '{other}': fewer than {fewest} rows each."
    return _renumbered(targets, codes, rare, other, note, place), everything


def _renumbered(
    targets: Targets, codes: NDArray[np.int64], rare: NDArray[np.bool_], other: str | None, note: str, place: str
) -> Targets:
    """The targets with the classes that stay, and perhaps one for the others."""
    names = [name for name, is_rare in zip(targets.names, rare, strict=True) if not is_rare]
    places = np.where(rare, len(names), np.cumsum(~rare) - 1)
    values = places[codes]
    if other is None:
        values = values[~rare[codes]]
    else:
        names.append(other)
    if len(names) < 2:
        got = f"only '{names[0]}'" if names else "none"
        raise CompareError(f"classes of {place}", expected="at least two with enough rows", got=got)
    task: Task = "binary" if len(names) == 2 else "multiclass"
    return replace(targets, values=values, names=tuple(names), task=task, notes=(*targets.notes, note))
