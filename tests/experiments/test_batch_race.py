"""The race of batch sizes: its updates are gradient descent, and its shortcut over all rows counts the same."""

import pytest
import torch
from torch import nn

from looplab.content import load_module
from looplab.experiments import find_file

race = load_module(find_file("mini-batch-reaches-loss-first").path.with_name("_batch_race.py"))
FEATURES, ROWS, table, update = race.FEATURES, race.ROWS, race.table, race.update
updates_to_target, relative_seconds = race.updates_to_target, race.relative_seconds


def autograd_update(theta: torch.Tensor, X: torch.Tensor, y: torch.Tensor, lr: float) -> torch.Tensor:
    theta = theta.clone().requires_grad_()
    nn.functional.mse_loss(X @ theta, y).backward()
    assert theta.grad is not None
    return (theta - lr * theta.grad).detach()


@pytest.mark.parametrize("batch_size", [1, 64, ROWS])
def test_an_update_is_the_one_that_autograd_gives_for_its_rows(batch_size: int) -> None:
    theta, task = torch.randn(FEATURES + 1, 1), table()
    state = torch.get_rng_state()
    updated = update(theta, batch_size, lr=0.01)
    torch.set_rng_state(state)
    rows = torch.arange(ROWS) if batch_size == ROWS else torch.randint(ROWS, (batch_size,))
    assert torch.allclose(updated, autograd_update(theta, task.X[rows], task.y[rows], lr=0.01), atol=1e-4)


def test_the_shortcut_over_all_rows_counts_as_many_updates_as_visiting_them() -> None:
    torch.manual_seed(0)
    theta, task = torch.randn(FEATURES + 1, 1), table()
    counted, steps = updates_to_target(theta, ROWS, lr=0.08), 0
    while (task.X @ theta - task.y).square().mean() >= 1.1 * task.lowest:
        theta, steps = update(theta, ROWS, lr=0.08), steps + 1
    assert counted == pytest.approx(steps, abs=1)


def test_a_rate_that_diverges_ends_at_the_most_updates() -> None:
    assert updates_to_target(torch.ones(FEATURES + 1, 1), ROWS, lr=1.0) == 2000


def test_the_time_of_one_size_over_itself_is_about_one() -> None:
    assert 0.2 < relative_seconds((64, 64), turns=21) < 5
