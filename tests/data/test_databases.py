"""A table from a database: what is read, what is refused in a sentence, and that no password is repeated."""

import re
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from looplab import load
from looplab.comparison.table import make_table
from looplab.data import ReadOptions
from looplab.data.read import find_table, read_columns
from looplab.data.sources.databases import is_database
from looplab.data.sources.raw import RawTable
from looplab.errors import LooplabError, MissingExtraError, TableError
from looplab.words import without_secrets

SECRET = "s3cr@t/w0rd"


@pytest.fixture
def database(tmp_path: Path) -> str:
    """One with a table of houses and a table of owners."""
    path = tmp_path / "town.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table houses (size real, rooms integer, built text, price real)")
        rows = [(50.5 + row, None if row == 3 else row % 4, f"19{50 + row}-01-01", 7.0 * row) for row in range(30)]
        connection.executemany("insert into houses values (?, ?, ?, ?)", rows)
        connection.execute("create table owners (name text)")
    connection.close()
    return f"sqlite:///{path}"


def read(source: object, **options: Any) -> RawTable:
    return find_table(source, ReadOptions(**options))


def test_what_is_a_database() -> None:
    assert all(map(is_database, ["sqlite:///a.db", "postgresql+psycopg://u@h/n", "a.db", Path("a.sqlite")]))
    assert not any(map(is_database, ["a.csv", "moons", "C:/a.csv", Path("a.parquet"), {"a": [1]}]))


def test_a_query_gives_a_table(database: str) -> None:
    table = read(database, query="select size, rooms, built, price from houses where price > 0 and built <> '12:30'")
    assert table.name == "town"
    assert len(table.frame) == 29
    columns = read_columns(table, ReadOptions())
    assert [reading.kind for reading in columns.readings.values()] == ["number", "number", "date", "number"]
    assert columns.columns["rooms"].values.isna().sum() == 1


@pytest.mark.parametrize("form", ["address", "path", "text"])
def test_a_file_of_sqlite_is_one(database: str, form: str) -> None:
    path = database.removeprefix("sqlite:///")
    source: object = {"address": database, "path": Path(path), "text": path}[form]
    assert len(read(source, query="select * from houses").frame) == 30


def test_a_comparison_and_a_dataset_come_from_a_query(database: str) -> None:
    options = ReadOptions(query="select size, price from houses")
    assert list(make_table(database, "price", read=options).columns) == ["size"]
    assert load(database, target="price", read=options).inputs.shape == (30, 1)


def test_without_a_query_the_only_table_is_read(tmp_path: Path, database: str) -> None:
    with pytest.raises(TableError, match=r"expected a query, or a single table, got houses, owners\. Say query='sel"):
        read(database)
    pd.DataFrame({"a": [1, 2], "y": [3, 4]}).to_sql("one table", sqlite3.connect(tmp_path / "one.db"), index=False)
    assert read(f"sqlite:///{tmp_path / 'one.db'}").frame["y"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select sizes from houses", "expected one that the database runs, got 'no such column: sizes' for 'select"),
        ("selct", """got 'near "selct": syntax error' for 'selct'. Try it in the database's own tool."""),
        ("select * from houses where price < 0", "expected rows, got none for 'select * from houses where price < 0'"),
        ("select size, size from houses", "expected a different name for each column, got 'size' more than once"),
        ("drop table owners", "got 'attempt to write a readonly database' for 'drop table owners'"),
    ],
)
def test_a_bad_query_is_one_sentence(database: str, query: str, message: str) -> None:
    with pytest.raises(TableError, match=re.escape(message)) as caught:
        read(database, query=query)
    assert "\n" not in str(caught.value)
    assert len(read(database, query="select * from houses").frame) == 30


def test_a_query_asks_a_database(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,y\n1,2\n")
    with pytest.raises(TableError, match=r"query: expected the address of a database, such as sqlite:///houses\.db"):
        read(tmp_path / "t.csv", query="select * from t")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "sqlite:///nowhere.db",
            "sqlite:///nowhere.db: expected a database, got no file 'nowhere.db'. Check the spell",
        ),
        ("strangedb://host/name", "expected a kind of database that SQLAlchemy knows, such as sqlite, postgresql or"),
        ("http//:x://", "expected"),
        (
            f"oracle://ada:{SECRET}@host/name",
            "expected the driver 'oracledb' of oracle, got none installed. Install it",
        ),
        (f"postgresql:/ada:{SECRET}@host/name", "to ask it of, got postgresql:/ada:***@host/name"),
    ],
)
def test_what_cannot_be_reached_is_one_sentence_without_a_password(address: str, message: str) -> None:
    with pytest.raises(LooplabError, match=re.escape(message)) as caught:
        read(address, query="select 1")
    assert SECRET not in str(caught.value)
    assert "w0rd" not in str(caught.value)


def test_an_address_with_a_slash_too_few_is_shown_without_its_password() -> None:
    with pytest.raises(TableError, match=r"^postgresql:/ada:\*\*\*@host/name: expected a file, got nothing there"):
        read(f"postgresql:/ada:{SECRET}@host/name")


def test_what_a_database_says_is_repeated_without_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def refuse(*_: object) -> None:
        raise OperationalError("", None, Exception(f"cannot log in with {SECRET} and {'k' * 9}\nat all"))

    monkeypatch.setattr("sqlalchemy.create_engine", lambda url: _Refusing(refuse))
    for query in (None, "select 1"):
        with pytest.raises(TableError, match=r"got 'cannot log in with \*\*\* and \*\*\*'") as caught:
            read(
                f"postgresql://ada:{SECRET.replace('@', '%40').replace('/', '%2F')}@host/name?key={'k' * 9}",
                query=query,
            )
        assert SECRET not in str(caught.value)


class _Refusing:
    """An engine that does not connect."""

    def __init__(self, refuse: Any) -> None:
        self.connect = refuse

    def dispose(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://ada:pass@word@host/n?sslkey=k", "postgresql://ada:***@host/n?***"),
        ("mssql+pyodbc:///?odbc_connect=PWD%3Dsecret", "mssql+pyodbc:///?***"),
        ("sqlite:///a.db", "sqlite:///a.db"),
        ("postgresql:/ada:word@host", "postgresql:/ada:***@host"),
        ("data/t@1:2.csv", "data/t@1:2.csv"),
        ("moons", "moons"),
    ],
)
def test_secrets_are_left_out(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


def test_without_the_library_the_extra_is_named(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.split(".")[0] == "sqlalchemy"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(MissingExtraError, match=r"reading from a database needs the optional part 'sql'\. Install it"):
        read(database, query="select 1")
