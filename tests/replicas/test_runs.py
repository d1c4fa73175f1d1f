"""Runs: table, models, predictions, and the file that keeps them."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from looplab import Recipe, load, mlp, train
from looplab.errors import DataError, LooplabError, ReplicasError
from looplab.replicas import Runs
from looplab.sweeps import train_many

MOONS = load("moons")
RECIPE = Recipe(optimizer="adam", lr=0.05, steps=5)


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.Softplus(beta=2.0), nn.Dropout(0.1), nn.Linear(4, 1))


def normalized() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.RMSNorm(4), nn.Linear(4, 1))


@pytest.fixture(scope="module")
def runs() -> Runs:
    vary: dict[str, list[Any]] = {"betas": [(0.9, 0.999), (0.5, 0.9)], "batch_size": [None, 16]}
    return train_many(network, MOONS, RECIPE, seeds=3, vary=vary, validation=MOONS, backend="vmapped")


def test_the_table_has_a_row_a_replica(runs: Runs) -> None:
    table = runs.table()
    assert list(table) == ["seed", "betas", "batch_size", "train_loss", "validation_loss", "failed"]
    assert len(table) == len(runs) == 12
    assert table["train_loss"].tolist() == runs.train_loss[:, -1].tolist()
    assert not table["failed"].any()


def test_models_are_the_trained_ones_and_predictions_theirs_without_dropout(runs: Runs) -> None:
    predictions = runs.predict(MOONS.inputs)
    assert predictions.shape == (12, 200, 1)
    for replica in (0, 11):
        model = runs.model(replica)
        assert model.training
        assert torch.allclose(model.eval()(MOONS.inputs), predictions[replica], atol=1e-6)


def test_a_model_is_a_new_one_at_each_call(runs: Runs) -> None:
    nn.init.zeros_(next(runs.model(0).parameters()))
    assert next(runs.model(0).parameters()).any()


def test_what_is_no_replica_or_no_input_is_refused(runs: Runs) -> None:
    with pytest.raises(ReplicasError, match=r"replica: expected a number from 0 to 11, got 12"):
        runs.model(12)
    with pytest.raises(
        DataError,
        match=r"inputs: expected a float32 tensor of shape \(N, D\), or an int64 one of categories, got torch.float64",
    ):
        runs.predict(MOONS.inputs.double())


def test_runs_say_in_a_line_what_they_are(runs: Runs) -> None:
    assert repr(runs).startswith("<Runs: 12 replicas on 'moons', adam, 0 failed, vmapped, ")


# --- the file --------------------------------------------------------------------------------------------------------


def test_what_is_loaded_is_what_was_saved(runs: Runs, tmp_path: Path) -> None:
    runs.save(tmp_path / "runs.zip")
    loaded = Runs.load(tmp_path / "runs.zip")
    assert torch.equal(loaded.parameters, runs.parameters)
    assert torch.equal(loaded.train_loss, runs.train_loss)
    assert loaded.validation_loss is not None
    assert runs.validation_loss is not None
    assert torch.equal(loaded.validation_loss, runs.validation_loss)
    assert torch.equal(loaded.predict(MOONS.inputs), runs.predict(MOONS.inputs))
    assert (loaded.columns, loaded.recipe, loaded.backend) == (runs.columns, runs.recipe, runs.backend)
    assert (loaded.dataset, loaded.record_every, loaded.seconds) == (runs.dataset, runs.record_every, runs.seconds)
    assert [path.name for path in tmp_path.iterdir()] == ["runs.zip"]


def test_other_architectures_are_restored_by_their_make_model(tmp_path: Path) -> None:
    runs = train_many(normalized, MOONS, RECIPE, seeds=2)
    runs.save(tmp_path / "runs.zip")
    loaded = Runs.load(tmp_path / "runs.zip", normalized)
    assert torch.equal(loaded.predict(MOONS.inputs), runs.predict(MOONS.inputs))
    with pytest.raises(ReplicasError, match=r"make_model: expected the function that made the models .*, got None"):
        Runs.load(tmp_path / "runs.zip")
    with pytest.raises(ReplicasError, match=r"make_model: expected a model with the parameters 0.weight 4×2, "):
        Runs.load(tmp_path / "runs.zip", network)


def test_buffers_are_kept(tmp_path: Path) -> None:
    class Shifted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 1)
            self.register_buffer("shift", torch.randn(1))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            outputs: torch.Tensor = self.layer(inputs) + self.shift
            return outputs

    runs = train_many(Shifted, MOONS, RECIPE, seeds=[5, 6])
    run = train(Shifted, MOONS, replace(RECIPE, seed=6))
    assert torch.equal(runs.model(1).get_buffer("shift"), run.model.get_buffer("shift"))
    assert torch.allclose(runs.predict(MOONS.inputs)[1], run.model(MOONS.inputs), atol=1e-5)
    runs.save(tmp_path / "runs.zip")
    loaded = Runs.load(tmp_path / "runs.zip", Shifted)
    assert torch.equal(loaded.buffers["shift"], runs.buffers["shift"])


def test_cut_or_altered_files_are_refused(runs: Runs, tmp_path: Path) -> None:
    path = tmp_path / "runs.zip"
    runs.save(path)
    content = path.read_bytes()
    wanted = r"expected a file that Runs.save wrote, whole and unaltered, got .*\. Save the runs again"
    for kept in (0, 10, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:kept])
        with pytest.raises(ReplicasError, match=wanted):
            Runs.load(path)
    for place in range(40, len(content), len(content) // 50):
        path.write_bytes(content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :])
        try:
            loaded = Runs.load(path)
        except LooplabError:
            continue
        assert torch.equal(loaded.parameters, runs.parameters)  # a byte that means nothing, as a date in the zip
        assert loaded.columns == runs.columns


def test_a_member_that_was_exchanged_is_refused(runs: Runs, tmp_path: Path) -> None:
    runs.save(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as first, zipfile.ZipFile(tmp_path / "b.zip", "w") as second:
        for name in first.namelist():
            content = first.read(name)
            second.writestr(name, content[:-4] + b"\1\1\1\1" if name == "tensors.safetensors" else content)
    with pytest.raises(ReplicasError, match=r"got a tensors.safetensors that was altered"):
        Runs.load(tmp_path / "b.zip")


def test_a_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplicasError, match=r"nowhere.zip: expected a file that Runs.save wrote, got no such file"):
        Runs.load(tmp_path / "nowhere.zip")
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as archive:
        archive.writestr("notes.txt", "hello")
    with pytest.raises(ReplicasError, match=r"got a zip of notes.txt"):
        Runs.load(tmp_path / "foreign.zip")


@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "elu", "gelu", "silu", "hardtanh", "tanh", "sigmoid"])
def test_every_activation_is_restored(activation: str, tmp_path: Path) -> None:
    runs = train_many(lambda: mlp(2, [3], 1, activation), MOONS, RECIPE, seeds=2, backend="vmapped")
    runs.save(tmp_path / "runs.zip")
    assert torch.equal(Runs.load(tmp_path / "runs.zip").predict(MOONS.inputs), runs.predict(MOONS.inputs))


ALTERED: dict[str, Any] = {
    "another dataset": {"dataset": "sine"},
    "a longer record": {"record_every": 2},
    "no record": {"record_every": 0},
    "a truth for a number": {"record_every": True},
    "text for seconds": {"seconds": "1"},
    "endless seconds": {"seconds": float("inf")},
    "a list for the recipe": {"recipe": []},
    "no layers": {"layers": 3},
    "another field": {"more": 1},
    "no digests": {"sha256": {}},
    "another backend": {"backend": {"name": "loop", "reason": ""}},
}


@pytest.mark.parametrize("name", ALTERED)
def test_every_field_is_looked_at(name: str, runs: Runs, tmp_path: Path) -> None:
    runs.save(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as first, zipfile.ZipFile(tmp_path / "b.zip", "w") as second:
        for member in first.namelist():
            content = first.read(member)
            if member == "runs.json":
                content = json.dumps(json.loads(content) | ALTERED[name]).encode()
            second.writestr(member, content)
    with pytest.raises(ReplicasError, match=r"expected a file that Runs\.save wrote, whole and unaltered, got"):
        Runs.load(tmp_path / "b.zip")


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    runs = train_many(network, MOONS, RECIPE, seeds=2, backend="vmapped")
    runs.parameters[1, 3] = torch.nan
    runs.save(tmp_path / "runs.zip")
    with pytest.raises(ReplicasError, match=r"got NaN in parameters of a replica that has not failed"):
        Runs.load(tmp_path / "runs.zip")
