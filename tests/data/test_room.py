"""Small files that unpack to more than a machine has are refused before they are read."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from looplab.data.sources import room
from looplab.data.sources.files import read_file
from looplab.errors import TableError

ROWS = 20_000
TEXT = b"x,y\n" + b"1,2\n" * ROWS


def write_parquet(path: Path) -> None:
    parquet.write_table(pa.table({"x": [1] * ROWS, "y": ["same"] * ROWS}), path)


def write_feather(path: Path) -> None:
    feather.write_feather(pd.DataFrame({"x": [1] * ROWS, "y": [2] * ROWS}), str(path), compression="zstd")


def write_xlsx(path: Path) -> None:
    pytest.importorskip("python_calamine")
    frame = pd.DataFrame({"x": [1] * 500, "y": [2] * 500})
    frame.to_excel(path, index=False)


def write_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", TEXT)


FILES: dict[str, Callable[[Path], object]] = {
    "x.parquet": write_parquet,
    "x.feather": write_feather,
    "x.xlsx": write_xlsx,
    "x.csv.gz": lambda path: path.write_bytes(gzip.compress(TEXT)),
    "x.csv.bz2": lambda path: path.write_bytes(bz2.compress(TEXT)),
    "x.csv.xz": lambda path: path.write_bytes(lzma.compress(TEXT)),
    "x.csv.zip": write_zip,
    "x.json.gz": lambda path: path.write_bytes(gzip.compress(b'[{"x":1,"y":2}' + b',{"x":1,"y":2}' * ROWS + b"]")),
}


@pytest.mark.parametrize("name", FILES)
def test_what_unpacks_to_too_much_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / name
    FILES[name](path)
    assert len(read_file(path).frame) >= 500
    monkeypatch.setattr(room, "_ALWAYS_BYTES", 4096)
    monkeypatch.setattr(room, "_TIMES", 1)
    with pytest.raises(TableError, match=rf"{name}: expected a table, got one that unpacks to \d+ MB, [\d,]+ times"):
        read_file(path)


@pytest.mark.parametrize("name", FILES)
def test_what_does_not_fit_into_the_memory_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    FILES[name](path)
    monkeypatch.setattr(room, "_ALWAYS_BYTES", 4096)
    monkeypatch.setattr(room, "_TIMES", 10**9)
    monkeypatch.setattr(room, "_SHARE", 1e-9)
    with pytest.raises(TableError, match="a table that fits into half of the"):
        read_file(path)


def test_a_small_parquet_file_of_many_equal_rows_is_refused_unread(tmp_path: Path) -> None:
    path, rows = tmp_path / "x.parquet", 100_000
    part = pa.table({f"x{number}": pa.array([1] * rows, pa.int64()) for number in range(40)})
    with parquet.ParquetWriter(path, part.schema) as writer:
        for _ in range(12):
            writer.write_table(part)
    assert path.stat().st_size < 500_000
    before = pa.total_allocated_bytes()
    with pytest.raises(TableError, match=r"got one that unpacks to 366 MB, [\d,]+ times the size of the file"):
        read_file(path)
    assert pa.total_allocated_bytes() - before < 2**20


def test_two_cells_far_apart_are_no_table(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    path, whole = tmp_path / "x.xlsx", tmp_path / "whole.xlsx"
    write_xlsx(whole)
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as other:
        for info in archive.infolist():
            content = archive.read(info)
            if info.filename.startswith("xl/worksheets/"):
                content = content.replace(b'r="B501"', b'r="XFD1048576"')
                assert b"XFD1048576" in content
            other.writestr(info.filename, content)
    with pytest.raises(TableError, match=r"x\.xlsx: expected a table, got one that unpacks to 393,216 MB"):
        read_file(path)


def test_a_sheet_of_many_cells_is_measured_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.xlsx"
    write_xlsx(path)
    found = room.spread_bytes(path)
    assert found == 501 * 2 * 24
    monkeypatch.setattr(room, "_PART_BYTES", 7)
    assert room.spread_bytes(path) == found
