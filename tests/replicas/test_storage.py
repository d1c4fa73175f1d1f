"""Files of runs that were made to harm: nothing is read, unpacked or allocated beyond what such a file can need."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch
from pyarrow import parquet
from safetensors import torch as safetensors
from torch import Tensor, nn

from looplab import Recipe, load, mlp
from looplab.errors import ReplicasError
from looplab.replicas import Runs, storage
from looplab.sweeps import train_many

MOONS = load("moons")
RECIPE = Recipe(optimizer="adam", lr=0.05, steps=5)


def network(width: int) -> nn.Module:
    return mlp(2, [width], 1)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "runs.zip"
    train_many(network, MOONS, RECIPE, seeds=3, vary={"width": [3, 4], "steps": [5, 7]}).save(path)
    return path


def forged(
    saved: Path,
    target: Path,
    about: Callable[[dict[str, Any]], object] = lambda about: None,
    tensors: Callable[[dict[str, Tensor]], object] = lambda tensors: None,
    table: bytes | None = None,
) -> Path:
    """The file with other contents, and with digests that fit these."""
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    arrays = safetensors.load(members["tensors.safetensors"])
    tensors(arrays)
    members["tensors.safetensors"] = safetensors.save(arrays)
    members["table.parquet"] = members["table.parquet"] if table is None else table
    fields = json.loads(members["runs.json"])
    about(fields)
    fields["sha256"] = {name: hashlib.sha256(members[name]).hexdigest() for name in fields["sha256"]}
    fields["own_sha256"] = storage._own_digest(fields)
    members["runs.json"] = json.dumps(fields).encode()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target


def test_what_is_forged_without_a_change_is_read(saved: Path, tmp_path: Path) -> None:
    assert Runs.load(forged(saved, tmp_path / "same.zip")).columns == Runs.load(saved).columns


def test_a_table_that_unpacks_to_gigabytes_is_not_unpacked(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO()
    rows = pa.DictionaryArray.from_arrays(pa.array([0] * 10_000_000, pa.int8()), pa.array(["x" * 1000]))
    parquet.write_table(pa.table({"seed": rows}), content)
    path = forged(saved, tmp_path / "packed.zip", table=content.getvalue())

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("the table was read")

    for reader in ("read_table", "ParquetFile", "read_metadata"):
        monkeypatch.setattr(parquet, reader, never)
    assert len(Runs.load(path)) == 12


def _layer(field: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(about: dict[str, Any]) -> None:
        about["parts"][0]["layers"][0][field] = value

    return change


def _part(field: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(about: dict[str, Any]) -> None:
        about["parts"][0][field] = value

    return change


ABOUT: dict[str, Callable[[dict[str, Any]], object]] = {
    "a huge layer": _layer("outputs", 10**12),
    "a negative layer": _layer("inputs", -2),
    "text for a width": _layer("outputs", "3"),
    "a layer of no kind": _layer("layer", "Embedding"),
    "no parts": lambda about: about["parts"].clear(),
    "a part too many": lambda about: about["parts"].append(about["parts"][0]),
    "a part that is none": lambda about: about["parts"].__setitem__(0, 3),
    "settings that are none": _part("settings", 3),
    "a setting of no kind": _part("settings", [["width", {"set": [3]}]]),
    "no parameters": _part("parameters", []),
    "a column too many": lambda about: about["columns"].append(["more", [1]]),
    "a column twice": lambda about: about["columns"].append(about["columns"][0]),
    "a column without values": lambda about: about["columns"][0].__setitem__(1, []),
    "columns that are none": lambda about: about.update(columns=[3]),
    "a deep value": lambda about: about.update(columns=json.loads("[" * 900 + "]" * 900)),
}


@pytest.mark.parametrize("name", ABOUT)
def test_every_forged_description_is_refused_in_a_sentence(name: str, saved: Path, tmp_path: Path) -> None:
    with pytest.raises(ReplicasError, match=r"expected a file that Runs\.save wrote, whole and unaltered, got"):
        Runs.load(forged(saved, tmp_path / "forged.zip", about=ABOUT[name]))


ARRAYS: dict[str, Callable[[Tensor], Tensor]] = {
    "cut": lambda array: array[:-1].clone(),
    "of another type": lambda array: array.to(torch.float16),
    "of another shape": lambda array: array[None].clone(),
    "empty": lambda array: array[:0].clone(),
    "negative": lambda array: -array.to(torch.int64) - 1,
}


@pytest.mark.parametrize("name", ARRAYS)
def test_every_forged_array_is_refused_in_a_sentence(name: str, saved: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        arrays = list(safetensors.load(archive.read("tensors.safetensors")))
    assert len(arrays) == 11
    for array in arrays:
        if (array, name) == ("column seed", "negative"):
            continue  # a seed that no training has, but a number all the same

        def change(tensors: dict[str, Tensor], array: str = array) -> None:
            tensors[array] = ARRAYS[name](tensors[array])

        with pytest.raises(ReplicasError, match=r"expected a file that Runs\.save wrote, whole and unaltered, got"):
            Runs.load(forged(saved, tmp_path / "forged.zip", tensors=change))


def test_a_description_beyond_all_measure_is_not_read(saved: Path, tmp_path: Path) -> None:
    path = forged(saved, tmp_path / "long.zip", about=lambda about: about.update(dataset="x" * 2**24))
    with pytest.raises(ReplicasError, match=r"got a runs\.json of 16,7"):
        Runs.load(path)


def test_a_description_beyond_all_measure_is_not_written(tmp_path: Path) -> None:
    runs = train_many(network, MOONS, RECIPE, seeds=1, vary={"width": [3]})
    runs.columns["width"] = ["x" * 2**24]
    with pytest.raises(ReplicasError, match=r"runs to save: expected at most 16,777,216 bytes of varied values"):
        runs.save(tmp_path / "runs.zip")
    assert not list(tmp_path.iterdir())


def test_a_file_beyond_the_free_memory_is_not_read(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        file.write(saved.read_bytes())
        file.truncate(10**7)
    monkeypatch.setattr(storage, "free_memory_bytes", lambda _: 10**6)
    with pytest.raises(ReplicasError, match=r"at most the 1,000,000 bytes of memory that are free, got one that takes"):
        Runs.load(path)


@pytest.mark.parametrize("wrong", [lambda rows: rows.flip(0), lambda rows: rows + 100, lambda rows: rows * 0])
def test_replicas_that_there_are_not_are_refused(
    wrong: Callable[[Tensor], Tensor], saved: Path, tmp_path: Path
) -> None:
    def change(tensors: dict[str, Tensor]) -> None:
        tensors["0 replicas"] = wrong(tensors["0 replicas"])

    with pytest.raises(ReplicasError, match=r"got (replicas|IndexError)"):
        Runs.load(forged(saved, tmp_path / "forged.zip", tensors=change))
