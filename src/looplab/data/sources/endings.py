"""Which endings of file names are read, and as what."""

from pathlib import Path

__all__ = ["COMPRESSED", "ENDINGS", "ending", "is_file_name"]

ENDINGS = {
    ".csv": "delimited",
    ".tsv": "delimited",
    ".txt": "delimited",
    ".tab": "delimited",
    ".dat": "delimited",
    ".parquet": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
    ".json": "json",
    ".jsonl": "json lines",
    ".ndjson": "json lines",
    ".xlsx": "spreadsheet",
    ".xls": "spreadsheet",
    ".ods": "spreadsheet",
}
"""Format by ending, in lower case."""

COMPRESSED = (".gz", ".bz2", ".xz", ".zip")
"""Additional endings that a text file may have."""


def ending(path: str | Path) -> tuple[str, str]:
    """The ending that tells the format, and the one of the compression or "": (".csv", ".gz") of "t.csv.gz"."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    compression = suffixes.pop() if suffixes and suffixes[-1] in COMPRESSED else ""
    return (suffixes[-1] if suffixes else ""), compression


def is_file_name(name: str | Path) -> bool:
    """Whether a name is meant as a file: it has an ending, names a folder, or such a file exists."""
    return isinstance(name, Path) or bool(Path(name).suffix) or "/" in name or "\\" in name or Path(name).is_file()
