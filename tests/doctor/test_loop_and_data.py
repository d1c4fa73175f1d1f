"""The rules about data, optimizer, loop and report: each names its fault first, and is silent on the repaired twin."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab.doctor import Diagnosis, examine

Batch = tuple[Tensor, Tensor]


@dataclass
class Loop:
    """A small training; whatever is left out is right."""

    lr: float = 0.1
    momentum: float = 0.9
    decay: float = 0.0
    zero: bool = True
    update: bool = True
    scale: float = 1.0
    clip: float | None = None
    gamma: float | None = None
    epochs: int = 12
    keep_losses: bool = False
    evaluation: bool = False
    validate_in_training: bool = False
    report: str = "accuracy"
    sort: bool = False
    shuffle_labels: bool = False
    shift: float = 0.0
    spread: float = 1.0
    aside_shift: float = 0.0
    leak: bool = False
    in_place: bool = False
    kept: list[Tensor] = field(default_factory=list)


def data(seed: int, rows: int = 240) -> Batch:
    """Two features, two rings of which the inner is a class."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 2, generator=generator)
    return x, (x.square().sum(dim=1) < 1.4).long()


def examined(loop: Loop) -> Diagnosis:
    torch.manual_seed(0)
    x, y = data(0)
    aside_x, aside_y = data(1, 160)
    x, aside_x = x * loop.spread + loop.shift, aside_x * loop.spread + loop.shift + loop.aside_shift
    if loop.leak:
        aside_x[:80], aside_y[:80] = x[:80], y[:80]
    if loop.sort:
        order = y.argsort()
        x, y = x[order], y[order]
    if loop.shuffle_labels:
        y = y[torch.randperm(len(y))]
    model = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=loop.lr, momentum=loop.momentum, weight_decay=loop.decay)
    schedule = None if loop.gamma is None else torch.optim.lr_scheduler.StepLR(optimizer, 1, loop.gamma)

    def batches() -> Iterator[Batch]:
        if loop.sort or loop.in_place:
            yield from zip(x.split(16), y.split(16), strict=True)
            return
        for rows in torch.randperm(len(x)).split(16):
            yield x[rows], y[rows]

    def step(
        model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Callable[..., Tensor], x: Tensor, y: Tensor
    ) -> Tensor:
        model.train(not loop.evaluation)
        if loop.zero:
            optimizer.zero_grad()
        if loop.in_place:
            x.mul_(1.02)
        loss = loss_fn(model(x), y)
        (loop.scale * loss).backward()
        if loop.clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), loop.clip)
        if loop.update:
            optimizer.step()
        if schedule is not None:
            schedule.step()
        if loop.keep_losses:
            loop.kept.append(loss)
        return loss

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        model.train(loop.validate_in_training)
        with torch.no_grad():
            answers = model(x).argmax(dim=1)
        if loop.report == "pairs":
            return float((answers[:, None] == y).float().mean())
        if loop.report == "itself":
            return float((y == y).float().mean())  # the mistake itself
        return float((answers == y).float().mean())

    return examine(
        model,
        optimizer,
        nn.CrossEntropyLoss(),
        batches,
        step=step,
        validation=(aside_x, aside_y),
        validate=validate,
        epochs=loop.epochs,
    )


FAULTS: dict[str, dict[str, Any]] = {
    "no_zero_grad": {"zero": False},
    "no_optimizer_step": {"update": False},
    "lr_too_low": {"lr": 1e-5},
    "lr_too_high": {"lr": 60.0, "momentum": 0.0},
    "loss_sign": {"scale": -1.0},
    "loss_scale_wrong": {"scale": 1e-4},
    "clip_too_tight": {"clip": 1e-4},
    "weight_decay_too_large": {"decay": 0.3},
    "scheduler_per_batch": {"gamma": 0.5},
    "loss_graph_retained": {"keep_losses": True},
    "eval_mode_training": {"evaluation": True},
    "val_in_train_mode": {"validate_in_training": True},
    "metric_bug": {"report": "pairs"},
    "no_shuffle_sorted": {"sort": True},
    "shuffled_labels": {"shuffle_labels": True},
    "unscaled_inputs": {"shift": 40.0, "spread": 8.0, "lr": 0.01},
    "preprocessing_mismatch": {"aside_shift": 3.0},
    "data_leakage": {"leak": True},
    "inplace_input_change": {"in_place": True},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_named_first(fault: str) -> None:
    diagnosis = examined(replace(Loop(), **FAULTS[fault]))
    assert [finding.fault for finding in diagnosis.findings[:1]] == [fault], str(diagnosis)
    assert diagnosis.findings[0].level == "fault"
    assert diagnosis.findings[0].evidence.endswith(".")
    assert diagnosis.findings[0].fix


def test_a_report_that_ignores_the_targets_is_found() -> None:
    assert [each.fault for each in examined(Loop(report="itself")).findings] == ["metric_bug"]


def examined_pictures(*, validation_scale: float = 1.0, constant: float = 0.0, thousands: bool = False) -> Diagnosis:
    """Pictures of 8×8 whose edge hardly varies, in two classes, learned with a small rate."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(360, 64, generator=generator)
    y = (x[:, 20:28].sum(dim=1) > x[:, 36:44].sum(dim=1)).long()
    x[:, :4] *= constant
    if thousands:
        x[:, 5] *= 4000
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 2))
    batches = list(zip(x[:240].split(30), y[:240].split(30), strict=True))
    aside = (validation_scale * x[240:], y[240:])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    return examine(model, optimizer, nn.CrossEntropyLoss(), batches, validation=aside, epochs=30)


def test_pixels_that_hardly_vary_are_not_called_unscaled() -> None:
    assert "unscaled_inputs" not in [each.fault for each in examined_pictures(constant=0.001).findings]
    assert examined_pictures(thousands=True).findings[0].fault == "unscaled_inputs"


@pytest.mark.parametrize("scale", [16.0, 1 / 16])
def test_validation_at_another_scale_is_found_even_where_it_does_no_harm(scale: float) -> None:
    finding = examined_pictures(validation_scale=scale).findings[0]
    assert finding.fault == "preprocessing_mismatch"
    assert f"spreads {scale:.2g} times as wide" in finding.evidence


def test_without_a_fault_nothing_is_called_one() -> None:
    diagnosis = examined(Loop())
    assert diagnosis.healthy, str(diagnosis)
    assert diagnosis.findings == ()


@pytest.mark.parametrize(
    "usual",
    [{"gamma": 0.995}, {"clip": 1.0}, {"decay": 1e-3}, {"scale": 0.5}, {"lr": 0.03}, {"epochs": 25}],
    ids=lambda usual: next(iter(usual)),
)
def test_usual_choices_are_no_faults(usual: dict[str, Any]) -> None:
    diagnosis = examined(replace(Loop(), **usual))
    assert diagnosis.healthy, str(diagnosis)


def leaked(x: Tensor, aside: Tensor) -> list[str]:
    model = nn.Sequential(nn.Linear(x.shape[1], 8), nn.ReLU(), nn.Linear(8, 2))
    y, aside_y = (each[:, 0] > each[:, 0].median() for each in (x, aside))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    pairs = list(zip(x.split(30), y.long().split(30), strict=True))
    found = examine(model, optimizer, nn.CrossEntropyLoss(), pairs, validation=(aside, aside_y.long()), epochs=3)
    return [each.fault for each in found.findings if each.fault == "data_leakage"]


def test_rows_that_were_copied_before_the_split_are_found() -> None:
    x = torch.randn(120, 3, generator=torch.Generator().manual_seed(0)).repeat(4, 1)
    order = torch.randperm(480, generator=torch.Generator().manual_seed(0))
    assert leaked(x[order[:360]], x[order[360:]]) == ["data_leakage"]


@pytest.mark.parametrize("kind", ["counts", "silence"])
def test_rows_that_are_equal_by_chance_are_no_leak(kind: str) -> None:
    generator = torch.Generator().manual_seed(0)
    if kind == "counts":
        x = torch.poisson(torch.full((480, 20), 0.05), generator=generator)
    else:
        x = torch.randn(480, 10, generator=generator)
        x[::4] = 0.0
    assert leaked(x[:360], x[360:]) == []
