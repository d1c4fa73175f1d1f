"""In which encoding a text file is: by its first bytes, or because all encodings in which it is words agree.

A byte above 127 stands for other letters in each of the older encodings. A detector that counts letters guesses wrong
in tables, whose words are few. So nothing is guessed: if the encodings in which the file could be words disagree, the
error shows how each would read, and the user chooses.
"""

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import IO

from looplab.data.words import printable
from looplab.errors import TableError

__all__ = ["NotTextError", "encoding_of_start", "not_text", "require_no_other_format"]

_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
_OLDER = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "mac_roman", "cp850", "cp932", "gb18030", "big5",
    "euc_kr",
)  # fmt: skip
_SIGNS = "€£¥§°µ²³¼½¾±×÷·ºª«»¿¡–—‘’‚“”„•…‰™®©№\xa0"
_NOT_WITHIN = "€£¥§²³¼½¾±×÷«»¿¡•…‰™®©№"  # a word
_MOST_BYTES = 2**20  # of lines that are not ASCII; with more, the user is asked
_MOST_SHOWN, _AROUND = 4, 12
_EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "HALFWIDTH")
_FORMATS = {
    b"\x1f\x8b": "a file packed by gzip, whose name should end in .gz",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook, whose name should end in .zip or .xlsx",
    b"PAR1": "a Parquet file, whose name should end in .parquet",
    b"ARROW1": "an Arrow file, whose name should end in .feather",
    b"BZh": "a file packed by bzip2, whose name should end in .bz2",
    b"\xfd7zXZ": "a file packed by xz, whose name should end in .xz",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook, whose name should end in .xls",
    b"SQLite format 3": "a database of SQLite",
    b"%PDF-": "a PDF document",
}

Opener = Callable[[Path], IO[bytes]]


class NotTextError(TableError):
    """A file that is not text in an encoding.

    Attributes:
        encoding: the one on which all encodings agree in which the file is words; "" if they do not.
        note: a sentence about it.
    """

    encoding: str = ""
    note: str = ""


def encoding_of_start(start: bytes) -> str:
    """The encoding told by a byte-order mark, or by every second byte's being 0; else UTF-8."""
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), "")
    if marked:
        return marked
    ends = [place for place, byte in enumerate(start) if byte == 0x0A]
    if ends and 0 in start:
        if all(place % 2 == 0 and start[place + 1 : place + 2] in (b"\0", b"") for place in ends):
            return "utf-16-le"
        if all(place % 2 == 1 and start[place - 1] == 0 for place in ends):
            return "utf-16-be"
    return "utf-8"


def require_no_other_format(path: Path, start: bytes) -> None:
    """Refuse a file that is text by its name alone; raises `TableError`."""
    for magic, words in _FORMATS.items():
        if start.startswith(magic):
            raise TableError(str(path), expected="text, by its name", got=words, fix="Rename it, or save it as CSV.")


def not_text(path: Path, opener: Opener, encoding: str) -> NotTextError:
    """What to say about a file that is not text in an encoding: where, and how it would read in others."""
    name = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8"}.get(encoding, encoding)
    lines, are_all = _lines_beyond_ascii(path, opener)
    first = next(
        ((number, byte) for number, content in lines.items() if (byte := _wrong_byte(content, encoding))), None
    )
    if first is None:
        return NotTextError(str(path), expected=f"{name} text", got="something else")
    number, byte = first
    readings = _readings(lines)
    error = NotTextError(
        f"{path}, line {number}",
        expected=f"{name} text",
        got=f"the byte {byte}",
        fix=f"Save it as UTF-8, or say in which encoding it is{_shown(readings)}.",
    )
    if are_all and len(readings) == 1:
        ((error.encoding, texts),) = readings.items()
        error.note = (
            f"Read as {error.encoding} text: it is not UTF-8, and words such as '{_around(texts[number])}' in line "
            f"{number} are the same in all encodings in which they are words (--encoding says otherwise)."
        )
    return error


def _lines_beyond_ascii(path: Path, opener: Opener) -> tuple[dict[int, bytes], bool]:
    """The different lines that are not ASCII by number, and whether these are all, or only the first of very many."""
    lines: dict[bytes, int] = {}
    size = 0
    with opener(path) as binary:
        for number, content in enumerate(binary, start=1):
            if content.isascii() or content in lines:
                continue
            if size > _MOST_BYTES:
                return {number: content for content, number in lines.items()}, False
            lines[content] = number
            size += len(content)
    return {number: content for content, number in lines.items()}, True


def _wrong_byte(content: bytes, encoding: str) -> str:
    """The first byte that is no text in an encoding; "" if there is none."""
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        return f"{content[error.start]:#04x}"
    return ""


def _readings(lines: dict[int, bytes]) -> dict[str, dict[int, str]]:
    """The texts of all lines in each encoding in which they are words; of encodings with the same texts the first."""
    found: dict[tuple[str, ...], str] = {}
    for encoding in _OLDER:
        try:
            texts = tuple(line.decode(encoding) for line in lines.values())
        except UnicodeDecodeError:
            continue
        if all(map(_are_words, texts)):
            found.setdefault(texts, encoding)
    return {encoding: dict(zip(lines, texts, strict=True)) for texts, encoding in found.items()}


def _are_words(text: str) -> bool:
    """Whether letters beyond ASCII stand in words of one script, and other signs are those that people write."""
    scripts: set[str] = set()
    for before, letter, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if not letter.isalpha():
            scripts = set()
        if letter.isascii():
            scripts |= {"LATIN"} if letter.isalpha() else set()
        elif letter.isalpha():
            scripts.add(_script(letter))
            if before.isdigit() or (letter.isupper() and before.islower()):
                return False
        elif letter not in _SIGNS or (letter in _NOT_WITHIN and before.isalpha() and after.isalpha()):
            return False
        if len(scripts) > 1:
            return False
    return True


def _script(letter: str) -> str:
    """For instance "LATIN" or "CYRILLIC"; one for all of East Asia, where words have several."""
    name = unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0]
    return "EAST ASIAN" if name.startswith(_EAST_ASIAN) else name


def _shown(readings: dict[str, dict[int, str]]) -> str:
    """How to choose among the encodings: by the first line that they read differently."""
    if not readings:
        return ", such as encoding='cp1252' (--encoding cp1252)"
    numbers = next(iter(readings.values()))
    most = {number: len({texts[number] for texts in readings.values()}) for number in numbers}
    number = next((each for each in numbers if most[each] == len(readings)), max(most, key=lambda each: most[each]))
    different = {texts[number]: encoding for encoding, texts in reversed(readings.items())}
    (words, first), *others = list(reversed(different.items()))[:_MOST_SHOWN]
    more = "".join(f", {encoding} if it reads: {_around(text)}" for text, encoding in others)
    return f": encoding='{first}' (--encoding {first}) if line {number} reads: {_around(words)}{more}"


def _around(line: str) -> str:
    """What stands around the first letter beyond ASCII."""
    line = line.strip()
    place = next((place for place, letter in enumerate(line) if not letter.isascii()), 0)
    return printable(line[max(0, place - _AROUND) : place + _AROUND].strip())
