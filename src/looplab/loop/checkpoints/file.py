"""The file of a checkpoint: tensors in the format of safetensors, all else in its header as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from looplab.errors import CheckpointError
from looplab.files import write_whole
from looplab.loop.checkpoints.digest import digest_of
from looplab.loop.checkpoints.trees import flattened, rebuilt

__all__ = ["checkpoint_bytes", "checkpoint_of_bytes", "read_checkpoint", "write_checkpoint"]

_FORMAT = "looplab checkpoint 1"


def write_checkpoint(path: Path, state: Mapping[str, object]) -> None:
    """Write the state of a training, whole or not at all, and synced; one that was there before is replaced.

    Raises:
        CheckpointError: the state holds what a checkpoint cannot keep.
        FileError: the file cannot be written.
    """
    write_whole(path, checkpoint_bytes(state))


def checkpoint_bytes(state: Mapping[str, object]) -> bytes:
    """What `write_checkpoint` writes.

    Raises:
        CheckpointError: the state holds what a checkpoint cannot keep.
    """
    tree, tensors = flattened(state, "the state of the training")
    about = json.dumps(
        {"format": _FORMAT, "torch": torch.__version__, "threads": torch.get_num_threads(), "tree": tree}
    )
    return save(tensors, {"looplab": about, "sha256": digest_of(tensors, about)})


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """What `write_checkpoint` wrote, with torch's version and number of threads then; None where there is no file.

    Raises:
        CheckpointError: it is no such file, or is damaged.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
        return _state_of(path, header, tensors)
    except _DAMAGE as error:
        if isinstance(error, CheckpointError):
            raise
        raise _unusable(path, str(error)) from error


def checkpoint_of_bytes(content: bytes, where: str) -> dict[str, Any]:
    """What `checkpoint_bytes` was given, as `read_checkpoint` gives it.

    Args:
        content: the bytes.
        where: what they are, or where they came from, for the message of an error.

    Raises:
        CheckpointError: they are no checkpoint, or are damaged.
    """
    try:
        length = int.from_bytes(content[:_LENGTH], "little")
        header = json.loads(content[_LENGTH : _LENGTH + length]).get("__metadata__", {})
        return _state_of(where, header, load(content))
    except _DAMAGE as error:
        if isinstance(error, CheckpointError):
            raise
        raise _unusable(where, str(error)) from error


_LENGTH = 8  # bytes of safetensors that say how long its header is
_DAMAGE = (SafetensorError, OSError, KeyError, TypeError, ValueError, RecursionError, AttributeError)


def _state_of(where: object, header: Mapping[str, str], tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    if header.get("sha256") != digest_of(tensors, header.get("looplab", "")):
        raise _unusable(where, "one that was altered, or another kind of file")
    about = json.loads(header["looplab"])
    if about["format"] != _FORMAT:
        raise _unusable(where, f"format '{about['format']}'")
    state: dict[str, Any] = rebuilt(about["tree"], tensors)
    return {**state, "torch": about["torch"], "threads": about["threads"]}


def _unusable(path: object, got: str) -> CheckpointError:
    return CheckpointError(
        str(path),
        expected="a checkpoint of looplab, whole and unaltered",
        got=got,
        fix="Give another file, or remove this one to begin anew.",
    )
