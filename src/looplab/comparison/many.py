"""Many tables at once: a report for each and a summary of all; a table that fails does not stop the others."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader

from looplab.comparison.answer import share
from looplab.comparison.comparison import Comparison
from looplab.comparison.networks import NETWORKS
from looplab.comparison.report import write_report
from looplab.data.words import printable
from looplab.errors import CompareError, LooplabError
from looplab.files import make_folder, write_whole
from looplab.version import __version__
from looplab.words import without_secrets

__all__ = ["Summary", "compare_many"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary:
    """What became of several tables.

    Attributes:
        table: one row for each, in their order: `table`, `rows`, `answer`, `gain` of the better network over the linear
            model with `gain_low` and `gain_high`, the arm of the lowest loss (`best`), `report` (a file's name),
            `sentence`, and `problem` where there is no answer (then the others are missing).
        folder: where `summary.csv`, `summary.html`, and each table's report and JSON are.
    """

    table: pd.DataFrame
    folder: Path

    @property
    def failed(self) -> int:
        """How many tables have no answer."""
        return int((self.table["problem"] != "").sum())


def compare_many(tables: Iterable[str], compare_one: Callable[[str], Comparison], folder: str | Path) -> Summary:
    """Compare tables one after another; reports and summary are written as soon as each is done.

    Args:
        tables: files, or names of datasets.
        compare_one: what compares one of them, for instance `lambda table: compare(table, "y")`.
        folder: where everything is written; it is made if it is not there.

    Raises:
        CompareError: no table.
        FileError: the folder cannot be written to.
    """
    named = _file_names(tables)
    if not named:
        raise CompareError("tables", expected="one or more", got="none")
    folder = Path(folder).resolve()
    make_folder(folder)
    rows: list[dict[str, object]] = []
    for table, name in named:
        rows.append(_outcome(table, name, compare_one, folder))
        summary = Summary(table=pd.DataFrame(rows), folder=folder)
        write_whole(folder / "summary.csv", summary.table.to_csv(index=False))
        write_whole(folder / "summary.html", _page(summary))
    return summary


def _outcome(table: str, name: str, compare_one: Callable[[str], Comparison], folder: Path) -> dict[str, object]:
    """A table's row; its report and JSON are written."""
    said = without_secrets(table)
    empty = dict.fromkeys(("rows", "answer", "gain", "gain_low", "gain_high", "best", "report", "sentence"))
    try:
        found = compare_one(table)
    except LooplabError as error:
        return {"table": said, **empty, "problem": str(error)}
    except Exception as error:  # noqa: BLE001  # whatever goes wrong with one table, the others are still to come
        problem = str(error).replace(table, said)
        return {"table": said, **empty, "problem": f"{type(error).__name__}: {problem}"}
    write_report(found, folder / f"{name}.html")
    write_whole(folder / f"{name}.json", json.dumps(found.to_json(), indent=2) + "\n")
    gain = found.gains[min(NETWORKS, key=lambda each: found.arms[each].interval.estimate)]
    return {
        "table": said,
        "rows": len(found.table),
        "answer": found.answer,
        "gain": gain.estimate,
        "gain_low": gain.low,
        "gain_high": gain.high,
        "best": min(found.arms, key=lambda each: found.arms[each].interval.estimate),
        "report": f"{name}.html",
        "sentence": found.sentence,
        "problem": "",
    }


def _file_names(tables: Iterable[str]) -> list[tuple[str, str]]:
    """A name for each table's files: its own, with a number where several are called the same, or as the summary."""
    named: dict[str, str] = {"summary": ""}  # the table by the name of its files
    for table in tables:
        stem = Path(without_secrets(table).split("?")[0]).name.split(".")[0] or "table"
        free = (name for number in count(1) if (name := stem if number == 1 else f"{stem}-{number}") not in named)
        named[next(free)] = table
    return [(table, name) for name, table in named.items() if name != "summary"]


def _page(summary: Summary) -> str:
    environment = Environment(loader=PackageLoader("looplab.comparison"), autoescape=True)
    rows = summary.table.to_dict(orient="records")
    return environment.get_template("summary.html.j2").render(
        rows=rows, failed=summary.failed, share=share, printable=printable, version=__version__
    )
