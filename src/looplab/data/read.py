"""A table after its columns were read: what each value means is fixed here, before anything is learnt from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from looplab.data.options import ReadOptions
from looplab.data.readings.choose import choose_readings
from looplab.data.readings.reading import ReadColumn, Reading
from looplab.data.sources.databases import is_database, read_database
from looplab.data.sources.files import read_file
from looplab.data.sources.memory import as_frame, raw_table
from looplab.data.sources.raw import RawTable
from looplab.data.words import printable
from looplab.errors import TableError, require_choice, shown
from looplab.words import without_secrets

__all__ = ["ReadTable", "find_table", "read_columns"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadTable:
    """Columns with their readings.

    Attributes:
        name: what to call the table.
        columns: values by column.
        readings: how each column was read.
        notes: what was left out while reading, one sentence each.
    """

    name: str
    columns: Mapping[str, ReadColumn]
    readings: Mapping[str, Reading]
    notes: tuple[str, ...]

    def rows(self, kept: NDArray[np.bool_]) -> "ReadTable":
        """The table with only some of its rows."""
        columns = {name: column.rows(kept) for name, column in self.columns.items()}
        return replace(self, columns=columns)

    def without(self, names: tuple[str | None, ...]) -> "ReadTable":
        """The table without some of its columns."""
        columns = {name: column for name, column in self.columns.items() if name not in names}
        return replace(self, columns=columns, readings={name: self.readings[name] for name in columns})


def find_table(source: object, options: ReadOptions, wanted: tuple[str, ...] = ()) -> RawTable:
    """The table in a file or in memory, as it is.

    Args:
        source: a file's path, a database's address, or any object with columns; see `looplab.data.sources.memory`.
        options: what a file leaves open.
        wanted: names that may be those of an index, which then becomes a column.

    Raises:
        TableError: the table cannot be read; says why.
    """
    if isinstance(source, str | Path) and is_database(source):
        return read_database(source, options, wanted=wanted)
    if options.query is not None:
        expected = "the address of a database, such as sqlite:///houses.db"
        got = without_secrets(str(source)) if isinstance(source, str | Path) else shown(source)
        raise TableError("query", expected=f"{expected}, to ask it of", got=got)
    if isinstance(source, str | Path):
        return read_file(source, options, wanted=wanted)
    return raw_table(as_frame(source), name="table", place="table", wanted=wanted)


def read_columns(table: RawTable, options: ReadOptions) -> ReadTable:
    """Decide how each column is read, and read it.

    Raises:
        TableError, ChoiceError: a column that can be read in two ways, or a column to drop that does not exist.
    """
    for name in options.drop:
        require_choice(f"column of {table.name} to drop", name, [printable(each) for each in table.frame.columns])
    frame = table.frame.drop(columns=list(options.drop))
    readings = choose_readings(frame, options, table.delimiter)
    columns = {name: reading.read(frame[name]) for name, reading in readings.items()}
    return ReadTable(name=table.name, columns=columns, readings=readings, notes=table.notes)
