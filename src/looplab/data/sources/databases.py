"""A table from a database, by a query, through SQLAlchemy: `sqlite:///houses.db`, `postgresql://…` and others.

The query runs in a transaction that is never committed, and a file of SQLite is opened for reading only.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd

from looplab.data.options import ReadOptions
from looplab.data.sources.memory import raw_table
from looplab.data.sources.raw import RawTable
from looplab.data.words import few, printable
from looplab.errors import TableError, optional_part
from looplab.words import without_secrets

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

__all__ = ["is_database", "read_database"]

_ADDRESS = re.compile(r"[a-zA-Z][\w.+-]*://")
_FILE_ENDINGS = (".db", ".sqlite", ".sqlite3", ".db3")
_ROWS_AT_ONCE = 50_000
_LONGEST = 200  # letters of what a database says


def is_database(source: object) -> bool:
    """Whether a source is the address of a database, or a file of SQLite by its ending."""
    if isinstance(source, Path):
        return source.suffix.lower() in _FILE_ENDINGS
    return isinstance(source, str) and (bool(_ADDRESS.match(source)) or source.lower().endswith(_FILE_ENDINGS))


def read_database(source: str | Path, options: ReadOptions, *, wanted: tuple[str, ...] = ()) -> RawTable:
    """The rows that a query gives; without a query, the only table there is.

    Args:
        source: an address as SQLAlchemy takes them, or a file of SQLite.
        options: `options.query` is the query.
        wanted: see `raw_table`.

    Raises:
        MissingExtraError: SQLAlchemy is not installed.
        TableError: no such database, a query that it does not run, or one without rows. No password is repeated.
    """
    with optional_part("reading from a database", "sql"):
        from sqlalchemy.exc import SQLAlchemyError
    shown = without_secrets(str(source))
    url = _url(str(source), shown)
    engine = _engine(url, shown)
    try:
        with engine.connect() as connection:
            query = options.query or _whole_table(connection, shown)
            frame = _frame(connection, query, shown)
    except SQLAlchemyError as error:
        raise _refused(error, url, shown, options.query) from None
    finally:
        engine.dispose()
    name = Path(url.database or shown).stem or "query"
    return raw_table(frame, name=name, place=f"the query of {shown}", wanted=wanted)


def _url(source: str, shown: str) -> "URL":
    from sqlalchemy import make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        url = make_url(source if _ADDRESS.match(source) else f"sqlite:///{source}")
    except (SQLAlchemyError, ValueError):
        expected = "an address such as sqlite:///houses.db or postgresql://user:password@host/name"
        raise TableError("database", expected=expected, got=f"'{shown}'") from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith("file:"):
        return url
    if not Path(url.database).is_file():
        fix = "Check the spelling and the folder."
        raise TableError(shown, expected="a database", got=f"no file '{printable(url.database)}'", fix=fix)
    return url.set(database=f"file:{quote(url.database)}", query={**url.query, "mode": "ro", "uri": "true"})


def _engine(url: "URL", shown: str) -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return create_engine(url)
    except ModuleNotFoundError as error:
        needed = f"the driver '{error.name}' of {url.drivername}"
        raise TableError(shown, expected=needed, got="none installed", fix="Install it with pip.") from None
    except (SQLAlchemyError, ValueError, TypeError):
        expected = "a kind of database that SQLAlchemy knows, such as sqlite, postgresql or mysql"
        raise TableError(shown, expected=expected, got=f"'{printable(url.drivername)}'") from None


def _whole_table(connection: "Connection", shown: str) -> str:
    """The query for the only table, if there is just one; raises `TableError` otherwise."""
    from sqlalchemy import inspect, select, table, text

    inspector = inspect(connection)
    names = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
    if len(names) != 1:
        example = "select * from " + (printable(names[0]) if names else "houses")  # noqa: S608 - shown, not run
        raise TableError(
            shown,
            expected="a query, or a single table",
            got=few(names) if names else "no table",
            fix=f"Say query='{example}' (--query '{example}').",
        )
    return str(select(text("*")).select_from(table(names[0])).compile(connection))


def _frame(connection: "Connection", query: str, shown: str) -> pd.DataFrame:
    result = connection.exec_driver_sql(query)
    if not result.returns_rows:
        raise TableError(
            f"query of {shown}", expected="one that gives rows, such as a select", got=f"'{_short(query)}'"
        )
    names = list(result.keys())
    parts = [_part(rows) for rows in iter(lambda: result.fetchmany(_ROWS_AT_ONCE), [])]
    if not parts:
        fix = "Ask for other rows."
        raise TableError(f"query of {shown}", expected="rows", got=f"none for '{_short(query)}'", fix=fix)
    whole = pd.concat(parts, ignore_index=True).infer_objects()
    return whole.set_axis(names, axis=1)


def _part(rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Rows as columns of Python's own objects: a whole number beside a gap stays one."""
    columns = zip(*rows, strict=True)
    return pd.DataFrame({position: pd.Series(list(column), dtype=object) for position, column in enumerate(columns)})


def _refused(error: Exception, url: "URL", shown: str, query: str | None) -> TableError:
    """What the database said, in one line and without secrets."""
    said = printable(str(getattr(error, "orig", None) or error).strip().splitlines()[0])[:_LONGEST]
    for secret in (url.password, *(each for each in url.query.values() if len(str(each)) > len("true"))):
        if secret:
            said = said.replace(str(secret), "***").replace(quote(str(secret)), "***")
    if query is None:
        return TableError(shown, expected="a database that answers", got=f"'{said}'", fix="Check the address.")
    return TableError(
        f"query of {shown}",
        expected="one that the database runs",
        got=f"'{said}' for '{_short(query)}'",
        fix="Try it in the database's own tool.",
    )


def _short(query: str) -> str:
    text = printable(" ".join(query.split()))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
