"""The ledger in shares that take their turns, week after week, so that verifying stays short as the ledger grows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from looplab.errors import ExperimentError
from looplab.experiments.finding import ExperimentFile
from looplab.experiments.ledger import load_ledger

__all__ = ["MOST_SECONDS", "Share", "expected_seconds", "shares_of", "turn_on", "week_of_turn"]

MOST_SECONDS = 200.0
"""What verifying a share may take by the ledger's own times: five minutes, with room for a slower machine."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A part of the ledger that is verified in one turn.

    Attributes:
        number: from 1 to `of`.
        of: how many shares there are.
        files: its experiments, in the order in which they were given.
        seconds: what verifying them takes by the ledger's own times.
    """

    number: int
    of: int
    files: tuple[ExperimentFile, ...]
    seconds: float


def shares_of(
    files: Iterable[ExperimentFile], count: int | None = None, *, most_seconds: float = MOST_SECONDS
) -> list[Share]:
    """Divide experiments into shares that take about equally long; the same experiments give the same shares.

    The division depends on the ids and on the times in the ledger alone. Where an entry comes or is measured again, the
    ledger is divided anew.

    Args:
        files: the experiments, each of which can be loaded.
        count: how many shares; by default as few as take at most `most_seconds` each, or as long as the longest of the
            experiments, if that is more.
        most_seconds: by the ledger's own times.

    Raises:
        ExperimentError: fewer shares than one, more than experiments, or a truncated or altered entry.
    """
    all_files = list(files)
    if count is not None and not 1 <= count <= max(1, len(all_files)):
        expected = f"a number from 1 to {max(1, len(all_files))}, the number of experiments"
        raise ExperimentError("count", expected=expected, got=str(count))
    seconds = {file.id: expected_seconds(file) for file in all_files}
    if count is not None:
        return _divided(all_files, seconds, count)
    most = max(most_seconds, *seconds.values(), 0.0)
    counts = range(1, max(1, len(all_files)) + 1)
    divisions = (_divided(all_files, seconds, each) for each in counts)
    return next(shares for shares in divisions if len(shares) == counts[-1] or _longest(shares) <= most)


def _longest(shares: Sequence[Share]) -> float:
    return max(share.seconds for share in shares)


def _divided(files: Sequence[ExperimentFile], seconds: dict[str, float], count: int) -> list[Share]:
    """The longest first, each into the share that has least to do."""
    loads, sizes, share_of = [0.0] * count, [0] * count, {}
    for file in sorted(files, key=lambda file: (-seconds[file.id], file.id)):
        least = min(range(count), key=lambda place: (loads[place], sizes[place]))
        loads[least] += seconds[file.id]
        sizes[least] += 1
        share_of[file.id] = least
    members = [tuple(file for file in files if share_of[file.id] == place) for place in range(count)]
    return [
        Share(number=place + 1, of=count, files=members[place], seconds=round(loads[place], 1))
        for place in range(count)
    ]


def expected_seconds(file: ExperimentFile) -> float:
    """What verifying an experiment takes by the time of its entry, in proportion to the seeds; 0 without an entry.

    Raises:
        ExperimentError: a truncated or altered entry, or a file that defines no experiment.
    """
    if not file.entry.exists():
        return 0.0
    report = load_ledger(file)
    return report.seconds * file.load().verify_seeds / report.seeds


def turn_on(day: date, count: int) -> int:
    """Which of `count` shares is verified in the week of a day, 1 to `count`; weeks begin on Monday.

    >>> [turn_on(date(2026, 11, day), 3) for day in (22, 23, 29, 30)]
    [1, 2, 2, 3]
    """
    return _week(day) % count + 1


def week_of_turn(number: int, count: int, today: date) -> date:
    """The Monday of the week in which a share has its turn: this week, or the next one that is its own.

    >>> week_of_turn(3, 3, date(2026, 11, 27))
    datetime.date(2026, 11, 30)
    """
    weeks = (number - turn_on(today, count)) % count
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)


def _week(day: date) -> int:
    """Weeks since Monday, 1 January of the year 1: unlike the weeks of a year, they never begin again."""
    return (day.toordinal() - 1) // 7
