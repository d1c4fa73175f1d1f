"""A new capstone: a folder with a plan, a training that runs as it is, and a report to write."""

import os
from importlib.resources import files
from pathlib import Path

from looplab.capstone.evidence import SCRIPT
from looplab.capstone.plan import PLAN_FILE
from looplab.capstone.report import REPORT_FILE
from looplab.errors import CapstoneError
from looplab.files import make_folder, write_new
from looplab.files.system_errors import as_file_error

__all__ = ["new_capstone"]

_DATA, _METRIC = "circles", "loss"


def new_capstone(folder: str | Path, data: str | Path | None = None, target: str | None = None) -> Path:
    """Make the folder of a capstone.

    Args:
        folder: a new folder, or one that holds nothing.
        data: a file with a table of the learner's own; None for one of looplab's datasets. The file stays where it is.
        target: the table's column to predict.

    Returns:
        The folder.

    Raises:
        CapstoneError: the folder holds something, or data without target, or target without data.
        TableError: the table cannot become a dataset, or has no such column.
        FileError: the folder cannot be written.
    """
    place = Path(folder)
    if (data is None) != (target is None):
        got, lacks = ("no column to predict", "--target") if target is None else ("no table", "--data")
        raise CapstoneError("--data and --target", expected="both or neither", got=got, fix=f"Add {lacks}.")
    with as_file_error(place, expected="a new folder"):
        if os.path.lexists(place) and (not place.is_dir() or any(place.iterdir())):
            got = "one that holds something" if place.is_dir() else "a file"
            raise CapstoneError(str(place), expected="a new or an empty folder", got=got, fix="Choose another name.")
    plan = _plan(place, data, target)
    make_folder(place)
    for name in ("README.md", PLAN_FILE, SCRIPT, REPORT_FILE):
        text = (files("looplab.capstone") / "templates" / f"{name}.txt").read_text(encoding="utf-8")
        for word, value in plan.items():
            text = text.replace(f"<{word}>", value)
        if not write_new(place / name, text):
            raise CapstoneError(
                str(place / name), expected="a new file", got="one that exists", fix="Choose another name."
            )
    return place


def _plan(folder: Path, data: str | Path | None, target: str | None) -> dict[str, str]:
    """What the templates leave open; texts as TOML writes them."""
    if data is None or target is None:
        question = f"Is a neural network worth it on the {_DATA}, or is a linear model enough?"
        return _words(_DATA, "", _METRIC, question)
    from looplab.data import load

    dataset = load(str(data), target=target)  # a table that cannot be used shows now
    metric = "r2" if dataset.task == "regression" else "accuracy"
    question = f"Is a neural network worth it to predict {target}, or is a linear model enough?"
    return _words(_path_from(folder, Path(data)), target, metric, question)


def _words(data: str, target: str, metric: str, question: str) -> dict[str, str]:
    import json  # a JSON text is a TOML text as well

    title = f"A capstone about {Path(data).stem}"
    texts = {"title": title, "question": question, "data": data, "target": target, "metric": metric}
    return {"heading": title} | {name: json.dumps(text, ensure_ascii=False) for name, text in texts.items()}


def _path_from(folder: Path, file: Path) -> str:
    """The file's path from the project's folder, or the whole path on another drive."""
    try:
        return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return file.resolve().as_posix()
