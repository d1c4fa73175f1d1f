"""How much an Arrow file unpacks to, told from the lengths that it declares, before anything is unpacked.

The file ends with a footer that lists its blocks: batches of rows, and dictionaries. Each block begins with a
description, a flatbuffer, of its buffers. A packed buffer begins with the length that it has unpacked. The formats:
https://arrow.apache.org/docs/format/Columnar.html and https://flatbuffers.dev/internals.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["declared_bytes"]

_MAGIC = b"ARROW1"
_TAIL = struct.Struct("<i6s")
_DICTIONARIES, _BATCHES = 2, 3  # fields of the footer
_KIND, _HEADER = 1, 2  # fields of a message
_LENGTH, _NODES, _BUFFERS, _PACKING = 0, 1, 2, 3  # fields of a batch
_OF_DICTIONARY = 2  # the kind of message, whose second field is a batch
_BLOCK = struct.Struct("<qi4xq")
_BUFFER = struct.Struct("<qq")
_UNPACKED_LENGTH = struct.Struct("<q")
_CONTINUED = -1
_MOST_METADATA_BYTES = 64 * 2**20
_CELL_BYTES = 1  # of a value in memory, at least, however few bytes the file has for all of them


def declared_bytes(path: Path) -> int:
    """What the table in an Arrow file takes unpacked, at least, by what the file says of itself.

    Raises:
        ValueError: it is no such file, or says what cannot be.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        try:
            length, magic = _TAIL.unpack(_read(file, size - _TAIL.size, _TAIL.size))
            if magic != _MAGIC:
                raise ValueError("not an Arrow file")
            footer = _Table.root(_read(file, size - _TAIL.size - length, length))
            blocks = [*footer.structs(_DICTIONARIES, _BLOCK), *footer.structs(_BATCHES, _BLOCK)]
            return sum(_block_bytes(file, offset, metadata) for offset, metadata, _ in blocks)
        except (struct.error, IndexError) as error:
            raise ValueError(f"an Arrow file whose descriptions are damaged ({error})") from None


def _block_bytes(file: BinaryIO, offset: int, metadata_bytes: int) -> int:
    message = _read(file, offset, metadata_bytes)
    begins = 8 if struct.unpack_from("<i", message)[0] == _CONTINUED else 4
    table = _Table.root(message[begins:])
    batch = table.table(_HEADER)
    if table.number(_KIND, "<B") == _OF_DICTIONARY:
        batch = batch.table(1)
    body = offset + metadata_bytes
    buffers = list(batch.structs(_BUFFERS, _BUFFER))
    if batch.has(_PACKING):
        total = sum(_unpacked_bytes(file, body + start, length) for start, length in buffers)
    else:
        total = sum(max(length, 0) for _, length in buffers)
    cells = batch.number(_LENGTH, "<q") * batch.count(_NODES)
    return max(total, cells * _CELL_BYTES)


def _unpacked_bytes(file: BinaryIO, start: int, length: int) -> int:
    if length < _UNPACKED_LENGTH.size:
        return 0
    (declared,) = _UNPACKED_LENGTH.unpack(_read(file, start, _UNPACKED_LENGTH.size))
    return length if declared == _CONTINUED else max(int(declared), 0)


def _read(file: BinaryIO, start: int, length: int) -> bytes:
    if not 0 <= length <= _MOST_METADATA_BYTES or start < 0:
        raise ValueError("an Arrow file with a place outside it")
    file.seek(start)
    content = file.read(length)
    if len(content) < length:
        raise ValueError("an Arrow file that is cut short")
    return content


class _Table:
    """A table of a flatbuffer.

    Args:
        content: the whole flatbuffer.
        start: where the table begins.
    """

    def __init__(self, content: bytes, start: int) -> None:
        self._content, self._start = content, start
        (back,) = struct.unpack_from("<i", content, start)
        self._fields = start - back
        (self._fields_bytes,) = struct.unpack_from("<H", content, self._fields)

    @classmethod
    def root(cls, content: bytes) -> "_Table":
        """The outermost table."""
        return cls(content, struct.unpack_from("<I", content)[0])

    def has(self, field: int) -> bool:
        """Whether the table has the field of that number."""
        return self._place(field) is not None

    def number(self, field: int, form: str) -> int:
        """The number in a field, 0 if it is not there."""
        place = self._place(field)
        return 0 if place is None else int(struct.unpack_from(form, self._content, place)[0])

    def table(self, field: int) -> "_Table":
        """The table that a field refers to; raises ValueError if there is none."""
        place = self._followed(field)
        if place is None:
            raise ValueError("an Arrow file with a block that holds nothing")
        return _Table(self._content, place)

    def count(self, field: int) -> int:
        """The number of elements that a field refers to."""
        place = self._followed(field)
        return 0 if place is None else int(struct.unpack_from("<I", self._content, place)[0])

    def structs(self, field: int, form: struct.Struct) -> Iterator[tuple[int, ...]]:
        """The elements that a field refers to."""
        place = self._followed(field)
        for index in range(self.count(field)):
            assert place is not None
            yield form.unpack_from(self._content, place + 4 + index * form.size)

    def _followed(self, field: int) -> int | None:
        place = self._place(field)
        return None if place is None else place + int(struct.unpack_from("<I", self._content, place)[0])

    def _place(self, field: int) -> int | None:
        entry = 4 + 2 * field
        if entry + 2 > self._fields_bytes:
            return None
        (offset,) = struct.unpack_from("<H", self._content, self._fields + entry)
        return self._start + offset if offset else None
