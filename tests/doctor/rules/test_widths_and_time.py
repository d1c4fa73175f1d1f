"""Bottlenecks, and what trials tell: nets of the same kind, rows kept aside, faults that hide each other."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import looplab.doctor
from looplab.doctor.examine import recorded
from looplab.doctor.parts import checked_parts
from looplab.doctor.plain_nets import PlainNet
from looplab.doctor.rules import RULES
from looplab.doctor.task import Task, score
from looplab.doctor.widths import Narrowest, narrowest

from .small_trainings import diagnosed, found, is_silent


def bottleneck(model: nn.Module, x: Tensor, y: Tensor) -> Narrowest | None:
    optimizer = torch.optim.Adam(model.parameters())
    return narrowest(
        recorded(
            checked_parts(
                model,
                optimizer,
                nn.CrossEntropyLoss(),
                [(x, y)],
                step=None,
                validation=None,
                validate=None,
                epochs=1,
            )
        )
    )


def test_answers_with_as_many_numbers_as_the_inputs_are_no_way_round() -> None:
    x = torch.randn(24, 2)
    narrow = bottleneck(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)), x, (x[:, 0] > 0).long())
    assert narrow == Narrowest(width=3, place="'0'")


@pytest.mark.parametrize(
    ("pooling", "width"), [(nn.Identity(), 36), (nn.MaxPool2d(3), 4), (nn.AdaptiveAvgPool2d(1), 1)]
)
def test_channels_count_in_each_place(pooling: nn.Module, width: int) -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), pooling, nn.Flatten(), nn.Linear(width, 3))
    narrow = bottleneck(model, torch.randn(12, 1, 8, 8), torch.arange(12) % 3)
    assert narrow is not None
    assert narrow.width == width


@pytest.mark.parametrize("over_time", [True, False])
@pytest.mark.parametrize("words", [True, False])
def test_a_plain_net_reads_sequences_and_rows(over_time: bool, words: bool) -> None:
    x = torch.randint(0, 5, (6, 7)) if words else torch.randn(6, 7, 2)
    net = PlainNet(x, torch.Size((3,)), width=8, depth=2, over_time=over_time, ending="softmax")
    answers = net(x)
    assert answers.shape == (6, 3)
    assert torch.allclose(answers.sum(dim=1), torch.ones(6))
    assert any(isinstance(each, nn.GRU) for each in net.modules()) is over_time


def test_a_column_that_hardly_varies_does_not_outweigh_the_others() -> None:
    targets = torch.randn(100, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 1e-3])
    outputs = targets + torch.tensor([0.1, 0.1])
    measured = score(outputs, targets, Task(kind="regression"))
    assert measured is not None
    assert measured.unexplained < 0.05


def bent(number: int = 320) -> tuple[Tensor, Tensor]:
    x = torch.randn(number, 3, generator=torch.Generator().manual_seed(3))
    return x, (x[:, :1].abs() + x[:, 1:2].abs() - 1.6) / 0.85


def test_a_linear_stack_is_found_at_a_rate_at_which_nothing_moves() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 32), nn.Linear(32, 1))
    finding = found(
        diagnosed(model, nn.MSELoss(), *bent(), lr=1e-5, epochs=12, method=torch.optim.SGD), "missing_nonlinearity"
    )
    assert "a ReLU between the linear layers and a learning rate" in finding.proof
    assert finding.alternatives == "the learning rate is too low as well"


def overwriting(*, stored: bool) -> looplab.doctor.Diagnosis:
    """Some numbers of each batch are blacked out, for good or in a copy, before anyone trains with it."""
    random = torch.Generator().manual_seed(1)
    x, y = bent()

    def batches() -> Any:
        for rows, targets in zip(x.split(32), y.split(32), strict=True):
            part = rows if stored else rows.clone()
            part[torch.rand(part.shape, generator=random) < 0.1] = 0.0
            yield part, targets

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    return looplab.doctor.examine(model, optimizer, nn.MSELoss(), batches, epochs=4)


def test_rows_that_are_overwritten_before_the_step_are_found() -> None:
    finding = found(overwriting(stored=True), "inplace_input_change")
    assert finding.evidence.startswith("What the first epoch's batches held is no longer there when the training ends")
    assert is_silent(overwriting(stored=False), "inplace_input_change")


def drawn_by_class(*, aside_as_well: bool) -> looplab.doctor.Diagnosis:
    """One row in ten is of the rare class, which is drawn as often as the other in the training."""
    random = torch.Generator().manual_seed(2)
    x = torch.randn(1400, 6, generator=random)
    y = (x[:, 0] + 0.8 * torch.randn(1400, generator=random) > 1.6).long()
    aside_x, aside_y, x, y = x[600:], y[600:], x[:600], y[:600]
    rare = y.nonzero().flatten().repeat(int((y == 0).sum() / y.sum()))
    rows = torch.cat([(y == 0).nonzero().flatten(), rare])
    if aside_as_well:
        aside_x, aside_y = torch.randn(300, 6, generator=random), torch.randint(0, 2, (300,), generator=random)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 2))

    def batches() -> Any:
        for some in rows[torch.randperm(len(rows))].split(32):
            yield x[some], y[some]

    return looplab.doctor.examine(
        model,
        torch.optim.Adam(model.parameters(), lr=0.005),
        nn.CrossEntropyLoss(),
        batches,
        validation=(aside_x, aside_y),
        validate=lambda model, x, y: float((model(x).argmax(dim=1) == y).float().mean()),
        epochs=12,
    )


def test_rows_drawn_by_their_class_do_not_look_like_overfitting() -> None:
    assert is_silent(drawn_by_class(aside_as_well=False), "overfitting")
    assert any(each.fault == "overfitting" for each in drawn_by_class(aside_as_well=True).findings)


def test_the_longest_trial_comes_last() -> None:
    assert max(RULES.values(), key=lambda rule: rule.trial_length).name == "too_few_epochs"
    assert {rule.trial_length for name, rule in RULES.items() if name != "too_few_epochs"} == {1}
