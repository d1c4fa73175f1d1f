"""A sweep that is ended at any instant goes on with what is there, and counts nothing twice."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from looplab import Recipe, Runs, load, mlp, train_many
from looplab.errors import ReplicasError
from looplab.loop.progress import ProgressBar
from looplab.sweeps import Workers, many
from looplab.sweeps.chunks import Chunk, Cutter, without_overlap
from looplab.sweeps.workers import ExecutorLike

RECIPE = Recipe(optimizer="sgd", lr=0.1, steps=5)


def make_model() -> nn.Module:
    return mlp(2, [3], 1)


def trained(executor: ExecutorLike | None, folder: Path | None = None, **more: Any) -> Runs:
    more = {"seeds": 300, "backend": "fused", **more}
    make = more.pop("make_model", make_model)
    return train_many(make, load("moons"), more.pop("recipe", RECIPE), executor=executor, checkpoint=folder, **more)


def in_small_chunks(executor: Any) -> Workers:
    return Workers(executor, chunk_seconds=1e-6)


def test_a_sweep_goes_on_with_what_is_there(
    executors: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended(ProgressBar):
        told = 0

        def update(self, done: int) -> None:
            self.told += 1
            if self.told == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(many, "ProgressBar", Ended)
    with pytest.raises(KeyboardInterrupt):
        trained(in_small_chunks(executors.Here()), tmp_path)
    monkeypatch.setattr(many, "ProgressBar", ProgressBar)
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.glob("chunk-*"))) == 3
    kept = sum(Chunk.named(path.stem, _key(folder)) is not None for path in folder.glob("chunk-*"))
    assert kept == 3
    here = executors.Here()
    runs = trained(here, tmp_path)
    there = [Chunk.named(path.stem, _key(folder)) for path in folder.glob("chunk-*")]
    assert sum(len(chunk) for chunk in there if chunk is not None) == 300
    assert sum(map(len, here.chunks)) < 300
    assert torch.equal(runs.parameters, trained(None).parameters)
    again = executors.Here()
    assert torch.equal(trained(again, tmp_path).parameters, runs.parameters)
    assert again.chunks == []


def _key(folder: Path) -> str:
    import json

    key: str = json.loads((folder / "sweep.json").read_text())["key"]
    return key


def test_a_damaged_chunk_is_trained_again(executors: SimpleNamespace, tmp_path: Path) -> None:
    trained(in_small_chunks(executors.Here()), tmp_path)
    (folder,) = tmp_path.iterdir()
    paths = sorted(folder.glob("chunk-*"))
    damaged = [Chunk.named(path.stem, _key(folder)) for path in paths[:3]]
    for path, content in zip(paths, (b"", b"x" * 100, paths[2].read_bytes()[:-9]), strict=False):
        path.write_bytes(content)
    here = executors.Here()
    assert torch.equal(trained(here, tmp_path).parameters, trained(None).parameters)
    assert sum(map(len, here.chunks)) == sum(len(chunk) for chunk in damaged if chunk is not None)


def test_a_chunk_under_the_name_of_another_is_trained_again(executors: SimpleNamespace, tmp_path: Path) -> None:
    trained(in_small_chunks(executors.Here()), tmp_path)
    one, other = sorted(next(tmp_path.iterdir()).glob("chunk-*"))[:2]
    one.write_bytes(other.read_bytes())
    assert torch.equal(trained(executors.Here(), tmp_path).parameters, trained(None).parameters)


def test_what_two_processes_trained_at_once_counts_once(executors: SimpleNamespace, tmp_path: Path) -> None:
    trained(in_small_chunks(executors.Here()), tmp_path / "one")
    trained(Workers(executors.Here(), count=1), tmp_path / "two")
    (one,), (two,) = (list((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert one.name == two.name
    for path in two.iterdir():
        path.replace(one / path.name)
    here = executors.Here()
    runs = trained(here, tmp_path / "one")
    assert len(runs) == 300
    assert torch.equal(runs.parameters, trained(None).parameters)


@pytest.mark.parametrize(
    "other",
    [{"seeds": 299}, {"recipe": Recipe(optimizer="sgd", lr=0.2, steps=5)}, {"make_model": lambda: mlp(2, [4], 1)}],
    ids=["seeds", "recipe", "model"],
)
def test_other_calls_have_other_chunks(executors: SimpleNamespace, tmp_path: Path, other: dict[str, Any]) -> None:
    trained(executors.Here(), tmp_path)
    here = executors.Here()
    trained(here, tmp_path, **other)
    assert sum(map(len, here.chunks)) == other.get("seeds", 300)
    assert len(list(tmp_path.iterdir())) == 2


def test_code_that_changed_has_other_chunks(executors: SimpleNamespace, tmp_path: Path) -> None:
    def metric(scale: float) -> Any:
        return {"off": lambda outputs, targets: (outputs - targets).abs().mean() * scale}

    trained(executors.Here(), tmp_path, metrics=metric(1.0), seeds=4)
    here = executors.Here()
    trained(here, tmp_path, metrics=metric(1.0), seeds=4)
    assert here.chunks == []
    trained(here, tmp_path, metrics=metric(2.0), seeds=4)
    assert sum(map(len, here.chunks)) == 4


def test_the_backend_stays_the_one_that_was_chosen_first(
    executors: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(executors.Here(), tmp_path, backend="auto")
    monkeypatch.setattr("looplab.sweeps.driver.choose_backend", lambda order: "loop")
    assert trained(executors.Here(), tmp_path, backend="auto").backend.name == "fused"
    next(tmp_path.glob("*/sweep.json")).write_text("{")
    assert trained(executors.Here(), tmp_path, backend="auto").backend.name == "loop"


def test_a_file_in_place_of_the_folder_is_a_sentence(executors: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReplicasError, match="checkpoint: expected with an executor, a folder"):
        trained(executors.Here(), tmp_path / "file")


def test_of_chunks_that_overlap_the_larger_one_counts() -> None:
    chunks = [Chunk(0, 0, 4, "fused"), Chunk(0, 2, 8, "fused"), Chunk(0, 4, 6, "fused"), Chunk(0, 4, 9, "fused")]
    assert without_overlap(chunks) == [chunks[0], chunks[3]]


def test_a_cutter_cuts_what_is_left_at_multiples_of_its_unit() -> None:
    there = [Chunk(0, 64, 96, "vmapped")]
    cutter = Cutter(0, 170, "vmapped", there, unit=32, first=32, most=1000, seconds=1.0)
    cut = []
    while (chunk := cutter.next(workers=1)) is not None:
        cut.append((chunk.start, chunk.stop))
        cutter.took(chunk, 1e-3)
    assert cut[0] == (0, 32)
    assert all(start % 32 == 0 for start, _ in cut)
    assert sorted(row for start, stop in cut for row in range(start, stop)) == [*range(64), *range(96, 170)]


def test_chunks_grow_to_what_takes_a_worker_the_seconds() -> None:
    cutter = Cutter(0, 10**6, "fused", [], unit=1, first=10, most=10**5, seconds=2.0)
    sizes = []
    for _ in range(6):
        chunk = cutter.next(workers=2)
        assert chunk is not None
        sizes.append(len(chunk))
        cutter.took(chunk, len(chunk) * 0.01)
    assert sizes == [10, 40, 160, 200, 200, 200]
