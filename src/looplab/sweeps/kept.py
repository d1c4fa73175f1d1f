"""Chunks that are trained: a file each in a folder, or in memory where nothing is to be kept."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from looplab.errors import CheckpointError, FileError, ReplicasError
from looplab.files import make_folder, parsed, read_bounded, write_whole
from looplab.loop.checkpoints.file import checkpoint_of_bytes
from looplab.replicas.pieces import Piece, restored
from looplab.sweeps.chunks import Chunk

__all__ = ["KeptChunks"]

_MOST_ABOUT_BYTES = 64 * 2**20
_ABOUT = "sweep.json"
_ENDING = ".safetensors"


class _About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `sweep.json` says."""

    key: str
    asked: dict[str, Any]
    backends: list[str]
    reasons: list[list[str]]


class KeptChunks:
    """The chunks of a call that are trained.

    Several calls may share a folder: each has one of its own in there, named by its key.

    Args:
        folder: the caller's folder; None keeps chunks in memory.
        key: stands for the call, and for all that decides its numbers.
        asked: what the call is, for people who look into the folder.

    Attributes:
        folder: that of the call; None if there is none.
        backends: which backend trains each group, as it was chosen first; None if it never was.
        reasons: why these, for each group.

    Raises:
        ReplicasError: a file has the folder's name.
        FileError: it cannot be made or read.
    """

    def __init__(self, folder: Path | None, key: str, asked: Mapping[str, Any]) -> None:
        if folder is not None and folder.exists() and not folder.is_dir():
            raise ReplicasError(
                "checkpoint",
                expected="with an executor, a folder, into which each chunk of work is saved as a file",
                got=f"the file {folder}",
                fix="Give the name of a new folder.",
            )
        self.folder = None if folder is None else make_folder(folder / f"sweep-{key[:16]}")
        self._key, self._asked = key, json.loads(json.dumps(asked, default=str))
        self._held: dict[Chunk, bytes] = {}
        self.backends: list[str] | None = None
        self.reasons: list[list[str]] = []
        self._read()

    def chose(self, backends: Sequence[str], reasons: Sequence[Sequence[str]]) -> None:
        """Keep which backends were chosen: a machine that is busier tomorrow does not change the numbers."""
        self.backends, self.reasons = list(backends), [list(each) for each in reasons]
        if self.folder is not None:
            about = {"key": self._key, "asked": self._asked, "backends": self.backends, "reasons": self.reasons}
            write_whole(self.folder / _ABOUT, json.dumps(about, indent=1))

    def chunks(self, group: int, backend: str) -> list[Chunk]:
        """The chunks of a group that are there."""
        found = list(self._held)
        if self.folder is not None:
            names = (path.name.removesuffix(_ENDING) for path in self.folder.glob(f"chunk-*{_ENDING}"))
            found += [chunk for name in names if (chunk := Chunk.named(name, self._key)) is not None]
        return [chunk for chunk in found if chunk.group == group and chunk.backend == backend]

    def put(self, chunk: Chunk, content: bytes) -> None:
        """Keep what came of a chunk.

        Raises:
            CheckpointError: the bytes were altered on their way.
        """
        self._piece_of(chunk, content, "what a worker sent")
        if self.folder is None:
            self._held[chunk] = content
        else:
            write_whole(self._path(chunk), content)

    def piece(self, chunk: Chunk) -> Piece | None:
        """What came of the replicas of a chunk; None if its file is damaged, or gone: then it must be trained again."""
        try:
            if self.folder is None:
                return self._piece_of(chunk, self._held[chunk], chunk.name(self._key))
            path = self._path(chunk)
            return self._piece_of(chunk, read_bounded(path, most_bytes=path.stat().st_size), str(path))
        except FileNotFoundError:
            return None
        except CheckpointError:
            self._path(chunk).unlink(missing_ok=True)
            return None

    def _piece_of(self, chunk: Chunk, content: bytes, where: str) -> Piece:
        state = checkpoint_of_bytes(content, where)
        try:
            if state["chunk"] != chunk.name(self._key):
                raise CheckpointError(where, expected=f"the chunk {chunk.name(self._key)}", got=str(state["chunk"]))
            return restored(state["piece"])
        except (KeyError, TypeError) as error:
            raise CheckpointError(where, expected="the replicas of a chunk", got=repr(error)) from error

    def _path(self, chunk: Chunk) -> Path:
        assert self.folder is not None
        return self.folder / f"{chunk.name(self._key)}{_ENDING}"

    def _read(self) -> None:
        """Take the backends from the folder, where they were chosen before."""
        if self.folder is None:
            return
        try:
            about = parsed(read_bounded(self.folder / _ABOUT, most_bytes=_MOST_ABOUT_BYTES), _About)
        except FileNotFoundError:
            return
        except ValueError as error:
            if isinstance(error, FileError):
                raise
            return  # damaged: they are chosen anew, and chunks of others are not counted
        if about.key == self._key:
            self.backends, self.reasons = about.backends, about.reasons
