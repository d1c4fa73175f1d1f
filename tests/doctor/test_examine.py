"""`looplab.doctor.examine`: what is handed over stays as it is, and mistakes are told in a sentence."""

import copy
import importlib
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab.doctor import Diagnosis, examine
from looplab.doctor.rules import RULES
from looplab.errors import DoctorError

from .names import NAMES

Pair = tuple[Tensor, Tensor]


def rows(count: int = 128, seed: int = 0) -> Pair:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, 3, generator=generator)
    return x, (x @ torch.tensor([[1.0], [-2.0], [0.5]])) + 0.1


def batches() -> Iterator[Pair]:
    x, y = rows()
    order = torch.randperm(len(x))
    for part in order.split(16):
        yield x[part], y[part]


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))


def examined(model: nn.Module, **options: Any) -> Diagnosis:
    optimizer = options.pop("optimizer", None) or torch.optim.Adam(model.parameters(), lr=0.01)
    epochs = options.pop("epochs", 30)
    return examine(
        model,
        optimizer,
        options.pop("loss_fn", nn.MSELoss()),
        options.pop("batches", batches),
        epochs=epochs,
        **options,
    )


def r_squared(model: nn.Module, x: Tensor, y: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        left = (model(x) - y).square().mean() / y.var(unbiased=False)
    model.train()
    return 1 - float(left)


def test_a_healthy_training_is_called_healthy() -> None:
    diagnosis = examined(net(), validation=rows(64, seed=1), validate=r_squared)
    assert diagnosis.healthy, str(diagnosis)
    assert str(diagnosis).startswith("Healthy: no fault was found. Looked at 240 steps in ")


def test_nothing_that_is_handed_over_changes() -> None:
    model = net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    kept: list[float] = []

    def step(
        model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Callable[..., Tensor], x: Tensor, y: Tensor
    ) -> Tensor:
        optimizer.zero_grad()
        loss = loss_fn(model(x + 0 * random.random() * np.random.rand()), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        kept.append(loss.item())
        return loss

    before = copy.deepcopy(model.state_dict())
    states = (torch.get_rng_state(), random.getstate(), np.random.get_state())
    model.eval()
    examine(
        model, optimizer, nn.MSELoss(), batches, step=step, epochs=2, validation=rows(32, seed=1), validate=r_squared
    )
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert optimizer.state_dict()["state"] == {}
    assert schedule.last_epoch == 0
    assert kept == []
    assert not model.training
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1] == random.getstate()
    assert repr(states[2]) == repr(np.random.get_state())
    assert not model._forward_pre_hooks
    assert all(parameter.grad is None for parameter in model.parameters())


def test_several_faults_at_once_are_all_found_the_configuration_first() -> None:
    model = net()

    def step(
        model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Callable[..., Tensor], x: Tensor, y: Tensor
    ) -> Tensor:
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss)
        return loss

    losses: list[Tensor] = []
    found = [finding.fault for finding in examined(model, step=step).findings]
    assert set(found[:2]) == {"no_zero_grad", "loss_graph_retained"}


def test_an_error_of_the_training_comes_through_with_the_findings_beside_it() -> None:
    def step(
        model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Callable[..., Tensor], x: Tensor, y: Tensor
    ) -> Tensor:
        raise ZeroDivisionError("the person's own")

    with pytest.raises(ZeroDivisionError, match=r"^the person's own\n") as raised:
        examined(net(), step=step)
    assert raised.value.diagnosis.steps == 1  # type: ignore[attr-defined]
    assert any("no fault was found" in note for note in raised.value.__notes__)


def test_batches_may_be_a_loader_or_a_list_but_no_iterator() -> None:
    x, y = rows()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=16, shuffle=True)
    assert examined(net(), batches=loader).healthy
    assert examined(net(), batches=list(zip(x.split(16), y.split(16), strict=True))).healthy
    with pytest.raises(
        DoctorError, match=r"^batches: expected a function .*, got a generator, which can be gone through once\. "
    ):
        examined(net(), batches=batches())
    with pytest.raises(DoctorError, match=r"^batches: expected a function .*, got a whole number \(int\)$"):
        examined(net(), batches=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optimizer": "adam"}, "optimizer: expected a torch.optim.Optimizer, got a text (str)"),
        ({"loss_fn": 3}, "loss_fn: expected a function, got a whole number (int)"),
        ({"step": 3}, "step: expected a function, got a whole number (int)"),
        ({"validate": "accuracy"}, "validate: expected a function, got a text (str)"),
        ({"validation": 3}, "validation: expected a pair of inputs and targets, got a whole number (int)"),
        ({"epochs": 0}, "epochs: expected a whole number above 0, got 0"),
        ({"epochs": True}, "epochs: expected a whole number above 0, got True"),
    ],
)
def test_mistakes_are_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DoctorError, match=f"^{re.escape(message)}$"):
        examined(net(), **options)


def test_a_model_of_another_kind_is_told() -> None:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(DoctorError, match=r"^model: expected a torch\.nn\.Module, got a function$"):
        examine(batches, optimizer, nn.MSELoss(), batches)  # type: ignore[arg-type]
    lazy = nn.Sequential(nn.LazyLinear(2))
    with pytest.raises(
        DoctorError, match=r"^model: expected parameters with a shape, got lazy ones\. Call the model once"
    ):
        examine(lazy, optimizer, nn.MSELoss(), batches)


def test_no_batches_and_no_parameters_are_no_error_of_ours() -> None:
    model = net()
    assert examined(model, batches=list).steps == 0
    fixed = nn.Flatten()
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    with pytest.raises(RuntimeError, match="does not require grad"):
        examine(fixed, optimizer, nn.MSELoss(), batches)


def test_a_diagnosis_is_text_a_page_and_data() -> None:
    model = net()
    optimizer = torch.optim.SGD(nn.Linear(3, 1).parameters(), lr=0.1)
    diagnosis = examined(model, optimizer=optimizer, epochs=2)
    assert not diagnosis.healthy
    assert "1. The optimizer does not hold the model's parameters (optimizer_wrong_params, fault, 98 % sure)" in str(
        diagnosis
    )
    page = diagnosis.to_html()
    assert page.startswith("<!doctype html>")
    assert "The optimizer holds none of the model&#39;s 4 parameters and 2 that belong to another model" in page
    data = json.loads(diagnosis.to_json())
    assert data["findings"][0]["fault"] == "optimizer_wrong_params"
    assert len(data["losses"]) == data["steps"] == 16
    assert "<h2>1. The optimizer" in diagnosis._repr_html_()


@pytest.mark.parametrize("name", list(RULES))
def test_each_rule_says_what_it_looks_at_and_why(name: str) -> None:
    rule = RULES[name]
    assert len(rule.title) > 10
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.threshold.endswith(".")
    assert name not in rule.explains


def test_a_cause_that_could_not_be_put_to_the_test_is_only_worth_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.995)
    assert examined(model, optimizer=optimizer, epochs=8).findings[0].level == "fault"
    monkeypatch.setattr(importlib.import_module("looplab.doctor.examine"), "TRIALS_SECONDS", 0.0)
    found = examined(model, optimizer=optimizer, epochs=8).findings
    assert [(finding.fault, finding.level) for finding in found] == [("momentum_too_large", "worth a look")]


def test_each_fault_that_people_may_rely_on_has_a_rule() -> None:
    assert set(RULES) >= NAMES
