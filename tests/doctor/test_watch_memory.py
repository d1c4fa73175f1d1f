"""What a watch sees of memory: losses that are kept with their graphs, and inputs that are overwritten."""

import contextlib
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from looplab.doctor import Diagnosis, watch
from looplab.doctor.graphs import GraphsAlive
from looplab.doctor.overwriting import Overwriting

LOSS = nn.MSELoss()
Each = Callable[[Tensor], Any]
Batches = Callable[[], Any]


def data() -> tuple[Tensor, Tensor]:
    x = torch.randn(256, 3, generator=torch.Generator().manual_seed(0))
    return x, x.sum(dim=1, keepdim=True)


def slices() -> Batches:
    x, y = data()
    return lambda: zip(x.split(16), y.split(16), strict=True)


def watched(batches: Batches, *, each: Each = Tensor.detach, change: Each = lambda x: x, epochs: int = 4) -> Diagnosis:
    """The diagnosis of a loop that does something with each loss, and something to each batch of inputs."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    with watch(model, optimizer, LOSS, every=1000) as doctor:
        for _ in range(epochs):
            for x, y in batches():
                optimizer.zero_grad()
                loss = LOSS(model(change(x)), y)
                loss.backward()
                optimizer.step()
                each(loss)
    return doctor.diagnosis()


def found(diagnosis: Diagnosis) -> list[str]:
    return [finding.fault for finding in diagnosis.findings if finding.level == "fault"]


def kept_for_a_plot() -> Each:
    kept: list[Tensor] = []
    return kept.append


def summed_up() -> Each:
    total: list[Tensor] = [torch.zeros(())]

    def add(loss: Tensor) -> None:
        total[0] = total[0] + loss

    return add


def kept_for_the_epoch() -> Each:
    kept: list[Tensor] = []

    def keep(loss: Tensor) -> None:
        kept.append(loss)
        if len(kept) == 16:
            kept.clear()

    return keep


@pytest.mark.parametrize("keeping", [kept_for_a_plot, summed_up, kept_for_the_epoch])
def test_losses_that_are_kept_with_their_graphs_are_found(keeping: Callable[[], Each]) -> None:
    diagnosis = watched(slices(), each=keeping())
    assert found(diagnosis) == ["loss_graph_retained"], str(diagnosis)
    steps = 8 if keeping is kept_for_the_epoch else 64  # those of the epoch are looked at after 4 and 8
    assert f"After {steps} steps, the graphs of {steps} losses are still in memory" in diagnosis.findings[0].evidence


def numbers() -> Each:
    kept: list[float] = []
    return lambda loss: kept.append(loss.item())


def without_graphs() -> Each:
    kept: list[Tensor] = []
    return lambda loss: kept.append(loss.detach())


def the_last_few() -> Each:
    kept: deque[Tensor] = deque(maxlen=4)
    return kept.append


def in_rings() -> Each:
    """Garbage that Python collects some time later."""

    def make(loss: Tensor) -> None:
        ring: list[Any] = [loss]
        ring.append(ring)

    return make


@pytest.mark.parametrize("keeping", [numbers, without_graphs, the_last_few, in_rings])
def test_losses_that_are_not_kept_are_no_fault(keeping: Callable[[], Each]) -> None:
    assert found(watched(slices(), each=keeping())) == []


def test_several_losses_of_one_step_count_as_one() -> None:
    graphs, weight = GraphsAlive(), torch.ones(1, requires_grad=True)
    kept = [(2 * weight).sum() for _ in range(20)]
    for loss in kept:
        graphs.follow(0, loss)
    assert graphs.count() == 1
    assert graphs.most == 1


def test_the_marks_are_bounded_and_hold_nothing_alive() -> None:
    graphs, weight = GraphsAlive(), torch.ones(1, requires_grad=True)
    kept = [(2 * weight).sum() for _ in range(5000)]
    for step, loss in enumerate(kept):
        graphs.follow(step, loss)
    assert graphs.count() == 4096
    del kept, loss
    assert graphs.count() == 0
    graphs.follow(5000, "no tensor")
    graphs.follow(5001, torch.ones(1))
    assert graphs.count() == 0


def scaled(x: Tensor) -> Tensor:
    return x.div_(1.5)


def with_noise(x: Tensor) -> Tensor:
    return x.add_(0.3 * torch.randn_like(x))


def with_holes(x: Tensor) -> Tensor:
    x[:, int(torch.randint(3, ()))] = 0.0
    return x


def listed() -> Batches:
    batches = list(DataLoader(TensorDataset(*data()), batch_size=16))
    return lambda: batches


def whole() -> Batches:
    x, y = data()
    return lambda: [(x, y)] * 16


@pytest.mark.parametrize("batches", [slices, listed, whole])
@pytest.mark.parametrize("change", [scaled, with_noise, with_holes])
def test_inputs_that_are_overwritten_are_found(batches: Callable[[], Batches], change: Each) -> None:
    diagnosis = watched(batches(), change=change)
    assert found(diagnosis) == ["inplace_input_change"], str(diagnosis)
    assert "overwritten where" in diagnosis.findings[0].evidence


def anew() -> Batches:
    """Batches that are put together from the rows each time, so that what happens to them does no harm."""
    loader = DataLoader(TensorDataset(*data()), batch_size=16)
    return lambda: loader


@pytest.mark.parametrize("change", [scaled, with_noise, with_holes])
def test_batches_that_are_put_together_anew_may_be_changed(change: Each) -> None:
    assert found(watched(anew(), change=change)) == []


@pytest.mark.parametrize("batches", [slices, listed, whole, anew])
def test_inputs_that_are_left_as_they_are_are_no_fault(batches: Callable[[], Batches]) -> None:
    assert found(watched(batches(), change=lambda x: 1.5 * x)) == []
    assert found(watched(batches())) == []


def test_a_buffer_that_is_filled_with_other_rows_is_no_fault() -> None:
    buffer = torch.empty(16, 3)
    assert found(watched(slices(), change=buffer.copy_)) == []


def test_inputs_that_are_trained_themselves_are_no_fault() -> None:
    codes = nn.Parameter(torch.randn(16, 3))
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD([codes, *model.parameters()], lr=0.05)
    with watch(model, optimizer, LOSS, every=1) as doctor:
        for _ in range(40):
            optimizer.zero_grad()
            LOSS(model(codes), torch.ones(16, 1)).backward()
            optimizer.step()
    assert "inplace_input_change" not in [finding.fault for finding in doctor.diagnosis().findings]


def test_what_is_kept_in_mind_is_bounded_and_holds_no_batch_alive() -> None:
    memory, kept = Overwriting(), [torch.randn(100_000, 2) for _ in range(40)]
    for batch in kept:
        memory.lend(batch)
    assert len(memory._lent) == 16
    assert all(each.values.numel() <= 65_536 for each in memory._lent)
    kept[0].mul_(2.0)
    memory.look_again()
    assert (memory.overwritten, memory.compared) == (1, 16)
    del kept, batch
    assert all(each.owner() is None for each in memory._lent)
    memory.look_again()
    assert (memory.overwritten, memory.compared) == (1, 16)


def test_inputs_of_any_kind_are_looked_at() -> None:
    memory = Overwriting()
    odd: list[Any] = [None, torch.tensor(1.0), torch.empty(0, 3), torch.eye(3).to_sparse(), torch.ones(4)]
    words = torch.randint(1000, (32, 8))
    for each in (*odd, words):
        memory.lend(each)
    words[torch.rand(32, 8) < 0.15] = 0
    memory.look_again()
    assert memory.overwritten == 1


def test_a_closure_counts_its_losses_as_one_step() -> None:
    model = nn.Linear(3, 1)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=20)
    x, y = data()
    kept: list[Tensor] = []

    def closure() -> Tensor:
        optimizer.zero_grad()
        kept.append(functional.mse_loss(model(x), y))
        kept[-1].backward()
        return kept[-1]

    with contextlib.suppress(StopIteration), watch(model, optimizer, every=1) as doctor:
        for _ in range(4):
            optimizer.step(closure)
            kept.clear()
    assert doctor.diagnosis().steps == 4
    assert "loss_graph_retained" not in [finding.fault for finding in doctor.diagnosis().findings]


class Sign:
    """Hangs on a graph, and is gone with it."""


def sign_on(tensor: Tensor) -> "weakref.ref[Sign]":
    assert tensor.grad_fn is not None
    metadata: dict[str, object] = tensor.grad_fn.metadata  # type: ignore[assignment]  # torch's stub calls it a method
    metadata["sign"] = sign = Sign()
    return weakref.ref(sign)


def test_the_graph_of_a_step_is_not_kept_beyond_it() -> None:
    x, y = data()
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss_fn = nn.MSELoss()
    with watch(model, optimizer, loss_fn, every=1000):
        for _ in range(8):
            answers = model(x)
            loss = loss_fn(answers, y)
            signs = sign_on(answers), sign_on(loss)
            loss.backward()
            optimizer.step()
            del answers, loss
            assert [sign() for sign in signs] == [None, None]
        for _ in range(3):  # a validation that forgot `no_grad`
            answers = model(x)
            loss = loss_fn(answers, y)
            signs = sign_on(answers), sign_on(loss)
            del answers, loss
            model(x)
            assert [sign() for sign in signs] == [None, None]
