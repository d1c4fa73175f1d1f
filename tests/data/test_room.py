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
from looplab.data.sources.arrow_lengths import declared_bytes
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


@pytest.mark.parametrize("packing", ["zstd", "lz4", "uncompressed"])
def test_what_a_feather_file_declares_is_what_it_takes(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "x.feather"
    table = pa.table(
        {
            "number": pa.array([1.5, None, 3.0] * 1000),
            "text": pa.array(["a", "bc", None] * 1000),
            "category": pa.array(["x", "y", "x"] * 1000).dictionary_encode(),
            "list": pa.array([[1, 2], [], None] * 1000),
            "nothing": pa.nulls(3000),
        }
    )
    feather.write_feather(table, str(path), compression=packing, chunksize=700)
    with pa.OSFile(str(path)) as file:
        unpacked = pa.ipc.open_file(file).read_all()
    assert unpacked.get_total_buffer_size() * 0.8 <= declared_bytes(path) <= unpacked.get_total_buffer_size() * 1.2


def test_a_feather_file_with_one_huge_batch_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "x.feather"
    feather.write_feather(pa.table({"x": pa.array(bytes(2**19) for _ in range(1000))}), str(path), compression="zstd")
    assert path.stat().st_size < 10**6
    before = pa.total_allocated_bytes()
    with pytest.raises(TableError, match=r"got one that unpacks to 500 MB, [\d,]+ times the size of the file"):
        read_file(path)
    assert pa.total_allocated_bytes() - before < 2**20


def test_a_feather_file_that_declares_a_huge_buffer_or_many_rows_of_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.feather"
    feather.write_feather(pa.table({"x": pa.nulls(2**33)}), str(path), compression="uncompressed")
    with pytest.raises(TableError, match=r"got one that unpacks to 8,192 MB"):
        read_file(path)
    feather.write_feather(pa.table({"x": [1] * 9000}), str(path), compression="zstd")
    content = path.read_bytes()
    declared = (9000 * 8).to_bytes(8, "little")
    assert content.count(declared) == 1
    path.write_bytes(content.replace(declared, (2**45).to_bytes(8, "little")))
    with pytest.raises(TableError, match=r"got one that unpacks to 33,554,432 MB"):
        read_file(path)


def test_a_damaged_feather_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.feather"
    write_feather(path)
    whole = path.read_bytes()
    for place in range(len(whole) - 1, 0, -7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            read_file(path)
        except TableError as error:
            assert "\n" not in str(error)  # noqa: PT017 - nothing else may be raised
        path.write_bytes(whole[:place])
        with pytest.raises(TableError):
            read_file(path)


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


NAMESPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}


def write_ods(path: Path, *rows: str) -> None:
    """A sheet with two names in the first row, and these rows."""
    named = " ".join(f'xmlns:{name}="{place}"' for name, place in NAMESPACES.items())
    names = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>' for name in "xy"
    )
    content = (
        f"<office:document-content {named}><office:body><office:spreadsheet><table:table table:name='s'>"
        f"<table:table-row>{names}</table:table-row>{''.join(rows)}"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )


def row_of_ones(columns: int, rows: int) -> str:
    """One element that stands for so many cells in so many rows."""
    return (
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell office:value-type="float" '
        f'office:value="1" table:number-columns-repeated="{columns}"><text:p>1</text:p></table:table-cell>'
        "</table:table-row>"
    )


@pytest.mark.parametrize(("columns", "rows"), [(2, 40_000_000), (9_000, 10_000), (16_384, 1_048_576)])
def test_cells_that_are_repeated_beyond_memory_are_no_table(tmp_path: Path, columns: int, rows: int) -> None:
    pytest.importorskip("python_calamine")
    path = tmp_path / "x.ods"
    write_ods(path, row_of_ones(columns, rows))
    assert room.spread_bytes(path) == (2 + columns * rows) * 24
    with pytest.raises(TableError, match=r"x\.ods: expected a table, got one that unpacks to [\d,]+ MB"):
        read_file(path)


def test_a_sheet_with_honest_repetitions_is_read(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    path = tmp_path / "x.ods"
    empty = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell/></table:table-row>'
    write_ods(path, row_of_ones(2, 3), empty)
    assert room.spread_bytes(path) == (2 + 2 * 3) * 24
    assert read_file(path).frame.to_dict("list") == {"x": [1, 1, 1], "y": [1, 1, 1]}
