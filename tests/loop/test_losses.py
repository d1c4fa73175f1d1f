"""Losses other than the task's: names, modules of torch's, functions of the caller's."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from looplab import Dataset, Recipe, load, mlp, train, train_many
from looplab.data import batch_order
from looplab.errors import ChoiceError, LooplabError, ModelError
from looplab.loop import evaluate

RECIPE = Recipe(optimizer="sgd", lr=0.05, momentum=0.5, steps=25, batch_size=16, seed=3)


def rows(name: str) -> Dataset:
    dataset = load(name).standardized()
    if dataset.task == "regression":
        dataset = replace(dataset, targets=(dataset.targets - dataset.targets.mean()) / dataset.targets.std())
    return dataset.subset(torch.randperm(len(dataset), generator=torch.Generator().manual_seed(1))[:45])


def network(dataset: Dataset) -> Callable[[], nn.Module]:
    return lambda: mlp(dataset.features, [7], dataset.outputs, "tanh")


def flat(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def written_out(dataset: Dataset, loss: Callable[..., Tensor], weights: Tensor | None = None) -> Tensor:
    """In plain PyTorch; with weights, the loss is given those of the batch as well."""
    torch.manual_seed(RECIPE.seed)
    model = network(dataset)()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.5)
    for chosen in batch_order(len(dataset), 16, 25, RECIPE.seed):
        assert chosen is not None
        part, more = dataset.subset(chosen), () if weights is None else (weights[chosen],)
        optimizer.zero_grad()
        loss(model(part.inputs), part.targets, *more).backward()
        optimizer.step()
    return flat(model)


def quantile(outputs: Tensor, targets: Tensor) -> Tensor:
    """A loss of each row."""
    error = targets - outputs
    return torch.maximum(0.9 * error, -0.1 * error).squeeze(1)


def by_output(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs - targets).abs().pow(1.5)


def of_the_batch(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs - targets).square().mean().sqrt()


CLASSES = torch.tensor([1.0, 3.0, 0.5])
CASES: dict[str, tuple[str, Any, Callable[..., Tensor]]] = {
    "huber": ("diabetes", "huber", functional.huber_loss),
    "l1": ("diabetes", "l1", functional.l1_loss),
    "a module": ("diabetes", nn.HuberLoss(delta=0.3), nn.HuberLoss(delta=0.3)),
    "smooth": ("diabetes", nn.SmoothL1Loss(reduction="none"), nn.SmoothL1Loss()),
    "plain": ("diabetes", nn.MSELoss(), functional.mse_loss),
    "smoothed labels": (
        "iris",
        nn.CrossEntropyLoss(label_smoothing=0.1),
        nn.CrossEntropyLoss(label_smoothing=0.1),
    ),
    "class weights": ("iris", nn.CrossEntropyLoss(weight=CLASSES), nn.CrossEntropyLoss(weight=CLASSES)),
    "positive weight": (
        "breast-cancer",
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([4.0])),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([4.0])),
    ),
    "rows": ("diabetes", quantile, lambda z, y: quantile(z, y).mean()),
    "outputs": ("diabetes", by_output, lambda z, y: by_output(z, y).mean()),
    "batch": ("diabetes", of_the_batch, of_the_batch),
}
FUSED = ("huber", "l1", "plain")


@pytest.mark.parametrize("case", CASES)
def test_train_minimizes_it_as_plain_torch_does_and_validates_with_it(case: str) -> None:
    name, loss, theirs = CASES[case]
    data = rows(name)
    run = train(network(data), data, RECIPE, loss=loss, validation=data)
    assert torch.equal(flat(run.model), written_out(data, theirs))
    assert run.validation_loss is not None
    with torch.no_grad():
        expected = theirs(run.model.eval()(data.inputs), data.targets).item()
    assert run.validation_loss[-1].item() == pytest.approx(expected, rel=1e-6)
    assert evaluate(run.model, data, loss) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("backend", ["fused", "vmapped", "loop"])
@pytest.mark.parametrize("case", CASES)
def test_every_backend_minimizes_it_as_train_does_or_says_why_not(case: str, backend: Any) -> None:
    name, loss, _ = CASES[case]
    data, seeds = rows(name), [1, RECIPE.seed]
    if backend == "fused" and case not in FUSED:
        with pytest.raises(ModelError, match="has no kernel: it is a function of yours"):
            train_many(network(data), data, RECIPE, seeds=seeds, loss=loss, backend=backend)
        return
    runs = train_many(network(data), data, RECIPE, seeds=seeds, loss=loss, validation=data, backend=backend)
    run = train(network(data), data, RECIPE, loss=loss, validation=data)
    np.testing.assert_allclose(runs.parameters[1], flat(run.model), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(runs.train_loss[1], run.train_loss, rtol=1e-5, atol=1e-6)
    assert runs.validation_loss is not None
    assert run.validation_loss is not None
    np.testing.assert_allclose(runs.validation_loss[1], run.validation_loss, rtol=1e-5, atol=1e-6)


def weighted(case: str) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Σ wᵢ·lossᵢ / Σ wᵢ by hand."""
    if case == "class weights":

        def with_classes(z: Tensor, y: Tensor, w: Tensor) -> Tensor:
            losses = functional.cross_entropy(z, y, reduction="none")
            return (w * CLASSES[y] * losses).sum() / (w * CLASSES[y]).sum()

        return with_classes
    functions: dict[str, Callable[..., Tensor]] = {
        "huber": functional.huber_loss,
        "l1": functional.l1_loss,
        "a module": nn.HuberLoss(delta=0.3, reduction="none"),
        "smooth": nn.SmoothL1Loss(reduction="none"),
        "plain": functional.mse_loss,
        "smoothed labels": nn.CrossEntropyLoss(label_smoothing=0.1, reduction="none"),
        "positive weight": nn.BCEWithLogitsLoss(pos_weight=torch.tensor([4.0]), reduction="none"),
        "rows": quantile,
        "outputs": by_output,
    }
    function = functions[case]
    more = {"reduction": "none"} if case in ("huber", "l1", "plain") else {}
    return lambda z, y, w: (w * function(z, y, **more).reshape(len(w), -1).mean(dim=1)).sum() / w.sum()


@pytest.mark.parametrize("case", [case for case in CASES if case != "batch"])
def test_rows_have_weights_with_it(case: str) -> None:
    name, loss, _ = CASES[case]
    data = rows(name)
    weights = torch.linspace(0.5, 2, len(data))
    run = train(network(data), data, RECIPE, loss=loss, row_weights=weights)
    torch.testing.assert_close(flat(run.model), written_out(data, weighted(case), weights), rtol=1e-5, atol=1e-6)
    for backend in ("fused", "vmapped") if case in FUSED else ("vmapped",):
        runs = train_many(network(data), data, RECIPE, seeds=[3], loss=loss, row_weights=weights, backend=backend)
        np.testing.assert_allclose(runs.parameters[0], flat(run.model), rtol=1e-5, atol=1e-5)


def not_a_tensor(outputs: Tensor, targets: Tensor) -> Any:
    return 0.5


def broken(outputs: Tensor, targets: Tensor) -> Tensor:
    raise KeyError("what")


BAD: dict[str, tuple[str, Any, type[LooplabError], str]] = {
    "unknown": ("diabetes", "hubert", ChoiceError, "loss for 'diabetes' (regression): expected one of huber, mean"),
    "of another task": ("iris", "huber", ChoiceError, "(multiclass): expected one of cross-entropy, got 'huber'"),
    "no function": ("iris", 3, ModelError, "loss: expected a name, or a function of outputs and targets, got 3"),
    "no tensor": (
        "iris",
        not_a_tensor,
        ModelError,
        "loss not_a_tensor: expected a function that gives the loss of each",
    ),
    "broken": (
        "iris",
        broken,
        ModelError,
        "for outputs (4, 3) and targets (4,): expected a loss, got KeyError: 'what'",
    ),
    "misfit": (
        "iris",
        nn.HuberLoss(),
        ModelError,
        "loss HuberLoss for outputs (4, 3) and targets (4,): expected a loss",
    ),
    "no gradient": (
        "diabetes",
        lambda z, y: functional.mse_loss(z.detach(), y),
        ModelError,
        "expected one whose gradient reaches the outputs, got one without gradient",
    ),
    "another shape": (
        "diabetes",
        lambda z, y: (z - y).expand(-1, 5),
        ModelError,
        "got float32 of shape (2, 5) for 2 rows",
    ),
    "a class": ("diabetes", nn.HuberLoss, ModelError, "expected a loss, got "),
}


def trained(data: Dataset, many: bool, **more: Any) -> object:
    return (
        train_many(network(data), data, RECIPE, seeds=2, **more) if many else train(network(data), data, RECIPE, **more)
    )


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("case", BAD)
def test_what_is_no_loss_is_refused_in_a_sentence(case: str, many: bool) -> None:
    name, loss, kind, message = BAD[case]
    data = rows(name)
    with pytest.raises(kind, match=re.escape(message)) as error:
        trained(data, many, loss=loss)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("many", [False, True])
def test_one_number_for_a_batch_leaves_no_weights_to_rows(many: bool) -> None:
    data = rows("diabetes")
    weights = torch.ones(len(data))
    with pytest.raises(ModelError, match="loss of_the_batch: expected the loss of each row, since rows have weights"):
        trained(data, many, loss=of_the_batch, row_weights=weights)
