"""Metrics beside the losses: against scikit-learn, at the right moment, and refused where they mean nothing."""

from typing import Any

import pytest
import torch
from sklearn.metrics import accuracy_score, r2_score
from torch import Tensor

from looplab import Dataset, LooplabError, Recipe, Run, load, mlp, train
from looplab.loop import METRICS


def trained(dataset: Dataset, validation: Dataset | None = None, **arguments: Any) -> Run:
    recipe = Recipe(optimizer="adam", lr=0.02, steps=30)
    return train(
        lambda: mlp(dataset.features, [8], dataset.outputs), dataset, recipe, validation=validation, **arguments
    )


TASKS = {"regression": "diabetes", "binary": "moons", "multiclass": "iris"}


def known(dataset: Dataset, outputs: Tensor) -> dict[str, float]:
    """What scikit-learn says."""
    if dataset.task == "regression":
        return {"r2": r2_score(dataset.targets, outputs)}
    classes = outputs.argmax(dim=1) if dataset.task == "multiclass" else (outputs > 0).float()
    right = accuracy_score(dataset.targets.reshape(-1), classes.reshape(-1))
    return {"accuracy": right, "error": 1 - right}


def test_every_metric_means_something_for_some_task() -> None:
    assert set().union(*(metric.tasks for metric in METRICS.values())) == set(TASKS)
    assert all(metric.title for metric in METRICS.values())


@pytest.mark.parametrize(("metric", "task"), [(m.name, task) for m in METRICS.values() for task in sorted(m.tasks)])
def test_a_metric_is_scikit_learn_s(metric: str, task: str) -> None:
    dataset, validation = load(TASKS[task]).split(0.7, seed=0)
    run = trained(dataset, validation, metrics=[metric])
    with torch.no_grad():
        outputs = run.model(validation.inputs)
    assert run.validation_metrics[metric][-1].item() == pytest.approx(known(validation, outputs)[metric], abs=1e-6)
    before = train(
        lambda: mlp(dataset.features, [8], dataset.outputs), dataset, Recipe(optimizer="adam", lr=0.02, steps=29)
    )
    with torch.no_grad():
        outputs = before.model(dataset.inputs)
    assert run.train_metrics[metric][-1].item() == pytest.approx(known(dataset, outputs)[metric], abs=1e-5)


@pytest.mark.parametrize(("metric", "task"), [(m, t) for m in METRICS for t in TASKS if t not in METRICS[m].tasks])
def test_a_metric_that_means_nothing_for_the_task_is_refused(metric: str, task: str) -> None:
    with pytest.raises(
        LooplabError, match=rf"^metrics: expected one that has a meaning for a {task} task: .*'{metric}'"
    ):
        trained(load(TASKS[task]), metrics=[metric])


def test_any_function_is_a_metric() -> None:
    dataset, validation = load("moons").split(0.7, seed=0)
    functions = {
        "largest": lambda outputs, targets: outputs.max(),
        "rows": lambda outputs, targets: len(targets),
        "nothing": lambda outputs, targets: float("nan"),
    }
    run = trained(dataset, validation, metrics=functions, record_every=10)
    assert list(run.train_metrics) == list(run.validation_metrics) == ["largest", "rows", "nothing"]
    assert run.train_metrics["rows"].tolist() == [len(dataset)] * 3
    assert run.validation_metrics["rows"].tolist() == [len(validation)] * 3
    assert run.train_metrics["nothing"].isnan().all()
    assert torch.equal(trained(dataset, validation, record_every=10).train_loss, run.train_loss)


def test_without_validation_rows_there_are_no_metrics_of_them() -> None:
    run = trained(load("moons"), metrics=["accuracy"])
    assert run.validation_metrics == {}
    assert run.train_metrics["accuracy"].shape == run.train_loss.shape
    assert trained(load("moons")).train_metrics == {}


def test_r2_of_a_target_that_does_not_vary_is_no_number() -> None:
    function = METRICS["r2"].function
    assert torch.as_tensor(function(torch.tensor([[1.0], [2.0]]), torch.ones(2, 1))).isnan()


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        (
            "accuracy",
            r"^metrics: expected a list of names \(accuracy, error, r2\), or .*, got 'accuracy'",
        ),
        (3, r"^metrics: expected a list of names"),
        (None, r"^metrics: expected a list of names"),
        (["acuracy"], r"^metric: expected one of accuracy, .*Did you mean 'accuracy'\?"),
        ([3], r"^metric: expected one of"),
        ({"largest": 3}, r"^metrics: expected functions of \(outputs, targets\) by name, got 'largest': 3"),
        ({3: max}, r"^metrics: expected functions"),
        ({"each": lambda outputs, targets: outputs}, r"^metric 'each': expected one number, got a tensor of shape"),
        ({"text": lambda outputs, targets: "0.3"}, r"^metric 'text': expected one number, got '0.3'"),
        ({"none": lambda outputs, targets: None}, r"^metric 'none': expected one number, got None"),
        ({"truth": lambda outputs, targets: True}, r"^metric 'truth': expected one number, got True"),
        ({"few": lambda outputs: 1.0}, r"^metric 'few': expected a function of \(outputs, targets\), got TypeError"),
    ],
)
def test_what_is_no_metric_is_refused(metrics: Any, message: str) -> None:
    with pytest.raises(LooplabError, match=message):
        trained(load("moons"), metrics=metrics)
