"""Copies of a training share nothing with the originals."""

import functools

import torch
from torch import nn

from looplab.doctor.copying import Copier
from looplab.doctor.parts import Parts, textbook_step
from looplab.doctor.running import quiet


def adding(a: torch.Tensor, b: torch.Tensor, *, c: torch.Tensor) -> torch.Tensor:
    return a + b + c


COUNTS = [0]
INNER = nn.Linear(1, 1)


def counting() -> int:
    COUNTS[0] += 1
    return COUNTS[0]


def twice() -> int:
    counting()
    return counting()


def test_what_a_closure_holds_is_copied_once_for_all() -> None:
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    losses: list[torch.Tensor] = []

    def step(x: torch.Tensor) -> None:
        losses.append(model(x).sum())
        optimizer.step()
        schedule.step()

    copier = Copier()
    new_model, new_optimizer, new_step = (copier.copied(each) for each in (model, optimizer, step))
    with quiet():  # torch sees that the optimizer's step is not the one that the schedule had wrapped
        new_step(torch.ones(1, 2))
    assert losses == []
    assert schedule.last_epoch == 0
    assert optimizer.param_groups[0]["lr"] == 1.0
    assert new_optimizer.param_groups[0]["lr"] == 0.5
    assert new_optimizer.param_groups[0]["params"][0] is new_model.weight
    assert new_model.weight is not model.weight
    assert copier.shared == []


def test_globals_of_functions_are_copied_and_shared_by_those_that_share_them() -> None:
    copier = Copier()
    new_twice, new_counting = copier.copied(twice), copier.copied(counting)
    assert new_twice() == 2
    assert new_counting() == 3
    assert COUNTS == [0]


def test_a_function_that_calls_itself_is_copied() -> None:
    def fall(depth: int) -> int:
        return 0 if depth == 0 else 1 + fall(depth - 1)

    assert Copier().copied(fall)(5) == 5


def test_methods_defaults_and_partials_are_copied() -> None:
    weights = torch.zeros(2)

    class Loss:
        calls = 0

        def of(self, outputs: torch.Tensor, scale: torch.Tensor = weights) -> torch.Tensor:
            self.calls += 1
            scale.add_(1)
            return outputs

    loss = Loss()
    copier = Copier()
    copier.copied(loss.of)(torch.ones(2))
    assert loss.calls == 0
    bound = functools.partial(adding, weights, c=weights)
    copier.copied(bound)(torch.ones(2)).add_(1)
    new = copier.copied(bound)
    assert new.args[0] is new.keywords["c"]
    assert new.args[0] is not weights


def test_functions_of_libraries_stay_what_they_are() -> None:
    assert Copier().copied(nn.functional.mse_loss) is nn.functional.mse_loss


def test_what_cannot_be_copied_is_shared_and_named() -> None:
    rows = iter([(torch.ones(1, 1), torch.ones(1, 1))] * 3)
    endless = (pair for pair in rows)
    parts = Parts(
        model=INNER,
        optimizer=torch.optim.SGD(INNER.parameters(), lr=0.1),
        loss_fn=nn.MSELoss(),
        batches=lambda: endless,
        step=textbook_step,
        validation=None,
        validate=None,
        epochs=1,
    )
    copied, shared = parts.copied_with_notes()
    assert shared == ["generator"]
    assert copied.model is not INNER
