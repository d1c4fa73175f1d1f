"""The contract that every average of weights obeys by being registered, and what torch's own two give."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from looplab import Checkpoint, Dataset, LooplabError, Recipe, Run, Training, load, mlp, train, train_many
from looplab.data import batch_order
from looplab.loop import AVERAGES
from looplab.loop.averages import Average
from looplab.replicas import stretches

each = pytest.mark.parametrize("entry", AVERAGES.values(), ids=AVERAGES)
averaging = pytest.mark.parametrize("name", [name for name, entry in AVERAGES.items() if entry.share is not None])

ROWS, HELD_OUT = load("moons").split(0.6, seed=0)
STEPS = 30
OPTIONS: dict[str, dict[str, Any]] = {"ema": {"decay": 0.8}, "swa": {"start": 10, "every": 4}}


def with_batch_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.2), nn.Linear(6, 1))


def recipe(name: str, **changes: Any) -> Recipe:
    asked = {"optimizer": "adam", "lr": 0.05, "steps": STEPS, "batch_size": 16, "schedule": "cosine"}
    return Recipe(**{**asked, "average": name, "average_options": OPTIONS.get(name, {}), **changes})


def by_torch(name: str, make_model: Callable[[], nn.Module]) -> tuple[nn.Module, list[float]]:
    """A loop of plain PyTorch with torch's own `AveragedModel`; the losses on the validation rows are the average's."""
    torch.manual_seed(0)
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS)
    loss_of, losses = nn.BCEWithLogitsLoss(), []
    multi_avg_fn = get_ema_multi_avg_fn(0.8) if name == "ema" else None
    averaged = AveragedModel(model, multi_avg_fn=multi_avg_fn, use_buffers=True)
    for step, rows in enumerate(batch_order(len(ROWS), 16, STEPS, 0)):
        optimizer.zero_grad()
        loss_of(model(ROWS.inputs[rows]), ROWS.targets[rows]).backward()
        optimizer.step()
        scheduler.step()
        if name == "ema" or (step + 1 >= 10 and (step + 1 - 10) % 4 == 0):
            averaged.update_parameters(model)
        judged = averaged if name == "ema" or step + 1 >= 10 else model
        judged.eval()
        with torch.no_grad():
            losses.append(loss_of(judged(HELD_OUT.inputs), HELD_OUT.targets).item())
        judged.train()
    return averaged.module, losses


def require_close(one: nn.Module, other: nn.Module) -> None:
    """Rounding of another order of sums has grown over the steps."""
    for (name, mine), theirs in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5, msg=name)


def require_equal(one: nn.Module, other: nn.Module) -> None:
    for (name, mine), theirs in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        if mine.is_floating_point():  # torch averages counters as well
            torch.testing.assert_close(mine, theirs, rtol=1e-6, atol=1e-7, msg=name)


@pytest.mark.parametrize("make_model", [lambda: mlp(2, [6], 1), with_batch_norm], ids=["plain", "batch norm"])
@averaging
def test_it_is_torch_s(name: str, make_model: Callable[[], nn.Module]) -> None:
    model, losses = by_torch(name, make_model)
    run = train(make_model, ROWS, recipe(name), validation=HELD_OUT)
    assert run.validation_loss is not None
    torch.testing.assert_close(run.validation_loss, torch.tensor(losses), rtol=1e-5, atol=1e-6)
    require_equal(run.model, model)


@averaging
def test_the_training_itself_goes_on_as_without(name: str) -> None:
    averaged = train(with_batch_norm, ROWS, recipe(name), validation=HELD_OUT, trajectory_every=1)
    plain = train(with_batch_norm, ROWS, recipe("none"), trajectory_every=1)
    assert averaged.trajectory is not None
    assert plain.trajectory is not None
    assert torch.equal(averaged.train_loss, plain.train_loss)
    assert torch.equal(averaged.trajectory, plain.trajectory)
    last = nn.utils.parameters_to_vector(averaged.model.parameters())
    assert not torch.equal(last, plain.trajectory[-1])


@averaging
@pytest.mark.parametrize("keep", ["last", "best"])
@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_replicas_together_get_what_train_gives(name: str, keep: Any, backend: Any) -> None:
    asked: dict[str, Any] = {"validation": HELD_OUT, "keep": keep, "metrics": ["accuracy"], "patience": 25}
    runs = train_many(lambda: mlp(2, [6], 1), ROWS, recipe(name), seeds=3, backend=backend, **asked)
    for seed in range(3):
        run = train(lambda: mlp(2, [6], 1), ROWS, recipe(name, seed=seed), **asked)
        require_close(runs.model(seed), run.model)
        assert runs.validation_loss is not None
        torch.testing.assert_close(runs.validation_loss[seed], run.validation_loss, rtol=1e-4, atol=1e-6)
        assert runs.kept_step[seed] == run.kept_step


def normed() -> nn.Module:
    """Without a bias that the norm takes away: Adam would make whole steps of the rounding in its gradient."""
    return nn.Sequential(nn.Linear(2, 6, bias=False), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 1))


@averaging
@pytest.mark.parametrize("keep", ["last", "best"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_fused_running_statistics_are_averaged_and_the_training_goes_on_as_without(
    name: str, keep: Any, dtype: torch.dtype
) -> None:
    rows, held_out = ROWS.to(dtype), HELD_OUT.to(dtype)
    asked: dict[str, Any] = {"validation": held_out, "keep": keep, "trajectory_every": 1, "record_every": 3}
    runs = train_many(lambda: normed().to(dtype), rows, recipe(name), seeds=2, backend="fused", **asked)
    plain = train_many(lambda: normed().to(dtype), rows, recipe("none"), seeds=2, backend="fused", **asked)
    assert torch.equal(runs.train_loss, plain.train_loss)
    assert runs.trajectory is not None
    assert plain.trajectory is not None
    assert torch.equal(runs.trajectory, plain.trajectory)
    assert not torch.equal(runs.parameters, plain.parameters)
    for seed in range(2):
        run = train(lambda: normed().to(dtype), rows, recipe(name, seed=seed), **asked)
        require_close(runs.model(seed), run.model)
        assert runs.validation_loss is not None
        torch.testing.assert_close(runs.validation_loss[seed], run.validation_loss, rtol=1e-4, atol=1e-5)
        assert runs.kept_step[seed] == run.kept_step
        assert runs.model(seed).get_buffer("1.num_batches_tracked") == run.model.get_buffer("1.num_batches_tracked")


@averaging
def test_auto_fuses_it(name: str) -> None:
    runs = train_many(lambda: mlp(2, [6], 1), ROWS, recipe(name), seeds=4)
    assert runs.backend.name == "fused"


@averaging
def test_averages_and_their_options_vary(name: str) -> None:
    vary = {"average": ["none", name]}
    runs = train_many(lambda: mlp(2, [6], 1), ROWS, recipe("none"), seeds=2, vary=vary, validation=HELD_OUT)
    for replica in range(len(runs)):
        run = train(lambda: mlp(2, [6], 1), ROWS, runs.recipe_of(replica), validation=HELD_OUT)
        require_close(runs.model(replica), run.model)


class Pulled(BaseException):
    """The plug was pulled."""


@averaging
@pytest.mark.parametrize("at", [1, 9, 10, 17, STEPS])
def test_it_goes_on_from_a_checkpoint(name: str, at: int, tmp_path: Path) -> None:
    pulled = [True]

    def pull(training: Training) -> None:
        if pulled and training.step == at:
            pulled.clear()
            raise Pulled

    def trained(path: Path | None) -> Run:
        checkpoint = None if path is None else Checkpoint(path, every=1)
        asked: dict[str, Any] = {"validation": HELD_OUT, "keep": "best", "checkpoint": checkpoint}
        return train(with_batch_norm, ROWS, recipe(name), callbacks=[pull], **asked)

    with pytest.raises(Pulled):
        trained(tmp_path / "run.ckpt")
    run = trained(tmp_path / "run.ckpt")
    plain = trained(None)
    for mine, theirs in zip(run.model.state_dict().values(), plain.model.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs)
    assert run.validation_loss is not None
    assert plain.validation_loss is not None
    assert torch.equal(run.validation_loss, plain.validation_loss)


@averaging
@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_many_go_on_from_a_checkpoint(name: str, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "_FIRST", 1)
    looks = [7 if backend == "vmapped" else 2]

    def is_due(_: object) -> bool:
        looks[0] -= 1
        if looks[0] == 0:
            raise Pulled
        return True

    monkeypatch.setattr("looplab.loop.checkpoints.clock.SaveClock.is_due", is_due)
    asked: dict[str, Any] = {"seeds": 3, "backend": backend, "validation": HELD_OUT, "keep": "best"}
    with pytest.raises(Pulled):
        train_many(lambda: mlp(2, [6], 1), ROWS, recipe(name), **asked, checkpoint=tmp_path / "run.ckpt")
    runs = train_many(lambda: mlp(2, [6], 1), ROWS, recipe(name), **asked, checkpoint=tmp_path / "run.ckpt")
    assert torch.equal(runs.parameters, train_many(lambda: mlp(2, [6], 1), ROWS, recipe(name), **asked).parameters)


class Late(nn.Module):
    """A model with a buffer that comes with the first batch."""

    seen: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        self.register_buffer("seen", None)

    def forward(self, inputs: Tensor) -> Tensor:
        if self.training:
            self.seen = inputs[:1].clone() if self.seen is None else 0.9 * self.seen + 0.1 * inputs[:1]
        output: Tensor = self.layer(inputs)
        return output if self.seen is None else output + self.seen.sum()


@averaging
def test_a_buffer_that_comes_late_is_averaged_from_then_on(name: str) -> None:
    run = train(Late, ROWS, recipe(name), validation=HELD_OUT, keep="best")
    assert isinstance(run.model, Late)
    assert run.model.seen is not None


class Judged(nn.Module):
    """A model with a buffer that comes with the first rows that it is judged by."""

    seen: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        self.register_buffer("seen", None)

    def forward(self, inputs: Tensor) -> Tensor:
        if not self.training:
            self.seen = inputs[:1].clone()
        output: Tensor = self.layer(inputs)
        return output


@averaging
def test_a_buffer_that_comes_while_the_average_is_judged_does_no_harm(name: str) -> None:
    run = train(Judged, ROWS, recipe(name), validation=HELD_OUT)
    plain = train(lambda: nn.Sequential(nn.Linear(2, 1)), ROWS, recipe(name), validation=HELD_OUT)
    assert run.validation_loss is not None
    assert plain.validation_loss is not None
    assert torch.equal(run.validation_loss, plain.validation_loss)


@each
def test_the_shares_lie_between_0_and_1_and_begin_with_all(entry: Average) -> None:
    if entry.share is not None:
        shares = [entry.share(step, 1000) for step in range(1000)]
        assert shares[0] == 1
        assert all(0 <= share <= 1 for share in shares)
        assert min(shares) < 1


@each
def test_it_is_described_in_a_phrase(entry: Average) -> None:
    assert len(entry.description.split()) >= 3
    assert not entry.description.endswith(".")


def test_one_that_is_registered_here_is_trained_here() -> None:
    guest = Average(
        name="halves", description="half of the average and half of the newest", share=lambda step, steps: 0.5
    )
    with AVERAGES.registered(guest):
        run = train(lambda: mlp(2, [6], 1), ROWS, recipe("halves"), trajectory_every=1)
        runs = train_many(lambda: mlp(2, [6], 1), ROWS, recipe("halves"), seeds=3, backend="loop")
        fused = train_many(lambda: mlp(2, [6], 1), ROWS, recipe("halves"), seeds=3, backend="fused")
    assert run.trajectory is not None
    expected = run.trajectory[0]
    for parameters in run.trajectory[1:]:
        expected = 0.5 * (expected + parameters)
    torch.testing.assert_close(nn.utils.parameters_to_vector(run.model.parameters()), expected)
    torch.testing.assert_close(runs.parameters[0], expected)
    torch.testing.assert_close(fused.parameters[0], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"average": "mean"}, "average: expected one of ema, swa, none, got 'mean'"),
        ({"average": "emma"}, "ema"),
        ({"average": "ema", "average_options": {"start": 3}}, "options of the average 'ema', decay, got 'start'"),
        ({"average_options": {"decay": 0.9}}, "options of the average 'none', there are none"),
        (
            {"average": "ema", "average_options": {"decay": 1.5}},
            "shares of the newest parameters from 0 to 1, got -0.5",
        ),
        ({"average": "ema", "average_options": {"decay": "0.9"}}, "expected a finite number, at least 0, got '0.9'"),
        ({"average": "ema", "average_options": 0.9}, r"Write average_options=\{'decay': 0.99\}"),
        ({"average": "swa", "average_options": {"every": 0}}, "expected values that 'swa' takes"),
        ({"average": "swa", "average_options": {"every": 2.5}}, "expected a whole number, got 2.5"),
        ({"average": None}, "average"),
    ],
    ids=range(10),
)
def test_bad_averages_are_refused_in_a_sentence(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(LooplabError, match=message):
        Recipe(optimizer="sgd", lr=0.1, steps=10, **asked)


@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_an_average_of_a_training_that_diverges_is_not_put_back(backend: Any) -> None:
    names: dict[str, Any] = {"name": "far", "feature_names": ("x",), "target_names": ("y",)}
    rows = Dataset(inputs=torch.ones(4, 1) * 1e3, targets=torch.ones(4, 1), task="regression", **names)
    runs = train_many(
        lambda: mlp(1, [], 1),
        rows,
        Recipe(optimizer="sgd", lr=1e3, steps=50, average="ema"),
        seeds=2,
        backend=backend,
    )
    looped = train_many(
        lambda: mlp(1, [], 1), rows, Recipe(optimizer="sgd", lr=1e3, steps=50, average="ema"), seeds=2, backend="loop"
    )
    assert runs.failed.all()
    torch.testing.assert_close(runs.parameters, looped.parameters, rtol=1e-4, atol=0, equal_nan=True)
