"""Trainings in float64: `train` equals plain PyTorch to the bit, and what it keeps and says is float64."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab import Checkpoint, Dataset, Recipe, load, mlp, train
from looplab.errors import CheckpointError, DataError, ModelError
from looplab.figures import decision_boundary, fit
from looplab.loop import METRICS, OPTIMIZERS, evaluate

DOUBLE = torch.float64
LOSSES: dict[str, Callable[..., Tensor]] = {
    "sine": nn.functional.mse_loss,
    "moons": nn.functional.binary_cross_entropy_with_logits,
    "iris": nn.functional.cross_entropy,
}


def model_for(dataset: Dataset) -> nn.Module:
    return mlp(dataset.features, [8], dataset.outputs, activation="tanh").double()


def same_parameters(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(p, q) for p, q in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "muon"])  # torch's takes matrices alone
@pytest.mark.parametrize("name", LOSSES)
def test_train_is_the_textbook_loop_to_the_bit(name: str, optimizer: str) -> None:
    dataset, held_out = load(name).to(DOUBLE).split(0.7, seed=1)
    recipe = Recipe(optimizer=optimizer, lr=0.01, steps=12, batch_size=16, seed=5)
    run = train(lambda: model_for(dataset), dataset, recipe, validation=held_out, trajectory_every=6)

    torch.manual_seed(5)
    model = model_for(dataset)
    torch_class: Any = OPTIMIZERS[optimizer].torch_class
    own = torch_class(model.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(5)
    batches: list[Tensor] = []
    losses, held_out_losses = [], []
    for _ in range(12):
        batches = batches or list(torch.randperm(len(dataset), generator=generator).split(16))
        rows = batches.pop(0)
        own.zero_grad()
        loss = LOSSES[name](model(dataset.inputs[rows]), dataset.targets[rows])
        loss.backward()
        own.step()
        losses.append(loss.item())
        with torch.no_grad():
            held_out_losses.append(LOSSES[name](model(held_out.inputs), held_out.targets).item())
    assert same_parameters(run.model, model)
    assert run.train_loss.tolist() == losses
    assert run.validation_loss is not None
    assert run.validation_loss.tolist() == held_out_losses
    assert run.trajectory is not None
    assert run.train_loss.dtype == run.validation_loss.dtype == run.trajectory.dtype == DOUBLE
    assert torch.equal(run.trajectory[-1], nn.utils.parameters_to_vector(model.parameters()))


def test_what_float32_cannot_tell_apart_is_learned_in_float64() -> None:
    """The least squares of two columns that differ in the fifth digit: float32 loses their difference."""
    x = torch.linspace(-1, 1, 40, dtype=DOUBLE)
    inputs = torch.stack([x, x + 1e-5 * torch.cos(9 * x)], dim=1)
    dataset = Dataset(
        name="alike", inputs=inputs, targets=(inputs @ torch.tensor([[3.0], [-2.0]], dtype=DOUBLE)),
        task="regression", feature_names=("a", "b"), target_names=("y",),
    )  # fmt: skip
    recipe = Recipe(optimizer="sgd", lr=0.5, steps=400)
    run = train(lambda: nn.Linear(2, 1, bias=False, dtype=DOUBLE), dataset, recipe)
    single = train(lambda: nn.Linear(2, 1, bias=False), dataset.to(torch.float32), recipe)
    exact, rounded = run.train_loss[-1].item(), single.train_loss[-1].item()
    plain = evaluate(run.model, dataset)
    assert 0 < plain < exact * (1 + 1e-9)
    assert abs(rounded - exact) > 1e-6 * exact  # the test can tell
    weights = torch.rand(40, dtype=DOUBLE) * 1e200
    assert train(lambda: nn.Linear(2, 1, dtype=DOUBLE), dataset, recipe, row_weights=weights).train_loss[-1] < 1e-3
    with pytest.raises(DataError, match=r"row_weights: .* 1e\+30, as float32 needs it"):
        train(lambda: nn.Linear(2, 1), dataset.to(torch.float32), recipe, row_weights=weights)


@pytest.mark.parametrize("average", ["ema", "swa"])
def test_averages_metrics_the_best_and_resumption_are_those_of_float64(tmp_path: Path, average: str) -> None:
    rows, held_out = load("moons").to(DOUBLE).split(0.7, seed=0)
    recipe = Recipe(optimizer="adam", lr=0.05, steps=20, batch_size=32, average=average)
    asked: dict[str, Any] = {"validation": held_out, "metrics": ["accuracy", "error"], "keep": "best"}

    def make_model() -> nn.Module:
        return nn.Sequential(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.Dropout(0.2), nn.Linear(6, 1)).double()

    whole = train(make_model, rows, recipe, **asked)

    class PulledError(Exception): ...

    def pull(training: Any) -> None:
        if training.step == 13 and not list(tmp_path.glob("*.done")):
            (tmp_path / "a.done").touch()
            raise PulledError

    path = tmp_path / "run.ckpt"
    with pytest.raises(Exception, match="PulledError"):
        train(make_model, rows, recipe, **asked, checkpoint=Checkpoint(path, every=5), callbacks=[pull])
    again = train(make_model, rows, recipe, **asked, checkpoint=Checkpoint(path, every=5), callbacks=[pull])
    assert same_parameters(again.model, whole.model)
    assert torch.equal(again.train_loss, whole.train_loss)
    assert all(parameter.dtype == DOUBLE for parameter in again.model.parameters())
    accuracy, error = whole.validation_metrics["accuracy"], whole.validation_metrics["error"]
    assert accuracy.dtype == error.dtype == DOUBLE
    shares = accuracy * len(held_out)
    assert torch.allclose(shares, shares.round(), rtol=0, atol=1e-12)  # no rounding to float32 on the way
    single = [each.to(torch.float32) for each in (rows, held_out)]
    with pytest.raises(CheckpointError, match=r"one of another: its dataset holds other numbers"):
        train(lambda: make_model().float(), single[0], recipe, **{**asked, "validation": single[1]},
              checkpoint=Checkpoint(path, every=5), callbacks=[pull])  # fmt: skip


def test_r2_has_the_digits_of_float64() -> None:
    outputs = torch.tensor([[1.0], [2.0], [4.0]], dtype=DOUBLE)
    targets = torch.tensor([[1.0], [2.0], [3.0]], dtype=DOUBLE) + 1e-12
    value = METRICS["r2"].function(outputs, targets)
    assert isinstance(value, Tensor)
    assert value.dtype == DOUBLE
    assert value.item() == pytest.approx(0.5 + 1e-12, abs=3e-15)


def test_figures_take_models_in_float64() -> None:
    moons, sine = load("moons").to(DOUBLE), load("sine").to(DOUBLE)
    recipe = Recipe(optimizer="adam", lr=0.05, steps=3)
    assert decision_boundary(train(lambda: model_for(moons), moons, recipe).model, moons)
    assert fit(train(lambda: model_for(sine), sine, recipe).model, sine)


def test_a_model_and_data_of_two_types_are_refused_with_both_ways_out() -> None:
    moons, recipe = load("moons"), Recipe(optimizer="adam", lr=0.05, steps=3)
    with pytest.raises(
        ModelError,
        match=r"^parameter 0\.weight of the model: expected float64, as the data, got float32\. "
        r"Call \.double\(\) on it, or train on dataset\.to\(torch\.float32\)\.$",
    ):
        train(lambda: mlp(2, [8], 1), moons.to(DOUBLE), recipe)
    with pytest.raises(
        ModelError,
        match=r"^parameter 0\.weight of the model: expected float32, as the data, got float64\. "
        r"Call \.float\(\) on it, or train on dataset\.to\(torch\.float64\)\.$",
    ):
        train(lambda: model_for(moons), moons, recipe)
    with pytest.raises(ModelError, match=r"expected float32, as the data, got float16\. Call \.float\(\) on it\.$"):
        train(lambda: model_for(moons).half(), moons, recipe)
    with pytest.raises(
        DataError, match=r"^validation: expected float32, as 'moons', got float64\. Give validation\.to"
    ):
        train(lambda: mlp(2, [8], 1), moons, recipe, validation=moons.to(DOUBLE))


def test_the_weights_of_a_loss_must_have_the_type_of_the_data() -> None:
    iris, recipe = load("iris").to(DOUBLE), Recipe(optimizer="adam", lr=0.05, steps=3)
    with pytest.raises(ModelError, match=r"must be float64, as the data: \.double\(\) makes them so\.$"):
        train(lambda: model_for(iris), iris, recipe, loss=nn.CrossEntropyLoss(weight=torch.ones(3)))
    loss = nn.CrossEntropyLoss(weight=torch.ones(3)).double()
    weighted = train(lambda: model_for(iris), iris, recipe, loss=loss)
    assert torch.allclose(weighted.train_loss, train(lambda: model_for(iris), iris, recipe).train_loss, rtol=1e-14)
    with pytest.raises(ModelError, match=r"got RuntimeError: [^.]*$"):
        train(lambda: model_for(iris), iris, recipe, loss=lambda outputs, targets: outputs @ targets)


def test_the_model_stays_that_of_the_recipe_s_seed() -> None:
    """Drawn in float32 and then widened: the float64 training begins where that in float32 does."""
    moons, standstill = load("moons"), Recipe(optimizer="sgd", lr=0.0, steps=1)
    for seed in range(3):
        recipe = replace(standstill, seed=seed)
        double = train(lambda: model_for(moons), moons.to(DOUBLE), recipe)
        single = train(lambda: mlp(2, [8], 1, activation="tanh"), moons, recipe)
        assert same_parameters(double.model, single.model.double())
