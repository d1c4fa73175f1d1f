"""Callbacks: when they are called, what they see, how they stop a training, and what is said of those that fail."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from looplab import Callback, Dataset, Recipe, Run, Training, linear, load, mlp, train
from looplab.errors import CallbackError, DivergenceError, RecipeError
from looplab.loop import TensorBoard


def recipe(**fields: Any) -> Recipe:
    return Recipe(**{"optimizer": "adam", "lr": 0.05, "steps": 12, "batch_size": 32, **fields})


def run_of(callbacks: Any, **arguments: Any) -> Run:
    return train(lambda: mlp(2, [4], 1), load("moons"), recipe(), callbacks=callbacks, **arguments)


class Diary(Callback):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def start(self, training: Training) -> None:
        self.said.append(f"start {training.step}")

    def after_step(self, training: Training) -> None:
        self.said.append(f"step {training.step}")

    def end(self, training: Training) -> None:
        self.said.append(f"end {training.step}")

    def close(self) -> None:
        self.said.append("close")


def test_a_callback_is_called_before_between_and_after_the_steps() -> None:
    diary = Diary()
    run_of([diary])
    assert diary.said == ["start 0", *(f"step {n}" for n in range(1, 13)), "end 12", "close"]


def test_a_function_is_a_callback_that_sees_everything() -> None:
    seen: list[tuple[int, float, float, int, int]] = []

    def look(training: Training) -> None:
        seen.append((training.step, training.loss, training.lr, training.steps, len(training.train_loss)))
        assert training.dataset is dataset
        assert training.validation is None
        assert training.recipe.lr == 0.05
        assert isinstance(training.optimizer, torch.optim.Adam)

    dataset = load("moons")
    plan = recipe(schedule="cosine")
    run = train(lambda: mlp(2, [4], 1), dataset, plan, callbacks=[look], record_every=3)
    assert [step for step, *_ in seen] == list(range(1, 13))
    assert [torch.tensor(loss).item() for step, loss, *_ in seen if step % 3 == 0] == run.train_loss.tolist()
    assert seen[0][2] == 0.05 > seen[-1][2]
    assert [recorded for *_, recorded in seen] == [n // 3 for n in range(1, 13)]


def test_callbacks_change_no_number() -> None:
    plain, watched = run_of([]), run_of([Diary(), lambda training: training.model.state_dict()])
    assert torch.equal(plain.train_loss, watched.train_loss)
    for one, other in zip(plain.model.parameters(), watched.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_callback_stops_the_training_after_its_step() -> None:
    diary = Diary()
    run = run_of([lambda training: training.stop("enough") if training.step == 5 else None, diary])
    assert (run.steps, run.kept_step, run.stopped, len(run.train_loss)) == (5, 5, "enough", 5)
    assert diary.said[-2:] == ["end 5", "close"]
    short = train(lambda: mlp(2, [4], 1), load("moons"), recipe(steps=5))
    assert torch.equal(run.train_loss, short.train_loss)


def test_a_run_that_was_not_stopped_says_so() -> None:
    run = run_of([])
    assert (run.steps, run.kept_step, run.stopped) == (12, 12, None)


@pytest.mark.parametrize("where", ["start", "after_step", "end", "close"])
def test_a_callback_that_fails_is_named(where: str) -> None:
    class Broken(Diary):
        pass

    def fail(*_: object) -> None:
        raise ZeroDivisionError("oh")

    setattr(Broken, where, fail)
    diary = Diary()
    with pytest.raises(CallbackError, match=r"^callback Broken: expected one that looks .*got ZeroDivisionError: oh"):
        run_of([diary, Broken()])
    assert diary.said[-1] == "close"


def test_a_function_that_fails_is_named() -> None:
    def look(training: Training) -> None:
        training.gradient  # type: ignore[attr-defined]  # noqa: B018

    with pytest.raises(CallbackError, match=r"^callback look: .*no attribute 'gradient'"):
        run_of([look])


def test_callbacks_are_closed_when_the_training_diverges_and_the_run_so_far_is_told() -> None:
    diary = Diary()
    wild = Recipe(optimizer="sgd", lr=1e30, steps=20)
    with pytest.raises(DivergenceError) as caught:
        train(lambda: linear(1, 1), load("sine"), wild, callbacks=[diary], trajectory_every=1)
    run: Any = caught.value.run
    assert diary.said[-1] == "close"
    assert not any(said.startswith("end") for said in diary.said)
    assert run.steps == caught.value.step == len(run.train_loss) == len(run.trajectory) - 1


@pytest.mark.parametrize("callbacks", ["look", 3, None, [3], [Diary], ["look"], [None]])
def test_what_is_no_callback_is_refused(callbacks: Any) -> None:
    with pytest.raises(RecipeError, match=r"^callbacks: expected a list of looplab.Callback objects and functions"):
        run_of(callbacks)


@pytest.mark.parametrize("batch_size", [None, 32])
def test_the_trajectory_is_the_parameters_of_shorter_runs(batch_size: int | None) -> None:
    dataset = load("moons")

    def run(steps: int, **arguments: Any) -> Run:
        plan = recipe(steps=steps, batch_size=batch_size)
        return train(lambda: mlp(2, [4], 1), dataset, plan, **arguments)

    whole = run(11, trajectory_every=4)
    assert whole.trajectory is not None
    assert whole.trajectory_steps is not None
    assert whole.trajectory_steps.tolist() == [0, 4, 8]
    torch.manual_seed(0)
    first = mlp(2, [4], 1)
    for row, model in zip(whole.trajectory, [first, run(4).model, run(8).model], strict=True):
        assert torch.equal(row, nn.utils.parameters_to_vector(model.parameters()))
    assert run(4).trajectory is None


def rising() -> tuple[Dataset, Dataset]:
    """Few rows with much noise, which a network learns by heart while it gets worse on others."""
    random = torch.Generator().manual_seed(0)
    inputs, noise = torch.randn(40, 3, generator=random), torch.randn(40, 1, generator=random)
    targets = inputs[:, :1] + noise
    names: dict[str, Any] = {"feature_names": ("a", "b", "c"), "target_names": ("y",)}
    whole = Dataset(name="noise", inputs=inputs, targets=targets, task="regression", **names)
    return whole.subset(torch.arange(20)), whole.subset(torch.arange(20, 40))


def overfit(**arguments: Any) -> Run:
    dataset, validation = rising()
    plan = Recipe(optimizer="adam", lr=0.01, steps=150)
    return train(lambda: mlp(3, [32], 1), dataset, plan, validation=validation, **arguments)


@pytest.mark.parametrize("record_every", [1, 7])
def test_the_best_parameters_are_those_of_the_lowest_validation_loss(record_every: int) -> None:
    last = overfit(record_every=record_every)
    run = overfit(record_every=record_every, keep="best", trajectory_every=1)
    assert run.validation_loss is not None
    assert last.validation_loss is not None
    assert run.trajectory is not None
    assert torch.equal(run.validation_loss, last.validation_loss)
    best = record_every * (int(run.validation_loss.argmin()) + 1)
    assert 1 < best < 140
    assert (run.kept_step, run.steps) == (best, 150)
    kept = nn.utils.parameters_to_vector(run.model.parameters())
    assert torch.equal(kept, run.trajectory[best])
    assert not torch.equal(kept, nn.utils.parameters_to_vector(last.model.parameters()))


def test_buffers_are_kept_with_the_best_parameters() -> None:
    def network() -> nn.Module:
        return nn.Sequential(nn.Linear(3, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 1))

    dataset, validation = rising()
    plan = Recipe(optimizer="adam", lr=0.01, steps=60)
    run = train(network, dataset, plan, validation=validation, keep="best")
    short = train(network, dataset, Recipe(optimizer="adam", lr=0.01, steps=run.kept_step), validation=validation)
    assert run.kept_step < 60
    for name, tensor in run.model.state_dict().items():
        assert torch.equal(tensor, short.model.state_dict()[name]), name


@pytest.mark.parametrize("keep", ["last", "best"])
def test_patience_stops_a_training_that_gets_no_better(keep: Any) -> None:
    run = overfit(keep=keep, patience=10)
    assert run.validation_loss is not None
    best = int(run.validation_loss.argmin()) + 1
    assert run.steps == len(run.train_loss) == best + 10 < 150
    assert run.kept_step == (best if keep == "best" else run.steps)
    assert run.stopped == "no lower validation loss in 10 validations"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": "best"}, r"^keep='best': expected validation rows, whose loss tells, got none\. Split"),
        ({"patience": 3}, r"^patience: expected validation rows"),
        ({"keep": "first"}, r"^keep: expected one of last, best, got 'first'|^keep: expected one of best, last"),
        *(({name: bad}, rf"^{name}: expected a whole number, at least 1") for name in ("patience", "trajectory_every")
          for bad in (0, -1, 1.5, True, "3", float("nan"))),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(arguments: dict[str, Any], message: str) -> None:
    from looplab import LooplabError

    with pytest.raises(LooplabError, match=message):
        run_of([], **arguments)


def test_tensorboard_shows_losses_and_metrics(tmp_path: Path) -> None:
    event_accumulator: Any = import_module("tensorboard.backend.event_processing.event_accumulator")

    dataset, validation = load("moons").split(0.7, seed=0)
    run = train(
        lambda: mlp(2, [4], 1),
        dataset,
        recipe(),
        validation=validation,
        metrics=["accuracy"],
        record_every=4,
        callbacks=[TensorBoard(tmp_path / "board")],
    )
    events = event_accumulator.EventAccumulator(str(tmp_path / "board"))
    events.Reload()
    assert run.validation_loss is not None
    for tag, values in {
        "loss/train": run.train_loss,
        "loss/validation": run.validation_loss,
        "accuracy/train": run.train_metrics["accuracy"],
        "accuracy/validation": run.validation_metrics["accuracy"],
    }.items():
        assert [event.step for event in events.Scalars(tag)] == [4, 8, 12]
        assert [event.value for event in events.Scalars(tag)] == pytest.approx(values.tolist())
    assert [event.value for event in events.Scalars("lr")] == pytest.approx([0.05] * 3)
