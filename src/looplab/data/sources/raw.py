"""A table as its source has it, before it is decided what its columns mean."""

from dataclasses import dataclass

import pandas as pd

__all__ = ["RawTable"]


@dataclass(frozen=True, kw_only=True, eq=False)
class RawTable:
    """Columns as the source has them: text from a text file, typed values from others.

    Attributes:
        name: what to call it.
        frame: the columns; names are text, all different and not blank.
        notes: what was left out while reading, one sentence each.
        delimiter: what separated the fields of a text file; None for other sources.
    """

    name: str
    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    delimiter: str | None = None
