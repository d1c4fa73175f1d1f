"""How much is measured: folds, repeats, seeds."""

from dataclasses import dataclass

from looplab.errors import CompareError

__all__ = ["Plan", "make_plan", "usual_folds"]

_FOLDS = 5
_MOST_FOLDS = 20  # where time orders the rows
_ROWS_A_FOLD = 8  # where time orders the rows, and there are enough of them for more than five folds
_FEWEST_FOR_CURVE = 40  # with fewer rows, a quarter is too few to choose anything by


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `compare` was asked for, with defaults filled in.

    Attributes:
        folds: number of folds.
        repeats: how many times the rows are split into folds.
        seeds: networks trained in each fold.
        margin: a network that lowers the linear model's loss by less than this share is not worth it.
        curve_folds: how many folds the learning curve is measured on; 0 without one.
        seed: fixes every draw.
    """

    folds: int
    repeats: int
    seeds: int
    margin: float
    curve_folds: int
    seed: int

    def settings(self) -> dict[str, float]:
        """What a result says about how it was measured."""
        return {name: value for name, value in vars(self).items() if name != "curve_folds"}


def make_plan(
    rows: int,
    *,
    folds: int | None = None,
    repeats: int | None,
    seeds: int | None,
    margin: float,
    curve: bool,
    seed: int,
    in_time: bool = False,
) -> Plan:
    """The plan for a table of this many rows, on which the numbers left None depend.

    In time, each fold is predicted once, from what came before it, so there are more folds and no repeats.

    Raises:
        CompareError: an impossible number.
    """
    folds = usual_folds(rows, in_time=in_time) if folds is None else folds
    repeats = 1 if in_time else repeats if repeats is not None else _usual_repeats(rows)
    seeds = seeds if seeds is not None else 8 if rows <= 1000 else 4 if rows <= 20_000 else 2
    for name, value in (("repeats", repeats), ("seeds", seeds)):
        if value < 1:
            raise CompareError(name, expected="a whole number, at least 1", got=repr(value))
    if not 0 <= margin < 1:
        raise CompareError("margin", expected="a share, at least 0 and below 1", got=repr(margin), fix="Try 0.1.")
    curve_folds = 0 if not curve or rows < _FEWEST_FOR_CURVE else folds if rows <= 20_000 else 2
    return Plan(folds=folds, repeats=repeats, seeds=seeds, margin=margin, curve_folds=curve_folds, seed=seed)


def usual_folds(rows: int, *, in_time: bool) -> int:
    """The number of folds for so many rows if the user asks for none."""
    return min(max(rows // _ROWS_A_FOLD, _FOLDS), _MOST_FOLDS) if in_time else _FOLDS


def _usual_repeats(rows: int) -> int:
    """More where rows are few and folds differ much; with very few rows, four repeats are enough."""
    if rows < 40:
        return 4
    return 6 if rows <= 300 else 2 if rows <= 20_000 else 1
