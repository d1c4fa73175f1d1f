"""Files and objects that hold a table: what is read, what is left out with a note, what is refused in a sentence."""

import gzip
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from looplab import load
from looplab.data import ReadOptions
from looplab.data.read import find_table, read_columns
from looplab.data.sources.endings import ENDINGS, ending, is_file_name
from looplab.data.sources.memory import as_frame, raw_table
from looplab.data.sources.raw import RawTable
from looplab.errors import ChoiceError, MissingExtraError, TableError

PLAIN = pd.DataFrame({"a": [1, 2, 3], "y": [0.5, 1.5, 2.5]})


def read(path: Path, **options: Any) -> RawTable:
    return find_table(path, ReadOptions(**options))


def text(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(table: RawTable) -> list[list[str]]:
    return [[str(value) for value in row] for row in table.frame.to_numpy()]


WRITERS = {
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
    ".tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    ".txt": lambda frame, path: frame.to_csv(path, index=False, sep="|"),
    ".tab": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    ".dat": lambda frame, path: frame.to_csv(path, index=False, sep=" "),
    ".parquet": lambda frame, path: frame.to_parquet(path),
    ".feather": lambda frame, path: frame.to_feather(path),
    ".arrow": lambda frame, path: frame.to_feather(path),
    ".json": lambda frame, path: frame.to_json(path, orient="records"),
    ".jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True),
    ".ndjson": lambda frame, path: frame.to_json(path, orient="records", lines=True),
    ".xlsx": lambda frame, path: frame.to_excel(path, index=False),
}


@pytest.mark.parametrize("suffix", [each for each in ENDINGS if each not in (".xls", ".ods")])
def test_every_format_gives_the_same_dataset(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    WRITERS[suffix](PLAIN, path)
    dataset = load(str(path), target="y", task="regression")
    assert dataset.inputs.tolist() == [[1], [2], [3]]
    assert dataset.targets.tolist() == [[0.5], [1.5], [2.5]]
    assert (dataset.name, dataset.feature_names) == ("t", ("a",))


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zip"])
@pytest.mark.parametrize("inner", [".csv", ".json"])
def test_text_may_be_packed(tmp_path: Path, suffix: str, inner: str) -> None:
    plain = tmp_path / f"t{inner}"
    WRITERS[inner](PLAIN, plain)
    packed = tmp_path / f"t{inner}{suffix}"
    if inner == ".csv":
        PLAIN.to_csv(packed, index=False)
    else:
        PLAIN.to_json(packed, orient="records")
    assert rows(read(packed)) == rows(read(plain))
    assert read(packed).name == "t"


def test_endings_are_told_apart() -> None:
    assert ending("a.b.CSV.GZ") == (".csv", ".gz")
    assert ending("noending") == ("", "")
    assert is_file_name("t.csv")
    assert is_file_name("data/t")
    assert not is_file_name("moons")


class TestTextFiles:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter_is_told(self, tmp_path: Path, delimiter: str) -> None:
        path = text(tmp_path, "a,b,y\n1,x y,3\n4,z,6\n".replace(",", delimiter))
        assert rows(read(path)) == [["1", "x y", "3"], ["4", "z", "6"]]
        assert read(path).delimiter == delimiter

    @pytest.mark.parametrize(
        ("content", "names"),
        [
            ('"Length, cm";"y"\n"0.1";"2"\n"0.3";"4"\n', ["Length, cm", "y"]),
            ("Länge, cm;y\n0,1;2\n0,3;4\n", ["Länge, cm", "y"]),
            ("Länge, cm\ty\t\n0,1\t2\n0,3\t4\n", ["Länge, cm", "y"]),
            ('Länge, cm|y\n"1"|0.1|2\n"2"|0.3|4\n', ["Länge, cm", "y"]),  # R's; by commas it is not even CSV
            ("a;y\n0,1;0,2\n0,3;0,4\n", ["a", "y"]),
            ("sep=;\na;y\n1;2\n3;4\n", ["a", "y"]),
            ("sep=\t\na\ty\n1\t2\n3\t4\n", ["a", "y"]),
            ("a y\n1 2\n3 4\n", ["a", "y"]),
            ("  a ,  y\n1,  2\n3,  4\n", ["a", "y"]),
            ('a, y\n1, "2, and more"\n3, "4"\n', ["a", "y"]),
            ("# a,y\n1,2\n3,4\n", ["a", "y"]),
            ("2019,2020,y\n1,2,3\n4,5,6\n", ["2019", "2020", "y"]),
        ],
    )
    def test_names(self, tmp_path: Path, content: str, names: list[str]) -> None:
        table = read(text(tmp_path, content))
        assert list(table.frame) == names
        assert len(table.frame) == 2

    @pytest.mark.parametrize(
        ("content", "note"),
        [
            (
                "# exported 2026\na,y\n1,2\n3,4\n",
                "1 line above the column names left out, the first: '# exported 2026'.",
            ),
            ("Report of May\n\na,y\n1,2\n3,4\n", "1 line above the column names left out, the first: 'Report of May'."),
            ("Report;;\na;b;y\n1;2;3\n4;5;6\n", "1 line above the column names left out, the first: 'Report'."),
            (",a,y\n0,1,2\n1,3,4\n", "The first column, without a name, left out: it numbers or names the rows."),
            ('a,y\n"1",1,2\n"2",3,4\n', "The first column, without a name, left out: it numbers or names the rows."),
            ("a,y,\n1,2\n3,4\n", "The delimiter at the end of the line with the names left out."),
            ("a,y\n1,2\n\n , \n3,4\n\n", "2 rows without any value left out, the first in line 3."),
            ("a,y\n1,2\n3,4\n,\n", "1 row without any value left out, the first in line 4."),
            ("a,y,\n1,2,\n3,4,\n", "Column 3, without a name or values, left out."),
            ("a,y\n1,2,\n3,4,\n", "The delimiter at the end of each row left out."),
        ],
    )
    def test_what_is_left_out_is_said(self, tmp_path: Path, content: str, note: str) -> None:
        table = read(text(tmp_path, content))
        assert table.notes == (note,)
        assert set(table.frame) <= {"a", "b", "y"}
        assert rows(table)[0][-1] in ("2", "3")
        assert len(table.frame) == 2

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (
                "0.5,1.5\n1,2\n3,4\n",
                "line 1: expected column names, got numbers: 0.5, 1.5. Add a line with the columns'",
            ),
            ("1,1\n1,2\n3,4\n", "line 1: expected column names, got numbers: 1, 1."),
            ("a,y\n1,2\n3,4,5\n", "line 3: expected 2 fields, as in the first line, got 3. Put a field that contains"),
            ("a,,y\n1,2,3\n4,2,6\n", "column 2: expected a name in the first line, got none. Name it."),
            (",a,y\n1,2,3\n1,5,6\n", "column 1: expected a name in the first line, got none. Name it."),
            ("\n \n", "expected column names in the first line, got an empty file or line"),
            ("a,y\n1,\0\n", "expected text, got NUL bytes"),
        ],
    )
    def test_what_cannot_be_read_is_one_sentence(self, tmp_path: Path, content: str, message: str) -> None:
        with pytest.raises(TableError, match=re.escape(message)) as caught:
            read(text(tmp_path, content))
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    @pytest.mark.parametrize("name", ["Größe", "город", "都市"])
    def test_encodings_that_are_certain(self, tmp_path: Path, name: str, encoding: str) -> None:
        table = read(text(tmp_path, f"{name},y\n1,2\n3,4\n".encode(encoding)))
        assert list(table.frame) == [name, "y"]
        assert table.notes == ()

    @pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "cp1250", "mac_roman"])
    def test_an_older_encoding_is_told_where_all_that_fit_agree(self, tmp_path: Path, encoding: str) -> None:
        table = read(text(tmp_path, "Größe,y\n1,2\n3,4\n".encode(encoding)))
        assert list(table.frame) == ["Größe", "y"]
        assert len(table.notes) == 1
        assert table.notes[0].startswith("Read as ")
        assert "words such as 'Größe,y' in line 1 are the same in all encodings" in table.notes[0]

    @pytest.mark.parametrize(
        ("line", "encoding", "readings"),
        [
            (
                "Besançon où",
                "cp1252",
                "cp1252) if line 3 reads: Besançon où,3, cp1250 if it reads: Besançon",
            ),
            ("Москва", "cp1251", "cp1251 if it reads: Москва,3"),
            ("東京", "cp932", "cp932 if it reads: 東京,3, gb18030 if it reads:"),
            ("12 €", "cp1252", "if line 3 reads: 12 €,3, cp1251 if it reads: 12 Ђ,3"),
            ("é", "mac_roman", "mac_roman if it reads: é,3"),
        ],
    )
    def test_one_that_may_be_several_is_asked_for(
        self, tmp_path: Path, line: str, encoding: str, readings: str
    ) -> None:
        path = text(tmp_path, f"a,y\n1,2\n{line},3\n".encode(encoding))
        with pytest.raises(TableError, match=re.escape(readings)):
            read(path)
        table = read(path, encoding=encoding)
        assert rows(table)[1] == [line, "3"]
        assert table.notes == ()

    def test_far_too_many_lines_to_compare_are_asked_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("looplab.data.sources.encodings._MOST_BYTES", 30)
        path = text(tmp_path, ("a,y\n" + "".join(f"Größe {row},3\n" for row in range(9))).encode("cp1252"))
        with pytest.raises(TableError, match=r"or say in which encoding it is: encoding='cp1252'"):
            read(path)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (gzip.compress(b"a,y", mtime=0), "a file packed by gzip, whose name should end in .gz"),
            (b"PK\x03\x04 and more", "a ZIP archive or an Excel workbook"),
            (b"PAR1 and more", "a Parquet file"),
            (b"SQLite format 3\0", "a database of SQLite"),
        ],
    )
    def test_what_is_text_by_its_name_alone_is_named(self, tmp_path: Path, content: bytes, words: str) -> None:
        with pytest.raises(TableError, match=re.escape(f"t.csv: expected text, by its name, got {words}")):
            read(text(tmp_path, content))

    def test_other_encodings_are_asked_for_with_what_they_would_say(self, tmp_path: Path) -> None:
        path = text(tmp_path, "a,y\n1,2\nnà,3\n".encode("cp1252"))
        with pytest.raises(TableError, match=r"line 3: .*--encoding cp1252\) if line 3 reads: nà,3, cp1250 if it "):
            read(path)
        assert rows(read(path, encoding="cp1252"))[1] == ["nà", "3"]
        with pytest.raises(TableError, match="encoding: expected the name of an encoding, such as 'cp1252', got 'cp9'"):
            read(path, encoding="cp9")

    def test_a_delimiter_can_be_said(self, tmp_path: Path) -> None:
        path = text(tmp_path, "a:y\n1:2\n3:4\n")
        assert rows(read(path, delimiter=":")) == [["1", "2"], ["3", "4"]]

    def test_an_archive_of_two_files_and_damaged_ones_are_refused(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "t.csv.zip", "w") as archive:
            archive.writestr("one.csv", "a,y\n1,2\n")
            archive.writestr("two.csv", "a,y\n1,2\n")
        with pytest.raises(TableError, match=r"of one file, got 2 files \(one.csv, two.csv\)\. Unpack the one"):
            read(tmp_path / "t.csv.zip")
        whole = gzip.compress(b"a,y\n" + b"1,2\n" * 999)
        for damaged in (whole[:40], b"no gzip"):
            with pytest.raises(TableError, match=r"t\.csv\.gz: expected a file that can be read, got"):
                read(text(tmp_path, damaged, "t.csv.gz"))

    @pytest.mark.parametrize("inner", ["one.csv", "folder/one.json"])
    def test_an_archive_is_read_by_the_name_of_what_it_holds(self, tmp_path: Path, inner: str) -> None:
        with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
            archive.writestr(inner, "a,y\n1,2\n" if inner.endswith("csv") else '[{"a": 1, "y": 2}]')
            archive.writestr("__MACOSX/._one.csv", "what a Mac adds")
        table = read(tmp_path / "download.zip")
        assert (rows(table), table.name) == ([["1", "2"]], "download")

    def test_many_rows_come_in_chunks(self, tmp_path: Path) -> None:
        lines = "".join(f"{row},{row % 7}\n" for row in range(120_000))
        frame = read(text(tmp_path, "a,y\n" + lines)).frame
        assert len(frame) == 120_000
        assert frame["a"].iloc[[0, 60_000, -1]].tolist() == ["0", "60000", "119999"]


class TestJson:
    @pytest.mark.parametrize("orient", ["records", "columns", "index", "list", "split", "table", "wrapped"])
    def test_the_forms_in_which_tables_are_written(self, tmp_path: Path, orient: str) -> None:
        if orient == "wrapped":
            content = json.dumps({"rows": PLAIN.to_dict("records")})
        elif orient == "list":
            content = json.dumps(PLAIN.to_dict("list"))
        else:
            content = PLAIN.to_json(orient=orient)  # type: ignore[call-overload]  # one of its forms
        frame = read(text(tmp_path, content, "t.json")).frame[["a", "y"]]
        assert frame["y"].tolist() == PLAIN["y"].tolist()

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("{", "expected JSON, got something that cannot be read"),
            ("3", "expected a list of rows, or columns by name, got a whole number (int)"),
            ("[]", "expected a list of rows, or columns by name, got nothing"),
            ('[{"a": [1], "y": 2}]', "column 'a': expected one value a row, got a list. Flatten it, or say drop=['a']"),
            ('{"columns": ["a", "y"], "data": [[1, 2], [3]]}', "row 2: expected 2 values, one for each name, got 1"),
            ('[{"a": 1, "a": 2}]', "expected each name once in an object, got 'a' more than once"),
            ("[[1, 2], [3, 4]]", "expected a list of rows, or columns by name, got a list"),
            ('{"a": [1, 2], "y": [1]}', "expected columns of one length, got 1 and 2"),
            ("[" * 100_000, "nested too deeply"),
        ],
    )
    def test_other_json_is_refused(self, tmp_path: Path, content: str, message: str) -> None:
        with pytest.raises(TableError, match=re.escape(message)):
            read_columns(read(text(tmp_path, content, "t.json")), ReadOptions())

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ('{"a": 1, "y": 2}\n{"a": 3, "y": 4}\n', [[1, 2], [3, 4]]),  # lines in spite of the name
            ('[["a", "y"], [1, 2], [3, 4]]', [[1, 2], [3, 4]]),
            ('{"status": "ok", "rows": [{"a": 1, "y": 2}], "pages": 1}', [[1, 2]]),
            ('{"response": {"rows": [{"a": 1, "y": 2}]}}', [[1, 2]]),
        ],
    )
    def test_forms_of_web_services(self, tmp_path: Path, content: str, expected: list[list[int]]) -> None:
        frame = read(text(tmp_path, content, "t.json")).frame
        assert list(frame) == ["a", "y"]
        assert frame.to_numpy().tolist() == expected

    def test_objects_within_objects_become_columns(self, tmp_path: Path) -> None:
        path = text(tmp_path, '[{"size": {"w": 1, "h": {"low": 2}}, "y": 3}, {"size": {"w": 4}, "y": 5}]', "t.json")
        frame = read(path).frame
        assert list(frame) == ["size.w", "size.h.low", "y"]
        assert frame["size.w"].tolist() == [1, 4]
        assert frame["size.h.low"].tolist() == [2, None]

    def test_a_column_of_lists_can_be_dropped(self, tmp_path: Path) -> None:
        options = ReadOptions(drop=("a",))
        path = text(tmp_path, '[{"a": [1], "y": 2}, {"a": [], "y": 3}]', "t.json")
        assert list(read_columns(find_table(path, options), options).columns) == ["y"]

    def test_a_bad_line_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match=r"t\.jsonl, line 2: expected JSON"):
            read(text(tmp_path, '{"a": 1}\n{"a"\n', "t.jsonl"))


class TestSpreadsheets:
    def test_a_title_above_and_an_empty_column_are_stepped_over(self, tmp_path: Path) -> None:
        with pd.ExcelWriter(tmp_path / "t.xlsx") as writer:
            PLAIN.to_excel(writer, index=False, startrow=2, startcol=1)
            writer.sheets["Sheet1"]["B1"] = "Measured in May"
        table = read(tmp_path / "t.xlsx")
        assert list(table.frame) == ["a", "y"]
        assert "1 line above the column names left out, the first: 'Measured in May'." in table.notes

    def test_of_several_sheets_one_must_be_named(self, tmp_path: Path) -> None:
        with pd.ExcelWriter(tmp_path / "t.xlsx") as writer:
            PLAIN.to_excel(writer, index=False, sheet_name="first")
            PLAIN.assign(a=9).to_excel(writer, index=False, sheet_name="second")
            pd.DataFrame().to_excel(writer, index=False, sheet_name="empty")
        with pytest.raises(TableError, match=r"expected one filled sheet, or its name, got first, second\. Say sheet="):
            read(tmp_path / "t.xlsx")
        assert read(tmp_path / "t.xlsx", sheet="second").frame["a"].tolist() == [9, 9, 9]
        with pytest.raises(
            ChoiceError, match=r"sheet of .*: expected one of .*second.*got 'secnd'\. Did you mean 'second'"
        ):
            read(tmp_path / "t.xlsx", sheet="secnd")

    def test_hidden_sheets_are_left_out_with_a_note(self, tmp_path: Path) -> None:
        with pd.ExcelWriter(tmp_path / "t.xlsx") as writer:
            PLAIN.to_excel(writer, index=False, sheet_name="shown")
            PLAIN.assign(a=9).to_excel(writer, index=False, sheet_name="lists")
            writer.sheets["lists"].sheet_state = "hidden"
        table = read(tmp_path / "t.xlsx")
        assert table.frame["a"].tolist() == [1, 2, 3]
        assert table.notes == ("Hidden sheets left out: lists (--sheet says otherwise).",)
        assert read(tmp_path / "t.xlsx", sheet="lists").frame["a"].tolist() == [9, 9, 9]

    @pytest.mark.parametrize(("number", "is_date"), [(45322, True), (45322.5, True), (7, False), (True, False)])
    def test_a_number_among_dates_is_one_if_it_can_be(self, tmp_path: Path, number: float, is_date: bool) -> None:
        when = pd.Series([pd.Timestamp("2024-01-30"), number, pd.Timestamp("2024-02-01")], dtype=object)
        PLAIN.assign(a=when).to_excel(tmp_path / "t.xlsx", index=False)
        table = read(tmp_path / "t.xlsx")
        reading = read_columns(table, ReadOptions()).columns["a"].values.tolist()
        if is_date:
            assert reading == [19752, 19753 + number % 1, 19754]
            note = f"Column 1: 1 number among dates taken as days since 1899-12-30, such as {number:g} as 2024-01-31."
            assert table.notes == (note,)
        else:
            assert table.notes == ()
            assert isinstance(reading[0], str)

    def test_names_in_merged_cells_are_refused(self, tmp_path: Path) -> None:
        two_rows = pd.DataFrame([["size", None, "y"], ["w", "h", None], [1, 2, 3], [4, 5, 6]])
        two_rows.to_excel(tmp_path / "t.xlsx", index=False, header=False)
        with pytest.raises(TableError, match="If the names stand in two rows, or in merged cells, write them into one"):
            read(tmp_path / "t.xlsx")

    def test_a_damaged_file_and_a_missing_library(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = text(tmp_path, b"PK\x03\x04 no more", "t.xlsx")
        with pytest.raises(TableError, match="expected a spreadsheet, got something that cannot be read"):
            read(path)
        monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
        with pytest.raises(
            MissingExtraError, match=r"reading t\.xlsx needs the optional part 'excel'. Install it with"
        ):
            read(path)


class TestTypedFiles:
    def test_categories_of_whole_numbers_stay_categories(self, tmp_path: Path) -> None:
        frame = PLAIN.assign(k=pd.Categorical([3, 1, 3]), w=pd.Categorical(["u", "v", "u"]))
        frame.to_parquet(tmp_path / "t.parquet")
        frame.to_feather(tmp_path / "t.feather")
        for name in ("t.parquet", "t.feather"):
            dtypes = read(tmp_path / name).frame.dtypes
            assert isinstance(dtypes["k"], pd.CategoricalDtype)
            assert isinstance(dtypes["w"], pd.CategoricalDtype)

    def test_files_of_other_tools_and_damaged_ones(self, tmp_path: Path) -> None:
        pa.parquet.write_table(pa.table({"a": [1, 2], "y": [3, 4]}), tmp_path / "t.parquet")
        assert read(tmp_path / "t.parquet").frame["a"].tolist() == [1, 2]
        for name, format_name in (("t.parquet", "Parquet"), ("t.feather", "Feather")):
            with pytest.raises(TableError, match=f"expected a {format_name} file, got something that cannot be read"):
                read(text(tmp_path, b"PAR1 no more", name))

    def test_an_index_that_says_something_is_named(self, tmp_path: Path) -> None:
        PLAIN.set_index("a").to_parquet(tmp_path / "t.parquet")
        table = read(tmp_path / "t.parquet")
        assert table.notes == ("Index level 'a' not used: reset_index() makes columns of them.",)
        wanted = find_table(tmp_path / "t.parquet", ReadOptions(), wanted=("a",))
        assert list(wanted.frame) == ["a", "y"]
        assert wanted.notes == ()


class TestMemory:
    @pytest.mark.parametrize(
        "source",
        [
            PLAIN,
            PLAIN.to_dict("list"),
            PLAIN.to_dict("records"),
            pa.table(PLAIN),
            PLAIN.to_records(index=False),
        ],
        ids=["DataFrame", "dict", "rows", "Arrow", "records"],
    )
    def test_whatever_holds_columns(self, source: object) -> None:
        assert as_frame(source)["y"].tolist() == PLAIN["y"].tolist()

    def test_a_tensor_and_whatever_speaks_arrow(self) -> None:
        class Speaks:
            def __arrow_c_stream__(self, requested_schema: object = None) -> object:
                return pa.table(PLAIN).__arrow_c_stream__(requested_schema)

        assert as_frame(Speaks())["y"].tolist() == PLAIN["y"].tolist()
        assert as_frame(torch.eye(2, requires_grad=True)).to_numpy().tolist() == [[1, 0], [0, 1]]

    def test_what_is_masked_is_missing(self) -> None:
        fields: Any = np.ma.array([(1, 2.5), (3, 4.5)], dtype=[("a", "i4"), ("y", "f8")])
        fields["y"][0] = np.ma.masked
        assert as_frame(fields)["y"].isna().tolist() == [True, False]
        assert as_frame(fields)["a"].tolist() == [1, 3]
        with pytest.raises(TableError, match="expected fields of one value a row, got 'a', which has several"):
            as_frame(np.zeros(3, dtype=[("a", "f8", 2), ("y", "f8")]))

    def test_bytes_are_text_and_periods_are_moments(self) -> None:
        months = pd.period_range("2024-01", periods=3, freq="M")
        frame = raw_table(
            PLAIN.assign(b=pd.Series([b"u", "v", None], dtype=object), p=months), name="t", place="t"
        ).frame
        assert frame["b"].iloc[:2].tolist() == ["u", "v"]
        assert frame["b"].isna().tolist() == [False, False, True]
        assert frame["p"].tolist() == list(months.to_timestamp())
        with pytest.raises(TableError, match=r"column 'b': expected text, got bytes that are no UTF-8. Say drop="):
            raw_table(PLAIN.assign(b=b"\xff"), name="t", place="t")

    def test_an_array_has_numbers_for_names(self) -> None:
        frame = raw_table(as_frame(np.eye(3)), name="t", place="t").frame
        assert list(frame) == ["0", "1", "2"]

    @pytest.mark.parametrize("source", [3, "t", [1, 2], np.zeros(3), {"a": [1], "y": [1, 2]}])
    def test_what_does_not_is_refused(self, source: object) -> None:
        with pytest.raises(TableError, match=r"expected (a DataFrame|columns of one length)"):
            as_frame(source)

    @pytest.mark.parametrize(
        ("index", "notes"),
        [
            (pd.RangeIndex(3), ()),
            (pd.Index([5, 9, 2]), ()),
            (
                pd.Index(["u", "v", "w"]),
                ("The index, which has no name, is not used: reset_index() makes a column of it.",),
            ),
            (pd.Index([5, 9, 2], name="id"), ("Index level 'id' not used: reset_index() makes columns of them.",)),
            (
                pd.MultiIndex.from_arrays([[1, 1, 2], ["u", "v", "w"]], names=["day", "site"]),
                ("Index levels 'day', 'site' not used: reset_index() makes columns of them.",),
            ),
        ],
    )
    def test_index_levels_that_are_dropped_are_named(self, index: pd.Index, notes: tuple[str, ...]) -> None:
        frame = PLAIN.set_axis(index)
        table = raw_table(frame, name="t", place="t")
        assert table.notes == notes
        assert table.frame.index.tolist() == [0, 1, 2]
        assert frame.index is index or frame.index.equals(index), "the user's table is left as it is"

    def test_names_become_text(self) -> None:
        two = PLAIN.set_axis(pd.MultiIndex.from_tuples([("u", "a"), ("u", "y")]), axis=1)
        assert list(raw_table(two, name="t", place="t").frame) == ["u / a", "u / y"]
        with pytest.raises(TableError, match="expected a different name for each column, got '1' more than once"):
            raw_table(PLAIN.set_axis([1, "1"], axis=1), name="t", place="t")
        for nothing in (" ", None, np.nan):
            with pytest.raises(TableError, match="t, column 2: expected a name, got none"):
                raw_table(PLAIN.set_axis(["a", nothing], axis=1), name="t", place="t")


def test_an_unknown_ending_names_the_formats(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read(text(tmp_path, "a,y\n1,2\n", "t.sas7bdat"))
    assert all(each in str(caught.value) for each in ENDINGS)
    assert "got '.sas7bdat'. Save it as one of these." in str(caught.value)
    with pytest.raises(TableError, match=r"got '\.gz'"):
        read(text(tmp_path, "", "t.parquet.gz"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": ";;"}, "delimiter: expected one character, got ';;'"),
        ({"decimal": "'"}, "decimal: expected '.' or ',', got \"'\""),
        ({"thousands": "x"}, "thousands: expected ',', '.', ''' or a blank, got 'x'"),
        ({"decimal": ",", "thousands": ","}, "thousands: expected another sign than the decimal sign, got ','"),
        ({"date_format": "dd.mm.yyyy"}, "date_format: expected a format such as '%d/%m/%Y', got 'dd.mm.yyyy'"),
    ],
)
def test_impossible_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError, match=re.escape(message)):
        ReadOptions(**options)
