"""The guard: it needs no cause to see that a stacked step is not plain PyTorch's, and leaves no trace."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab import Recipe, load
from looplab.models.particulars import fingerprints
from looplab.replicas import guard, stacked, step, vmapped
from looplab.replicas.undisturbed import State, undisturbed
from looplab.sweeps import train_many

MOONS = load("moons")
RECIPE = Recipe(optimizer="sgd", lr=0.1, steps=3)


class Embedded(nn.Module):
    """vmap drops `padding_idx` where the rows differ between replicas: a fault of torch."""

    def __init__(self, padding_idx: int | None = 3) -> None:
        super().__init__()
        self.embedding, self.out = nn.Embedding(12, 4, padding_idx=padding_idx), nn.Linear(4, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        places = (inputs[:, 0].detach() * 2 + 3).long().clamp(0, 11)
        outputs: Tensor = self.out(self.embedding(places))
        return outputs


@pytest.mark.parametrize("vary", [{"batch_size": [20]}, {"batch_size": [None, 20]}, {"batch_size": [None, 199]}])
def test_a_fault_of_vmap_with_mini_batches_is_seen(vary: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    assert train_many(Embedded, MOONS, RECIPE, seeds=3, vary=vary).backend.name == "vmapped"
    monkeypatch.setattr(stacked, "has_tables", lambda model: False)  # torch's own way, without our mending
    runs = train_many(Embedded, MOONS, RECIPE, seeds=3, vary=vary)
    assert "stacked with others, the gradient of embedding.weight of seed" in str(runs.backend)
    assert train_many(lambda: Embedded(None), MOONS, RECIPE, seeds=3, vary=vary).backend.name == "vmapped"


class Odd(nn.Module):
    """Does something else for a batch of a certain length."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.layer, self.length = nn.Linear(2, 1), length

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.layer(inputs)
        stacked = torch._C._functorch.is_batchedtensor(inputs) or torch._C._functorch.is_batchedtensor(outputs)
        return outputs * 2 if stacked and len(inputs) == self.length else outputs


@pytest.mark.parametrize("length", [32, 8, 200])
def test_all_lengths_of_a_batch_are_tried(length: int) -> None:
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=7, batch_size=None if length == 200 else 32)
    runs = train_many(lambda: Odd(length), MOONS, recipe, seeds=3)
    assert "stacked with others, the loss of seed 0 is not what plain PyTorch gives" in str(runs.backend)


def test_what_a_stacked_step_gets_wrong_is_seen_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    right = step.stacked_gradients

    def wrong(*given: Any) -> tuple[Tensor, Tensor, Tensor]:
        gradient, loss, outputs = right(*given)
        gradient[-1, 0] *= 1.01
        return gradient, loss, outputs

    make_model = lambda: nn.Sequential(nn.Linear(2, 4), nn.RMSNorm(4), nn.Linear(4, 1))  # noqa: E731  # used thrice
    assert train_many(make_model, MOONS, RECIPE, seeds=3).backend.name == "vmapped"
    monkeypatch.setattr(guard, "stacked_gradients", wrong)
    assert "the gradient of 0.weight of seed 2 is not" in str(train_many(make_model, MOONS, RECIPE, seeds=3).backend)
    monkeypatch.setattr(vmapped, "run_vmapped", None)  # not reached


class Restless(nn.Module):
    """Changes all that a module can change of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.number, self.seen, self.kept = nn.Linear(2, 1), 0, [torch.zeros(1)], {"a": torch.zeros(2)}
        self.norm = nn.BatchNorm1d(2)

    def forward(self, inputs: Tensor) -> Tensor:
        self.number += 1
        self.seen.append(torch.ones(1))
        self.seen[0].add_(1)
        self.kept["a"].add_(1)
        self.kept[f"b{self.number}"] = inputs[0]
        self.new = 3
        self.layer.register_forward_hook(lambda *_: None)
        self.layer.weight.register_hook(lambda gradient: gradient)
        with torch.no_grad():
            self.layer.bias.add_(1)
        outputs: Tensor = self.layer(self.norm(inputs))
        return outputs


def test_trying_a_model_out_leaves_no_trace() -> None:
    model = Restless().eval()
    model.norm.train()
    before, state = fingerprints(model), State(model)
    objects = (model.seen, model.kept, model.seen[0])
    with undisturbed(model):
        model.train()
        model(MOONS.inputs).sum().backward()
        assert state.changed() == "parameter layer.bias"
    assert state.changed() is None
    assert fingerprints(model) == before
    assert not model.layer._forward_hooks
    assert not model.layer.weight._backward_hooks
    assert model.layer.weight.grad is None
    assert (model.training, model.norm.training) == (False, True)
    assert all(map(lambda one, other: one is other, objects, (model.seen, model.kept, model.seen[0])))


def test_the_guard_leaves_the_models_that_it_watches_alone() -> None:
    made: list[nn.Module] = []

    def make_model() -> nn.Module:
        made.append(Embedded())
        return made[-1]

    states = [State(Embedded())]
    train_many(make_model, MOONS, RECIPE, seeds=3, backend="vmapped", vary={"batch_size": [None]})
    with torch.random.fork_rng():
        for seed, model in enumerate(made[:3]):
            torch.manual_seed(seed)
            fresh = Embedded()
            for ours, theirs in zip(model.parameters(), fresh.parameters(), strict=True):
                assert torch.equal(ours, theirs)
                assert ours.grad is None
    assert states[0].changed() is None
