"""The folder of a checkpoint that several processes write: shards in the format of safetensors, all else as JSON."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader, HuggingFaceStorageWriter
from torch.distributed.checkpoint.metadata import TensorStorageMetadata
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from looplab.errors import CheckpointError, FileError, LooplabError
from looplab.files import make_folder, read_bounded, sync_folder, write_whole
from looplab.loop.checkpoints.trees import flattened, rebuilt
from looplab.loop.computing.processes import Processes
from looplab.loop.surroundings import in_a_line

__all__ = ["read_folder", "write_folder"]

_FORMAT = "looplab checkpoint of several processes 1"
_ABOUT = "about.json"
_MOST_BYTES = 2**30


def write_folder(path: Path, state: Mapping[str, Any], processes: Processes) -> None:
    """Write the state of a training: each process the shards that it has; whole or not at all, and synced.

    The state goes into a folder of its own within the path, which gets its name once everything is in it; then the one
    before it is removed. All processes must see the same path.

    Args:
        path: the folder.
        state: a tree of dictionaries, lists and tensors, alike in all processes but for the shards.
        processes: those of the training.

    Raises:
        CheckpointError: the state holds what a checkpoint cannot keep.
        FileError: the folder cannot be written.
    """
    tree, tensors = flattened(state, "the state of the training")
    place = processes.of_first(lambda: _next(path, state["step"]))
    part = place.with_suffix(".part")
    try:
        _fill(path, place, part, (tree, tensors), processes)
    except LooplabError:
        processes.of_first(lambda: shutil.rmtree(part, ignore_errors=True))
        raise


def _fill(path: Path, place: Path, part: Path, state: tuple[Any, dict[str, Tensor]], processes: Processes) -> None:
    """Write the tree and the tensors of a state into a folder, and give it its name."""
    tree, tensors = state
    processes.of_first(lambda: _empty(path, part))
    with _disk_errors(part):
        save(tensors, storage_writer=HuggingFaceStorageWriter(str(part), save_distributed=True))
    digests = processes.all_together(lambda: _digests(part, processes))
    about = {
        "format": _FORMAT,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "processes": processes.size,
        "tree": tree,
        "files": {name: digest for each in digests for name, digest in each.items()},
    }
    processes.of_first(lambda: _commit(path, part, place, about))


def read_folder(path: Path, processes: Processes) -> dict[str, Any] | None:
    """What `write_folder` wrote last, with whole tensors; also with how many processes, threads, and by which torch.

    Returns None where there is nothing yet.

    Raises:
        CheckpointError: it is no such folder, is damaged, or not all processes see it.
    """
    found = processes.of_first(lambda: _latest(path))
    if found is None:
        return None
    place, about = found
    all_digests = processes.all_together(lambda: _digests(place, processes))
    if {name: digest for each in all_digests for name, digest in each.items()} != about["files"]:
        raise _unusable(place, "one with other files than were written")
    try:
        state: dict[str, Any] = rebuilt(about["tree"], _tensors(place))
    except (SafetensorError, CheckpointException, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _unusable(place, str(error)) from error
    return {**state, **{name: about[name] for name in ("torch", "threads", "processes")}}


def _next(path: Path, step: int) -> Path:
    """A name that no save has, and that comes after those of all others."""
    places = [path / f"step-{step:012d}", *(path / f"step-{step:012d}-{again}" for again in range(1, 10))]
    return next(place for place in places if not place.exists())


@contextmanager
def _disk_errors(part: Path) -> Iterator[None]:
    """Raise what a process met on the disk as a `FileError`, in all of them."""
    try:
        yield
    except CheckpointException as error:
        causes = [cause for cause, _ in error.failures.values()]
        met = next((cause for cause in causes if isinstance(cause, OSError)), causes[0])
        got = met.strerror if isinstance(met, OSError) and met.strerror else in_a_line(Exception(met))
        raise FileError(str(part), expected="a folder that can be written", got=got) from error


def _empty(path: Path, part: Path) -> None:
    """Make room for a folder that is to be filled, and take away what a killed process left."""
    for left in path.glob("*.part"):
        shutil.rmtree(left)
    make_folder(part)


def _commit(path: Path, part: Path, place: Path, about: Mapping[str, object]) -> None:
    """Give a filled folder its name, and remove those before it."""
    text = json.dumps(about)
    write_whole(part / _ABOUT, json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "about": text}))
    part.rename(place)
    sync_folder(path)
    for other in _places(path):
        if other != place:
            shutil.rmtree(other)


def _places(path: Path) -> list[Path]:
    """The folders of complete saves, the last one at the end."""
    return sorted(each for each in path.glob("step-*") if not each.suffix)


def _latest(path: Path) -> tuple[Path, dict[str, Any]] | None:
    """The last complete save, and what is said about it."""
    if not path.exists():
        return None
    if not path.is_dir():
        raise CheckpointError(
            str(path),
            expected="a folder, for the checkpoint of several processes",
            got="a file",
            fix="Give the name of a folder, which is made if need be.",
        )
    places = _places(path)
    if not places:
        return None
    try:
        read = json.loads(read_bounded(places[-1] / _ABOUT, most_bytes=_MOST_BYTES))
        if read["sha256"] != hashlib.sha256(read["about"].encode()).hexdigest():
            raise _unusable(places[-1], "one that was altered")
        about: dict[str, Any] = json.loads(read["about"])
        if about["format"] != _FORMAT:
            raise _unusable(places[-1], f"format '{about['format']}'")
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise _unusable(places[-1], str(error)) from error
    return places[-1], about


def _digests(place: Path, processes: Processes) -> dict[str, str]:
    """Hashes of this process's share of the files, by name."""
    files = sorted(place.glob("*.safetensors"))[processes.rank :: processes.size]
    found = {}
    for file in files:
        with file.open("rb") as opened:
            found[file.name] = hashlib.file_digest(opened, "sha256").hexdigest()
    return found


def _tensors(place: Path) -> dict[str, Tensor]:
    """All tensors of a save, whole."""
    reader = HuggingFaceStorageReader(str(place))
    tensors = {
        name: torch.empty(about.size, dtype=about.properties.dtype)
        for name, about in reader.read_metadata().state_dict_metadata.items()
        if isinstance(about, TensorStorageMetadata)
    }
    load(tensors, storage_reader=HuggingFaceStorageReader(str(place)))
    return tensors


def _unusable(place: Path, got: str) -> CheckpointError:
    return CheckpointError(
        str(place),
        expected="a checkpoint of looplab, whole and unaltered",
        got=got,
        fix="Give another folder, or remove this one to begin anew.",
    )
