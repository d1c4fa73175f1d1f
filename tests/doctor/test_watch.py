"""`looplab.doctor.watch`: a person's loop stays as it is to the bit, and what is wrong in it is found."""

import copy
import io
import random
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from looplab.doctor import Diagnosis, Finding, Watch, watch
from looplab.doctor.rules import RULES
from looplab.errors import DoctorError

Loop = Callable[[nn.Module, torch.optim.Optimizer, int], None]


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1))


def batch(size: int = 16) -> tuple[Tensor, Tensor]:
    x = torch.randn(size, 3)
    return x, x.sum(dim=1, keepdim=True)


LOSS = nn.MSELoss()


def textbook(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        x, y = batch()
        optimizer.zero_grad()
        LOSS(model(x), y).backward()
        optimizer.step()


def accumulating(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for step in range(steps):
        x, y = batch()
        (LOSS(model(x), y) / 2).backward()
        if step % 2:
            optimizer.step()
            optimizer.zero_grad()


def with_device_modes(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    """A mode of the person's is entered before the forward pass and left within the step."""
    for _ in range(steps):
        optimizer.zero_grad()
        with torch.device("cpu"):
            x, y = batch()
            output = model(x)
        with torch.device("meta"):
            assert torch.empty(1).is_meta
        assert not torch.empty(1).is_meta
        functional.mse_loss(output, y).backward()
        optimizer.step()
        assert torch._C._len_torch_function_stack() == 0, "the mode that the person left is still there"


def validating(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        textbook(model.train(), optimizer, 1)
        with torch.no_grad():
            LOSS(model.eval()(batch()[0]), batch()[1])
        copy.deepcopy(model)
        torch.save(model, io.BytesIO())


def closures(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    lbfgs = optimizer
    for _ in range(steps):
        x, y = batch()

        def closure(x: Tensor = x, y: Tensor = y) -> Tensor:
            lbfgs.zero_grad()
            loss: Tensor = LOSS(model(x), y)
            loss.backward()
            return loss

        optimizer.step(closure)  # type: ignore[arg-type]  # torch's stub wants a float


LOOPS = {
    "textbook": textbook,
    "accumulating": accumulating,
    "with_device_modes": with_device_modes,
    "validating": validating,
    "closures": closures,
}


def optimizer_for(loop: Loop, model: nn.Module) -> torch.optim.Optimizer:
    if loop is closures:
        return torch.optim.LBFGS(model.parameters(), lr=0.01, max_iter=3)
    return torch.optim.Adam(model.parameters(), lr=0.01)


def after(loop: Loop, *, watched: bool, every: int | None) -> list[Any]:
    """Parameters, buffers, gradients and random states after a loop."""
    model = net()
    optimizer = optimizer_for(loop, model)
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(1)
    with watch(model, optimizer, LOSS, every=every) if watched else nullcontext() as doctor:
        loop(model, optimizer, 20)
        if isinstance(doctor, Watch):
            doctor.diagnosis()
        loop(model, optimizer, 20)
    state = [each.clone() for each in model.state_dict().values()]
    state += [each.grad.clone() for each in model.parameters() if each.grad is not None]
    return [*state, torch.get_rng_state(), torch.tensor(np.random.random()), torch.tensor(random.random())]


@pytest.mark.parametrize("every", [1, 7, None])
@pytest.mark.parametrize("name", LOOPS)
def test_no_number_of_the_training_changes(name: str, every: int | None) -> None:
    plain = after(LOOPS[name], watched=False, every=None)
    watched = after(LOOPS[name], watched=True, every=every)
    assert len(plain) == len(watched)
    assert all(torch.equal(one, other) for one, other in zip(plain, watched, strict=True))


def test_nothing_of_the_watch_is_left_behind() -> None:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    before, backward = dict(vars(model)), torch.autograd.backward
    with watch(model, optimizer, LOSS):
        textbook(model, optimizer, 3)
        assert torch.autograd.backward is not backward
        LOSS(model(batch()[0]), batch()[1])  # a step that is open at the end
    assert torch.autograd.backward is backward
    assert not any(each._forward_pre_hooks or each._forward_hooks for each in (*model.modules(), LOSS))
    assert not any(each._backward_hooks for each in model.parameters())
    assert vars(model).keys() == before.keys()
    assert torch._C._len_torch_function_stack() == 0


def watched(loop: Loop, model: nn.Module | None = None, *, steps: int = 40, **options: Any) -> Diagnosis:
    model = model or net()
    optimizer = options.pop("optimizer", None) or torch.optim.Adam(model.parameters(), lr=0.01)
    torch.manual_seed(1)
    with watch(model, optimizer, options.pop("loss_fn", LOSS), every=options.pop("every", 1), **options) as doctor:
        loop(model, optimizer, steps)
    return doctor.diagnosis()


@pytest.mark.parametrize("name", LOOPS)
def test_a_healthy_loop_is_called_healthy(name: str) -> None:
    model = net()
    diagnosis = watched(LOOPS[name], model, optimizer=optimizer_for(LOOPS[name], model))
    assert diagnosis.healthy, str(diagnosis)
    assert diagnosis.steps == 40
    assert torch.tensor(diagnosis.losses).isfinite().all()


def no_zeroing(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        x, y = batch()
        LOSS(model(x), y).backward()
        optimizer.step()


def no_step(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        x, y = batch()
        optimizer.zero_grad()
        LOSS(model(x), y).backward()


def cleared(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        x, y = batch()
        LOSS(model(x), y).backward()
        optimizer.zero_grad()
        optimizer.step()


def evaluating(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    textbook(model.eval(), optimizer, steps)


def broadcasting(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        x, y = batch()
        optimizer.zero_grad()
        LOSS(model(x), y.flatten()).backward()
        optimizer.step()


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("every", [1, 10])
@pytest.mark.parametrize(
    ("loop", "fault"),
    [
        pytest.param(no_zeroing, "no_zero_grad", id="no_zero_grad"),
        pytest.param(no_step, "no_optimizer_step", id="no_step"),
        pytest.param(cleared, "no_optimizer_step", id="cleared"),
        pytest.param(evaluating, "eval_mode_training", id="eval"),
        pytest.param(broadcasting, "target_shape_broadcast", id="broadcast"),
    ],
)
def test_faults_of_a_loop_are_found(loop: Loop, fault: str, every: int) -> None:
    assert watched(loop, every=every).findings[0].fault == fault


class Rooted(nn.Module):
    """Divides by what is 0 in a single batch."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(3, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        answers: Tensor = self.last(torch.tanh(self.first(x)) / x[:, :1].abs())
        return answers


@pytest.mark.parametrize("every", [1, 1000])
def test_a_nan_is_explained_while_the_loop_runs(every: int) -> None:
    model = Rooted()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    told: list[tuple[int, Finding]] = []
    now = 0
    with watch(model, optimizer, LOSS, on_finding=lambda each: told.append((now, each)), every=every):
        for now in range(30):
            x, y = batch()
            x[:, 0] = 1.0 if now != 12 else 0.0
            optimizer.zero_grad()
            LOSS(model(x), y).backward()
            optimizer.step()
    number, finding = next((number, each) for number, each in told if each.fault == "nan_loss")
    assert number == 12
    assert "In step 13" in finding.evidence
    assert "div in the model's own forward" in finding.evidence
    assert "16" in finding.evidence, "the denominators of the batch"
    assert [each.fault for _, each in told].count("nan_loss") == 1


class Slopeless(nn.Module):
    """Has a root of 0 in a single batch: the loss is finite, its gradient is not."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        answers: Tensor = self.layer(x).square().sqrt()
        return answers


def test_a_gradient_that_is_no_number_is_explained_before_the_update_spoils_the_weights() -> None:
    def loop(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
        for step in range(steps):
            x, y = batch()
            optimizer.zero_grad()
            LOSS(model(x if step != 25 else 0 * x), y).backward()
            optimizer.step()

    finding = watched(loop, Slopeless(), every=1000).findings[0]
    assert finding.fault == "nan_loss"
    assert "In step 26 the gradient became NaN" in finding.evidence
    assert "sqrt" in finding.evidence


def test_an_operation_outside_the_model_is_not_guessed() -> None:
    def loop(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
        for step in range(steps):
            x, y = batch()
            optimizer.zero_grad()
            functional.mse_loss(model(x), y if step != 25 else y / 0).backward()
            optimizer.step()

    finding = next(each for each in watched(loop, loss_fn=None, every=1000).findings if each.fault == "nan_loss")
    assert "was not seen" in finding.evidence


def test_the_error_of_the_loop_comes_through_with_the_findings_beside_it() -> None:
    raised = ValueError("the person's own")

    def loop(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
        no_zeroing(model, optimizer, steps)
        raise raised

    with pytest.raises(ValueError, match="the person's own") as caught:
        watched(loop)
    assert caught.value is raised
    diagnosis = raised.diagnosis  # type: ignore[attr-defined]  # put there by the watch
    assert diagnosis.findings[0].fault == "no_zero_grad"
    assert raised.__notes__ == [str(diagnosis)]


def test_what_on_finding_raises_ends_the_loop() -> None:
    def stop(finding: Finding) -> None:
        raise StopIteration(finding.fault)

    with pytest.raises(StopIteration, match="no_zero_grad"):
        watched(no_zeroing, on_finding=stop)


def test_memory_is_bounded() -> None:
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    with watch(model, optimizer, LOSS, every=1) as doctor:
        textbook(model, optimizer, 400)
    diagnosis = doctor.diagnosis()
    assert diagnosis.steps == 400
    assert len(diagnosis.losses) == 256
    assert "Of 400 steps, 256 were looked at closely." in diagnosis.notes


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_copes_with_a_loop_of_which_little_is_known(rule: str) -> None:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with watch(model, optimizer) as doctor:
        LOSS(model(batch()[0]), batch()[1]).backward()
    assert doctor._watching is not None
    record = doctor._watching.seen.record(optimizer, None, None)
    if rule != "no_optimizer_step":
        assert RULES[rule].look(record) is None
    record.steps, record.operations, record.last_operations = [], [], []
    record.known.clear()
    assert RULES[rule].look(record) is None


def test_a_loop_that_never_calls_the_model_is_said_to_have_no_step() -> None:
    diagnosis = watched(lambda *_: None)
    assert diagnosis.steps == 0
    assert "No step was seen" in diagnosis.notes[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"model": LOSS}, "a model with parameters", id="no parameters"),
        pytest.param({"model": 3}, "a torch.nn.Module", id="no model"),
        pytest.param({"optimizer": "adam"}, "a torch.optim.Optimizer", id="no optimizer"),
        pytest.param({"loss_fn": "mse"}, "a function", id="no loss"),
        pytest.param({"every": 0}, "a whole number above 0", id="every"),
        pytest.param({"model": nn.LazyLinear(1)}, "parameters with a shape", id="lazy"),
    ],
)
def test_mistakes_are_told_in_a_sentence(options: dict[str, Any], words: str) -> None:
    model = nn.Linear(3, 1)
    arguments = {"model": model, "optimizer": torch.optim.SGD(model.parameters(), lr=0.1), "loss_fn": LOSS, **options}
    with pytest.raises(DoctorError, match=words):
        watch(**arguments)


def test_a_watch_is_for_one_loop() -> None:
    model = nn.Linear(3, 1)
    doctor = watch(model, torch.optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(DoctorError, match="none so far"):
        doctor.diagnosis()
    with doctor:
        pass
    with pytest.raises(DoctorError, match="a second one"):
        doctor.__enter__()


def test_a_warning_that_was_shown_once_is_not_shown_again_because_of_the_watch() -> None:
    def loop(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
        for _ in range(steps):
            warnings.warn("the person's own", UserWarning, stacklevel=1)
            textbook(model, optimizer, 1)

    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("default")
        before = list(warnings.filters)
        watched(loop, on_finding=lambda finding: None)
        assert list(warnings.filters) == before
    assert [str(each.message) for each in shown] == ["the person's own"]
