"""Metrics, best parameters, early stopping and trajectories of many replicas: what `train` gives for each."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab import Dataset, LooplabError, Recipe, Run, Runs, load, mlp, train, train_many
from looplab.errors import ModelError, ReplicasError
from looplab.replicas.varying import COLUMNS

BACKENDS = ["fused", "vmapped", "loop"]


def rows(task: str) -> tuple[Dataset, Dataset]:
    """Few rows with much noise, which a network learns by heart while it gets worse on others."""
    random = torch.Generator().manual_seed(1)
    inputs = torch.randn(60, 3, generator=random)
    signal = inputs[:, :1] + torch.randn(60, 1, generator=random)
    targets = {
        "regression": signal,
        "binary": (signal > 0).float(),
        "multiclass": (signal > -0.5).long()[:, 0] + (signal > 0.5).long()[:, 0],
    }[task]
    names = ("0", "1", "2") if task == "multiclass" else ("no", "yes") if task == "binary" else ("y",)
    whole = Dataset(
        name="noise", inputs=inputs, targets=targets, task=task, feature_names=("a", "b", "c"), target_names=names  # type: ignore[arg-type]
    )  # fmt: skip
    return whole.subset(torch.arange(30)), whole.subset(torch.arange(30, 60))


def network(task: str) -> Callable[[], nn.Module]:
    return lambda: mlp(3, [16], 3 if task == "multiclass" else 1, activation="tanh")


def trained(backend: str, task: str = "regression", **arguments: Any) -> tuple[Runs, list[Run]]:
    """Four replicas by a backend, and the same by `train`."""
    dataset, validation = rows(task)
    recipe = Recipe(optimizer="adam", lr=0.03, steps=80, batch_size=8)
    asked = {"validation": validation, **arguments}
    runs = train_many(network(task), dataset, recipe, seeds=4, backend=backend, **asked)  # type: ignore[arg-type]
    alone = [
        train(network(task), dataset, Recipe(optimizer="adam", lr=0.03, steps=80, batch_size=8, seed=seed), **asked)
        for seed in range(4)
    ]
    return runs, alone


def same(many: Tensor, one: Tensor) -> bool:
    """Whether a row is what `train` gives, followed by NaN alone."""
    torch.testing.assert_close(many[: len(one)], one, rtol=2e-3, atol=2e-4)
    return bool(many[len(one) :].isnan().all())


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_each_replica_stops_and_keeps_what_train_does(backend: str, task: str) -> None:
    runs, alone = trained(backend, task, keep="best", patience=5, trajectory_every=3)
    assert runs.steps.tolist() == [run.steps for run in alone]
    assert runs.kept_step.tolist() == [run.kept_step for run in alone]
    assert len(set(runs.steps.tolist())) > 1
    assert not runs.failed.any()
    assert runs.validation_loss is not None
    assert runs.trajectory is not None
    assert runs.trajectory.shape[:2] == (4, 1 + 80 // 3)
    for r, run in enumerate(alone):
        assert run.validation_loss is not None
        assert run.trajectory is not None
        assert same(runs.train_loss[r], run.train_loss)
        assert same(runs.validation_loss[r], run.validation_loss)
        assert same(runs.trajectory[r], run.trajectory)
        assert same(runs.parameters[r], nn.utils.parameters_to_vector(run.model.parameters()).detach())


@pytest.mark.parametrize("record_every", [1, 7])
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_best_parameters_are_kept_to_the_end_without_patience(backend: str, record_every: int) -> None:
    runs, alone = trained(backend, keep="best", record_every=record_every)
    assert runs.steps.tolist() == [80] * 4
    assert runs.kept_step.tolist() == [run.kept_step for run in alone]
    for r, run in enumerate(alone):
        assert same(runs.parameters[r], nn.utils.parameters_to_vector(run.model.parameters()).detach())
    assert runs.validation_loss is not None
    lowest = runs.validation_loss.min(dim=1).values
    assert torch.equal(torch.tensor(runs.table()["validation_loss"].to_numpy()), lowest)
    assert runs.table()["kept_step"].tolist() == runs.kept_step.tolist()


@pytest.mark.parametrize("backend", BACKENDS)
def test_patience_alone_keeps_the_last_parameters(backend: str) -> None:
    runs, alone = trained(backend, patience=4)
    assert runs.kept_step.tolist() == runs.steps.tolist() == [run.steps for run in alone]
    last = [runs.train_loss[r, run.steps - 1].item() for r, run in enumerate(alone)]
    assert runs.table()["train_loss"].tolist() == last


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_trajectory_begins_at_the_start_and_ends_at_the_end(backend: str) -> None:
    runs, alone = trained(backend, trajectory_every=40)
    assert runs.trajectory is not None
    assert runs.trajectory_every == 40
    assert torch.equal(runs.trajectory[:, -1], runs.parameters)
    for r, run in enumerate(alone):
        assert run.trajectory is not None
        assert torch.equal(runs.trajectory[r, 0], run.trajectory[0])
    assert trained(backend)[0].trajectory is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_trajectories_of_unlike_sizes_and_lengths_are_filled_up(backend: str) -> None:
    dataset, _ = rows("regression")
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=9)
    runs = train_many(
        lambda width: mlp(3, [width], 1),
        dataset,
        recipe,
        seeds=2,
        vary={"width": [2, 3], "steps": [4, 9]},
        trajectory_every=2,
        backend=backend,  # type: ignore[arg-type]
    )
    assert runs.trajectory is not None
    assert runs.trajectory.shape == (8, 5, 3 * 3 + 3 + 3 + 1)
    for replica, (width, steps) in enumerate((w, s) for w in (2, 3) for s in (4, 9) for _ in range(2)):
        own = train(
            lambda width=width: mlp(3, [width], 1),  # type: ignore[misc]
            dataset,
            Recipe(optimizer="sgd", lr=0.1, steps=steps, seed=replica % 2),
            trajectory_every=2,
        ).trajectory
        assert own is not None
        points, size = own.shape
        torch.testing.assert_close(runs.trajectory[replica, :points, :size], own, rtol=1e-4, atol=1e-5)
        assert runs.trajectory[replica, points:].isnan().all()
        assert runs.trajectory[replica, :, size:].isnan().all()


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_metrics_are_train_s(backend: str, task: str) -> None:
    names = {"regression": ["r2"]}.get(task, ["accuracy", "error"])
    runs, alone = trained(backend, task, metrics=names, record_every=5)
    assert list(runs.train_metrics) == list(runs.validation_metrics) == names
    for name in names:
        for r, run in enumerate(alone):
            torch.testing.assert_close(runs.train_metrics[name][r], run.train_metrics[name], rtol=2e-3, atol=0.04)
            torch.testing.assert_close(
                runs.validation_metrics[name][r], run.validation_metrics[name], rtol=2e-3, atol=0.04
            )
        assert runs.table()[name].tolist() == runs.validation_metrics[name][:, -1].tolist()


@pytest.mark.parametrize("backend", ["vmapped", "fused"])
def test_metrics_of_many_batches_are_each_replica_s_own(backend: str) -> None:
    function = {"mean": lambda outputs, targets: targets.mean()}
    runs, alone = trained(backend, metrics=function)
    for r, run in enumerate(alone):
        assert same(runs.train_metrics["mean"][r], run.train_metrics["mean"])
    assert not torch.equal(runs.train_metrics["mean"][0], runs.train_metrics["mean"][1])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_metric_that_fails_is_named_by_every_backend(backend: str) -> None:
    with pytest.raises(ModelError, match=r"^metric 'few': expected a function of \(outputs, targets\), got TypeError"):
        trained(backend, metrics={"few": lambda outputs: 1.0})


def batch_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """What a loss is, as a metric."""
    return nn.functional.mse_loss(outputs, targets)


@pytest.mark.parametrize("in_python", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batch_size", [None, 1, 11, 2500])
def test_fused_measures_the_outputs_that_its_losses_are_of(
    batch_size: int | None, weighted: bool, in_python: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dropout's masks included, and over more rows than a block holds: so the metric is the loss."""
    monkeypatch.setenv("LOOPLAB_DEBUG_KERNELS", "1" if in_python else "0")
    dataset, validation = rows("regression")
    if not in_python:
        dataset, validation = many(dataset, 3001), many(validation, 2500)
    weights = (torch.arange(len(dataset)) % 2).float() if weighted else None
    runs = train_many(
        lambda: nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Tanh(), nn.Linear(8, 1)), dataset,
        Recipe(optimizer="adam", lr=0.03, steps=4, batch_size=batch_size), seeds=3, validation=validation,
        row_weights=weights, record_every=2, metrics={"loss": batch_loss, "rows": lambda outputs, _: len(outputs)},
        backend="fused", threads=2,
    )  # fmt: skip
    assert runs.validation_loss is not None
    torch.testing.assert_close(runs.train_metrics["loss"], runs.train_loss)
    torch.testing.assert_close(runs.validation_metrics["loss"], runs.validation_loss)
    count = len(dataset) // 2 if weighted else len(dataset)
    lengths = [min(batch_size or count, count - start) for start in range(0, count, batch_size or count)]
    expected = [float(lengths[step % len(lengths)]) for step in (1, 3)]
    assert runs.train_metrics["rows"].tolist() == [expected] * 3
    assert runs.validation_metrics["rows"].eq(len(validation)).all()


def many(dataset: Dataset, count: int) -> Dataset:
    """Its rows again and again."""
    return dataset.subset(torch.arange(count) % len(dataset))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_fused_measures_small_networks_that_have_kernels_of_their_own(activation: str) -> None:
    runs = train_many(
        lambda: mlp(2, [8], 1, activation=activation), load("moons"), Recipe(optimizer="adam", lr=0.05, steps=40),
        seeds=3, metrics=["accuracy"], record_every=4, backend="fused",
    )  # fmt: skip
    for seed in range(3):
        run = train(
            lambda: mlp(2, [8], 1, activation=activation),
            load("moons"),
            Recipe(optimizer="adam", lr=0.05, steps=40, seed=seed),
            metrics=["accuracy"],
            record_every=4,
        )
        ours, theirs = runs.train_metrics["accuracy"][seed], run.train_metrics["accuracy"]
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0.011)


def test_a_function_of_the_user_s_is_called_by_one_thread_at_a_time() -> None:
    inside, most = [0], [0]

    def careful(outputs: Tensor, targets: Tensor) -> float:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.001)
        inside[0] -= 1
        return 1.0

    dataset, validation = rows("regression")
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=4)
    more: dict[str, Any] = {"validation": validation, "threads": 3, "backend": "fused"}
    runs = train_many(network("regression"), dataset, recipe, seeds=12, metrics={"one": careful}, **more)
    assert most == [1]
    assert runs.train_metrics["one"].eq(1).all()
    assert runs.validation_metrics["one"].eq(1).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_replica_that_fails_ends_where_train_does(backend: str) -> None:
    dataset, validation = rows("regression")
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=30)
    runs = train_many(
        network("regression"),
        dataset,
        recipe,
        seeds=2,
        vary={"lr": [0.1, 1e20]},
        validation=validation,
        keep="best",
        patience=30,
        trajectory_every=1,
        backend=backend,  # type: ignore[arg-type]
    )
    assert runs.failed.tolist() == [False, False, True, True]
    assert runs.steps[:2].tolist() == [30, 30]
    assert (runs.steps[2:] < 30).all()
    assert torch.equal(runs.kept_step[2:], runs.steps[2:])
    assert runs.trajectory is not None
    for r in (2, 3):
        made = int(runs.steps[r])
        assert torch.equal(runs.trajectory[r, made], runs.parameters[r])
        assert runs.trajectory[r, made + 1 :].isnan().all()
        assert runs.train_loss[r, made:].isnan().all()


@pytest.mark.parametrize("backend", ["vmapped", "fused", "loop"])
def test_all_of_it_is_saved(tmp_path: Path, backend: str) -> None:
    metrics = ["r2"]
    runs, _ = trained(backend, keep="best", patience=5, trajectory_every=3, metrics=metrics)
    runs.save(tmp_path / "runs.zip")
    back = Runs.load(tmp_path / "runs.zip", network("regression"))
    assert runs.trajectory is not None
    assert back.trajectory is not None
    for name in ("steps", "kept_step", "parameters", "failed"):
        assert torch.equal(getattr(back, name), getattr(runs, name))
    assert torch.equal(back.trajectory.nan_to_num(7.0), runs.trajectory.nan_to_num(7.0))
    assert back.trajectory_every == 3
    assert list(back.train_metrics) == list(runs.train_metrics) == metrics
    for name in metrics:
        for part in ("train_metrics", "validation_metrics"):
            mine, theirs = getattr(runs, part)[name], getattr(back, part)[name]
            assert torch.equal(mine.nan_to_num(7.0), theirs.nan_to_num(7.0))
    assert back.table().equals(runs.table())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": "best"}, r"^keep='best': expected validation rows"),
        ({"patience": 3}, r"^patience: expected validation rows"),
        ({"keep": "first"}, r"^keep: expected one of"),
        ({"patience": 0}, r"^patience: expected a whole number, at least 1"),
        ({"trajectory_every": 1.5}, r"^trajectory_every: expected a whole number, at least 1"),
        ({"metrics": "accuracy"}, r"^metrics: expected a list of names"),
        ({"metrics": ["r2"]}, r"^metrics: expected one that has a meaning for a binary task"),
        *(
            (
                {"metrics": {name: lambda outputs, targets: 1.0}, "vary": {"lr": [0.1, 0.2]}},
                r"^metrics: expected names that no",
            )
            for name in (*COLUMNS, "lr")
        ),
        ({"metrics": {"each": lambda outputs, targets: outputs}}, r"^metric 'each': expected one number"),
    ],
)
def test_what_cannot_be_recorded_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(LooplabError, match=message):
        train_many(
            lambda: mlp(2, [4], 1), load("moons"), Recipe(optimizer="sgd", lr=0.1, steps=3), seeds=2, **arguments
        )


def test_a_trajectory_that_fits_no_memory_is_refused() -> None:
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=10_000_000)
    with pytest.raises(ReplicasError, match="memory"):
        train_many(lambda: mlp(2, [64], 1), load("moons"), recipe, seeds=1000, trajectory_every=1)
