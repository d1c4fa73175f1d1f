"""The contract that every loss obeys by being registered."""

from typing import Any, get_args

import numpy as np
import pytest
import torch

from looplab import Recipe
from looplab.data import Task
from looplab.loop import LOSSES
from looplab.loop.losses import Loss, loss_of
from looplab.loop.losses.loss import Rows

DATA = {"regression": "diabetes", "binary": "moons", "multiclass": "iris"}
each = pytest.mark.parametrize("entry", LOSSES.values(), ids=LOSSES)


def test_every_task_has_one() -> None:
    assert {task: loss_of(task).task for task in get_args(Task)} == {task: task for task in get_args(Task)}


@each
def test_train_is_torch_s_and_both_backends_are_train_s(contract: Any, entry: Loss) -> None:
    data = contract.rows(DATA[entry.task])
    recipe = Recipe(optimizer="sgd", lr=0.05, momentum=0.5, steps=30, batch_size=16)
    contract.train_is_torch_s(contract.network(data), data, recipe)
    for backend in ("fused", "vmapped"):
        for weighted in (False, True):
            contract.backend_is_train_s(contract.network(data), data, recipe, backend, weighted)


@each
def test_equal_weights_are_the_mean(contract: Any, entry: Loss) -> None:
    data = contract.rows(DATA[entry.task])
    outputs = contract.network(data)()(data.inputs)
    weighted = entry.weighted(outputs, data.targets, torch.full((len(data),), 0.3))
    torch.testing.assert_close(weighted, entry.function(outputs, data.targets))


@each
@pytest.mark.parametrize("even", [True, False])
def test_the_kernel_is_torch_s_loss_and_gradient_in_python(contract: Any, entry: Loss, even: bool) -> None:
    """Twelve rows, and four more that only fill up a vector, with what they hold left to chance."""
    data = contract.rows(DATA[entry.task]).subset(torch.arange(12))
    torch.manual_seed(0)
    outputs = (3 * torch.randn(12, data.outputs)).requires_grad_()
    weights = torch.ones(12) if even else torch.linspace(0.5, 2, 12)
    loss = entry.weighted(outputs, data.targets, weights)
    loss.backward()
    columns, O, S = data.targets[:, None] if data.targets.ndim == 1 else data.targets, data.outputs, 16  # noqa: E741
    V, U = np.full((O + columns.shape[1] + 1) * S, 7, np.float32), np.zeros(O * S, np.float32)
    z, y, share = V[: O * S].reshape(O, S), V[O * S : -S].reshape(-1, S), V[-S:]
    z[:, :12], y[:, :12] = outputs.detach().T, columns.T
    share[:12], share[12:] = weights / weights.sum() / (1 if entry.task == "multiclass" else O), 0
    rows = Rows(V, 0, O * S, len(V) - S, U, 0, O, S, S)
    assert entry.kernel is not None
    number = entry.number(rows, even, *entry.kernel(rows, even))
    assert number == pytest.approx(loss.item(), rel=1e-6)
    assert outputs.grad is not None
    np.testing.assert_allclose(U.reshape(O, S)[:, :12], outputs.grad.T, rtol=1e-5, atol=1e-7)
    assert not U.reshape(O, S)[:, 12:].any()
