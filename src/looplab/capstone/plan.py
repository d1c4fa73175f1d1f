"""What a capstone sets out to answer, written down before anything is trained: `capstone.toml`."""

import tomllib
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from looplab.errors import CapstoneError, FileError
from looplab.files import converted, read_bounded

__all__ = ["FEWEST_SEEDS", "PLAN_FILE", "Plan", "read_plan"]

PLAN_FILE = "capstone.toml"
FEWEST_SEEDS = 10
_MOST_BYTES = 2**16
_Line = Annotated[str, Meta(min_length=1, max_length=300)]


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A capstone's plan.

    Attributes:
        title: what the project is called.
        question: what it is to find out, in a sentence.
        data: the name of one of looplab's datasets, or a table's file; a relative path begins in the project's folder.
        target: the column to predict; "" for a dataset, which has its own.
        metric: what is reported over the seeds: "loss", or the name of a metric that the training records.
        margin: the share by which a network must lower the linear model's loss to be worth it.
        seeds: how many seeds the last training takes, at least 10.
    """

    title: _Line
    question: _Line
    data: _Line
    target: Annotated[str, Meta(max_length=300)] = ""
    metric: _Line = "loss"
    margin: Annotated[float, Meta(gt=0, lt=1)] = 0.15
    seeds: Annotated[int, Meta(ge=FEWEST_SEEDS, le=100_000)] = 20


def read_plan(folder: str | Path) -> Plan:
    """The plan of the capstone in a folder; `data`, if it is a file's name, is a path from the current folder.

    Raises:
        CapstoneError: no such folder or file, or a plan that is not TOML or lacks something.
        FileError: the file cannot be read.
    """
    path = Path(folder) / PLAN_FILE
    try:
        content = tomllib.loads(read_bounded(path, most_bytes=_MOST_BYTES).decode())
    except FileNotFoundError:
        fix = "Make a project with: looplab capstone new my-project"
        raise CapstoneError(
            f"capstone {folder}", expected=f"a folder with a {PLAN_FILE}", got="none", fix=fix
        ) from None
    except FileError:
        raise
    except (ValueError, RecursionError) as error:
        raise CapstoneError(str(path), expected="TOML", got=str(error)) from None
    try:
        plan = converted(content, Plan)
    except ValueError as error:
        raise CapstoneError(str(path), expected="the plan of a capstone", got=str(error)) from None
    from looplab.data.sources.endings import is_file_name  # loads PyTorch

    return replace(plan, data=str(Path(folder) / plan.data)) if is_file_name(plan.data) else plan
