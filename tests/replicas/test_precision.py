"""`train_many` in float64: every backend, all that is recorded and kept, saved runs, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab import Dataset, Recipe, Runs, load, mlp, train, train_many
from looplab.errors import CheckpointError, DataError, ModelError, ReplicasError
from looplab.loop import LOSSES, OPTIMIZERS
from looplab.models import ACTIVATIONS
from looplab.replicas.fused import workers
from looplab.replicas.fused.compiled import compiled_training

DOUBLE = torch.float64
MOONS, HELD_OUT = load("moons").to(DOUBLE).split(0.7, seed=0)
RECIPE = Recipe(optimizer="adam", lr=0.02, steps=30, batch_size=32, eps=0.001)
"""The eps keeps Adam from magnifying the rounding of a gradient that is 0, as that of a bias before a batch norm is."""
backends = pytest.mark.parametrize("backend", ["fused", "vmapped", "loop"])


class Plus(nn.Module):
    """x + f(x)."""

    def __init__(self, function: nn.Module) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        """The sum."""
        outputs: Tensor = x + self.function(x)
        return outputs


def small() -> nn.Module:
    return mlp(2, [6], 1, activation="tanh").double()


def layered() -> nn.Module:
    return nn.Sequential(
        nn.Linear(2, 17), nn.BatchNorm1d(17), nn.GELU(), Plus(nn.Linear(17, 17)), nn.LayerNorm(17), nn.Linear(17, 1)
    ).double()


def flat(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def assert_as_in_train(
    runs: Runs, make_model: Callable[[], nn.Module], dataset: Dataset, recipe: Recipe, **asked: Any
) -> None:
    """Within about a hundred last places of float64, where float32 has ten million."""
    for replica in range(len(runs)):
        run = train(make_model, dataset, replace(recipe, seed=replica), **asked)
        ours, theirs = runs.parameters[replica], flat(run.model)
        assert float((ours - theirs).norm() / theirs.norm()) < 2e-14
        pairs = [(runs.train_loss, run.train_loss), (runs.validation_loss, run.validation_loss)]
        pairs += [(runs.trajectory, run.trajectory)]
        pairs += [(runs.train_metrics[name], values) for name, values in run.train_metrics.items()]
        pairs += [(runs.validation_metrics[name], values) for name, values in run.validation_metrics.items()]
        for many, one in pairs:
            assert (many is None) == (one is None)
            if many is not None and one is not None:
                assert many.dtype == one.dtype == DOUBLE
                np.testing.assert_allclose(many[replica], one, rtol=1e-12, atol=1e-13)
        buffers = dict(runs.model(replica).named_buffers())
        for name, buffer in run.model.named_buffers():
            assert buffers[name].dtype == buffer.dtype
            np.testing.assert_allclose(buffers[name], buffer, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("backend", "make_model"),
    [("fused", small), ("vmapped", small), ("loop", small), ("fused", layered), ("loop", layered)],
)
def test_all_that_is_recorded_and_kept_is_that_of_train(backend: Any, make_model: Callable[[], nn.Module]) -> None:
    asked: dict[str, Any] = {"validation": HELD_OUT, "metrics": ["accuracy"], "keep": "best", "trajectory_every": 10}
    asked["row_weights"] = torch.arange(len(MOONS), dtype=DOUBLE) % 3 + 1e-9
    runs = train_many(make_model, MOONS, RECIPE, seeds=2, backend=backend, **asked)
    assert runs.backend.name == backend
    assert_as_in_train(runs, make_model, MOONS, RECIPE, **asked)
    outputs = runs.predict(HELD_OUT.inputs)
    assert outputs.dtype == DOUBLE
    np.testing.assert_allclose(outputs[1], runs.model(1).eval()(HELD_OUT.inputs).detach(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_has_the_digits_of_float64_in_machine_code(activation: str) -> None:
    def make_model() -> nn.Module:
        return mlp(2, [9], 1, activation=activation).double()

    assert_as_in_train(train_many(make_model, MOONS, RECIPE, seeds=1, backend="fused"), make_model, MOONS, RECIPE)


@pytest.mark.parametrize("loss", [name for name, entry in LOSSES.items() if entry.fused is None])
def test_every_loss_has_them(loss: str) -> None:
    named = {"regression": "sine", "binary": "moons", "multiclass": "iris"}[LOSSES[loss].task]
    dataset = load(named).to(DOUBLE).standardized()

    def make_model() -> nn.Module:
        return mlp(dataset.features, [5], dataset.outputs, activation="tanh").double()

    runs = train_many(make_model, dataset, RECIPE, seeds=1, loss=loss, backend="fused")
    assert_as_in_train(runs, make_model, dataset, RECIPE, loss=loss)


@pytest.mark.parametrize("optimizer", [name for name, entry in OPTIMIZERS.items() if entry.fused is None])
@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_every_optimizer_has_them(backend: Any, optimizer: str) -> None:
    """But for NAdam: torch multiplies its momenta in float32, whatever the parameters are."""
    recipe = replace(RECIPE, optimizer=optimizer, eps=None, clip_norm=0.5)
    runs = train_many(small, MOONS, recipe, seeds=1, backend=backend)
    ours, theirs = runs.parameters[0], flat(train(small, MOONS, recipe).model)
    assert float((ours - theirs).norm() / theirs.norm()) < (1e-7 if optimizer == "nadam" else 1e-13)


def test_wide_layers_and_many_classes_have_them() -> None:
    digits = load("digits").to(DOUBLE).subset(torch.arange(150))

    def make_model() -> nn.Module:
        return mlp(64, [40, 33], 10).double()

    for batch_size in (None, 64):
        recipe = replace(RECIPE, steps=8, batch_size=batch_size)
        runs = train_many(make_model, digits, recipe, seeds=1, backend="fused")
        assert_as_in_train(runs, make_model, digits, recipe)


def test_python_s_kernels_compute_what_machine_code_does(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, recipe = MOONS.subset(torch.arange(40)), replace(RECIPE, steps=4, batch_size=16)
    for make_model in (small, layered):
        compiled = train_many(make_model, rows, recipe, seeds=1, validation=rows, backend="fused")
        with monkeypatch.context() as patch:
            patch.setenv("LOOPLAB_DEBUG_KERNELS", "1")
            in_python = train_many(make_model, rows, recipe, seeds=1, validation=rows, backend="fused")
        np.testing.assert_allclose(in_python.parameters, compiled.parameters, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(in_python.train_loss, compiled.train_loss, rtol=1e-12)


def test_dropout_keeps_its_share_in_machine_code() -> None:
    ones = replace(MOONS, inputs=torch.ones_like(MOONS.inputs), targets=torch.ones_like(MOONS.targets))

    def make_model() -> nn.Module:
        return nn.Sequential(nn.Linear(2, 400), nn.Dropout(0.25), nn.Linear(400, 1)).double()

    runs = train_many(make_model, ones, replace(RECIPE, lr=0.0), seeds=3, backend="fused")
    own = train(make_model, ones, replace(RECIPE, lr=0.0))
    assert float(runs.train_loss[0].mean()) == pytest.approx(float(own.train_loss.mean()), rel=0.05)


def test_auto_takes_machine_code_and_dropout_in_vmapped_is_that_of_train() -> None:
    assert train_many(small, MOONS, RECIPE, seeds=3).backend.name == "fused"

    def dropping() -> nn.Module:
        return nn.Sequential(nn.Linear(2, 6), nn.Dropout(0.3), nn.Linear(6, 1)).double()

    recipe = replace(RECIPE, average="ema")
    runs = train_many(dropping, MOONS, recipe, seeds=2, validation=HELD_OUT, backend="vmapped")
    assert_as_in_train(runs, dropping, MOONS, recipe, validation=HELD_OUT)


@backends
def test_runs_are_saved_and_read_in_float64(tmp_path: Path, backend: Any) -> None:
    runs = train_many(
        lambda width: mlp(2, [width], 1).double(), MOONS, RECIPE, seeds=2, vary={"width": [3, 5]},
        validation=HELD_OUT, metrics=["accuracy"], trajectory_every=10, backend=backend,
    )  # fmt: skip
    assert runs.parameters.dtype == DOUBLE
    assert runs.trajectory is not None
    runs.save(tmp_path / "runs")
    again = Runs.load(tmp_path / "runs", None if backend != "loop" else lambda width: mlp(2, [width], 1).double())
    assert torch.equal(again.train_loss, runs.train_loss)
    assert torch.equal(again.parameters.nan_to_num(), runs.parameters.nan_to_num())
    assert again.trajectory is not None
    assert torch.equal(again.trajectory.nan_to_num(), runs.trajectory.nan_to_num())
    assert torch.equal(again.predict(HELD_OUT.inputs), runs.predict(HELD_OUT.inputs))
    assert next(again.model(3).parameters()).dtype == DOUBLE
    assert again.table().equals(runs.table())
    with pytest.raises(
        DataError,
        match=r"inputs: expected a float64 tensor of shape \(N, D\), or an int64 one of categories, got torch.float32",
    ):
        again.predict(HELD_OUT.inputs.float())
    if backend == "loop":
        with pytest.raises(ModelError, match="expected float64, as the data, got float32"):
            Runs.load(tmp_path / "runs", lambda width: mlp(2, [width], 1))


@backends
def test_a_call_goes_on_from_its_checkpoint_in_float64(tmp_path: Path, backend: Any) -> None:
    path = tmp_path / "many.ckpt"
    whole = train_many(small, MOONS, RECIPE, seeds=3, backend=backend)
    train_many(small, MOONS, RECIPE, seeds=3, backend=backend, checkpoint=path)
    again = train_many(small, MOONS, RECIPE, seeds=3, backend=backend, checkpoint=path)
    assert again.parameters.dtype == again.train_loss.dtype == DOUBLE
    assert torch.equal(again.parameters, whole.parameters)
    assert torch.equal(again.train_loss, whole.train_loss)
    single = MOONS.to(torch.float32)
    with pytest.raises(CheckpointError, match="its dataset holds other numbers"):
        train_many(lambda: mlp(2, [6], 1, activation="tanh"), single, RECIPE, seeds=3, backend=backend, checkpoint=path)


@pytest.mark.parametrize("backend", ["auto", "fused", "vmapped", "loop"])
def test_two_types_in_a_call_are_refused(backend: Any) -> None:
    with pytest.raises(
        ModelError, match=r"expected float64, as the data, got float32\. Call \.double\(\) on it, or train"
    ):
        train_many(lambda: mlp(2, [6], 1), MOONS, RECIPE, seeds=2, backend=backend)
    with pytest.raises(
        ModelError, match=r"expected float32, as the data, got float64\. Call \.float\(\) on it, or train"
    ):
        train_many(small, load("moons"), RECIPE, seeds=2, backend=backend)
    with pytest.raises(DataError, match=r"validation: expected float64, as 'moons', got float32\."):
        train_many(small, MOONS, RECIPE, seeds=2, validation=HELD_OUT.to(torch.float32), backend=backend)
    with pytest.raises(ReplicasError, match=r"between 1e-240 and 1e\+240, as float64 needs it"):
        train_many(small, MOONS, RECIPE, seeds=2, row_weights=torch.full((len(MOONS),), 1e250, dtype=DOUBLE))


def test_machine_code_for_float64_is_asked_for_only_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def noted(extent: Any, number: str) -> Any:
        asked.append((extent, number))
        return compiled_training(extent, number)

    monkeypatch.setattr(workers, "compiled_training", noted)
    train_many(lambda: mlp(2, [6], 1), load("moons"), RECIPE, seeds=1, backend="fused")
    assert set(asked) == {("plain", "float32")}
    asked.clear()
    train_many(small, MOONS, RECIPE, seeds=1, backend="fused")
    assert set(asked) == {("plain", "float64")}
