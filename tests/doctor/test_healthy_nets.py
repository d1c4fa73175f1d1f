"""The healthy trainings that are drawn at random: all kinds occur, and their habits are what they are called."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.checkout  # the benchmarks do not come with the wheel

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
if str(BENCHMARKS) not in sys.path:
    sys.path.insert(0, str(BENCHMARKS))

import healthy_nets  # noqa: E402  # behind the line that makes it importable
from healthy_nets import HABITS, NETS, NetSetting, drawn, training  # noqa: E402  # as above
from healthy_trainings import Outcome, healthy_among  # noqa: E402  # as above

EACH = [drawn(number) for number in range(len(NETS) * len(HABITS))]


def of(habit: str) -> NetSetting:
    return next(setting for setting in EACH if setting.habit == habit and setting.net == "convolutional")


def one_epoch(setting: NetSetting) -> tuple[list[float], list[torch.Tensor], nn.Module]:
    parts = training(setting, 0)
    before = [each.detach().clone() for each in parts.model.parameters()]
    losses = [float(parts.step(parts.model, parts.optimizer, parts.loss_fn, x, y).detach()) for x, y in parts.batches()]
    return losses, before, parts.model


def test_every_net_is_drawn_with_every_habit() -> None:
    assert {(setting.net, setting.habit) for setting in EACH} == {(net, habit) for net in NETS for habit in HABITS}
    assert drawn(7) == drawn(7) != drawn(7 + len(EACH))


@pytest.mark.parametrize("setting", EACH, ids=lambda setting: f"{setting.net}, {setting.habit}")
def test_a_drawn_training_makes_a_step_and_is_validated(setting: NetSetting) -> None:
    parts = training(setting, 0)
    x, y = next(iter(parts.batches()))
    assert 0 < float(parts.step(parts.model, parts.optimizer, parts.loss_fn, x, y).detach()) < 10
    assert parts.validate is not None
    assert parts.validation is not None
    assert 0 <= parts.validate(parts.model, *parts.validation) <= 1


def test_habits_are_what_they_are_called() -> None:
    assert {len(x) for x, _ in training(of("noisy batches"), 0).batches()} == {4}
    frozen, learned = one_epoch(of("frozen layer")), one_epoch(of("plain"))
    assert torch.equal(frozen[1][0], next(frozen[2].parameters()))
    assert not torch.equal(learned[1][0], next(learned[2].parameters()))
    shared = training(of("shared weights"), 0).model
    assert shared.hidden[0] is shared.hidden[1]  # type: ignore[index]  # a list of layers
    validation = training(of("tiny validation set"), 0).validation
    assert validation is not None
    assert len(validation[0]) == healthy_nets.TINY_ASIDE
    assert of("many classes").classes == healthy_nets.MANY
    dropout = next(each for each in training(of("strong dropout"), 0).model.modules() if isinstance(each, nn.Dropout))
    assert dropout.p >= 0.5


def test_accumulated_gradients_are_used_every_second_batch() -> None:
    parts = training(of("gradient accumulation"), 0)
    weight = next(parts.model.parameters())
    moved = []
    for x, y in list(parts.batches())[:4]:
        before = weight.detach().clone()
        parts.step(parts.model, parts.optimizer, parts.loss_fn, x, y)
        moved.append(not torch.equal(before, weight))
    assert moved == [False, True, False, True]


def test_a_warm_up_begins_with_short_steps() -> None:
    parts = training(of("warm-up"), 0)
    rates = []
    for x, y in list(parts.batches())[:3]:
        rates.append(parts.optimizer.param_groups[0]["lr"])
        parts.step(parts.model, parts.optimizer, parts.loss_fn, x, y)
    assert rates == sorted(rates)
    assert rates[0] < 0.1 * of("warm-up").lr


def test_healthy_is_told_among_trainings_of_the_same_data() -> None:
    good = Outcome(ends=(0.1, 0.12), lowest=0.1, twice=0.1)
    poor = Outcome(ends=(0.8, 0.8), lowest=0.8, twice=0.8)
    late = Outcome(ends=(0.2, 0.2), lowest=0.2, twice=0.01)
    failed = Outcome(ends=(float("nan"), 0.1), lowest=0.1, twice=0.1)
    outcomes = {"a good": good, "a poor": poor, "a late": late, "a failed": failed, "b poor": poor}
    found = healthy_among(outcomes, data=lambda name: name[0], constant=lambda _: 1.0)
    assert found == ["a good", "b poor"]  # the best of its own data
