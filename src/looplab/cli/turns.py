"""Which share of the ledger `looplab experiment verify` takes, and what it says about the others."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from looplab.errors import ExperimentError

if TYPE_CHECKING:
    from looplab.experiments.shares import Share

__all__ = ["chosen_share", "lines_about_others", "wanted_shares"]


def wanted_shares(share: str | None) -> int | None:
    """How many shares "1/4" asks for; None for nothing.

    Raises:
        ExperimentError: it is no such text.
    """
    if share is None:
        return None
    found = re.fullmatch(r"1/([1-9]\d{0,5})", share.strip())
    if found is None:
        raise ExperimentError("--share", expected="one part of a whole, such as 1/4", got=f"'{share}'")
    return int(found[1])


def chosen_share(shares: Sequence["Share"], turn: int | None, today: date) -> "Share":
    """The share with this number; by default the one whose week it is.

    Raises:
        ExperimentError: there is no share with this number.
    """
    from looplab.experiments.shares import turn_on

    count = len(shares)
    number = turn_on(today, count) if turn is None else turn
    if not 1 <= number <= count:
        raise ExperimentError("--turn", expected=f"a number from 1 to {count}, as there are shares", got=str(number))
    return shares[number - 1]


def lines_about_others(shares: Sequence["Share"], taken: "Share", today: date) -> Iterator[str]:
    """What is not verified now, when it is, and how to have it now."""
    from looplab.experiments.shares import week_of_turn

    others = [(week_of_turn(share.number, share.of, today), share) for share in shares if share is not taken]
    yield "Not verified now:"
    for monday, share in sorted(others, key=lambda other: other[0]):
        when = "this week" if monday <= today else f"in the week of {monday}"
        yield f"  share {share.number}, {when}: {', '.join(file.id for file in share.files)}"
    yield (
        "All of them: looplab experiment verify --all. "
        f"These again: looplab experiment verify --share 1/{taken.of} --turn {taken.number}"
    )
