"""Modules of one's own whose forward only calls layers: what is seen of them, what is not, and that they are fused."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from looplab import Recipe, Runs, load, mlp, train, train_many
from looplab.errors import ReplicasError
from looplab.replicas import fused_guard
from looplab.replicas.plan import ActivationLayer, Dropout, Linear, Network, describe_network

MOONS = load("moons").subset(torch.arange(0, 200, 4))
Forward = Callable[[Any, Tensor], Any]


class Own(nn.Module):
    """Layers that its forward, a function of the test's, may call; the last one that it calls is made first."""

    way: ClassVar[Forward]

    def __init__(self, **layers: nn.Module) -> None:
        super().__init__()
        self.last = nn.Linear(8, 1)
        self.first = nn.Linear(2, 8)
        self.rate, self.deep = 0.25, 2
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x: Tensor) -> Any:
        """What the test says."""
        return self.way(x)


def own(forward: Forward, **layers: nn.Module) -> nn.Module:
    """A model whose class has this forward."""
    return _class_of(forward)(**layers)


@cache
def _class_of(forward: Forward) -> type[Own]:
    return type("Own", (Own,), {"way": forward})


def plain(net: Any, x: Tensor) -> Tensor:
    """Two linear layers with a ReLU between."""
    return net.last(torch.relu(net.first(x)))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("function", "layer"),
    [
        (functional.relu, ActivationLayer("relu")),
        (lambda x: x.tanh(), ActivationLayer("tanh")),
        (lambda x: functional.leaky_relu(x, 0.3), ActivationLayer("leaky-relu", (0.3,))),
        (lambda x: functional.elu(x, alpha=0.5), ActivationLayer("elu", (0.5,))),
        (lambda x: functional.gelu(x, approximate="tanh"), ActivationLayer("gelu-tanh")),
        (lambda x: functional.softplus(x, 2.0, threshold=10.0), ActivationLayer("softplus", (2.0, 10.0))),
        (lambda x: functional.hardtanh(x, -0.5, 0.5), ActivationLayer("hardtanh", (-0.5, 0.5))),
        (functional.silu, ActivationLayer("silu")),
        (functional.mish, ActivationLayer("mish")),
        (torch.sigmoid, ActivationLayer("sigmoid")),
    ],
    ids=lambda value: value.name if isinstance(value, ActivationLayer) else "",
)
def test_functions_of_torch_are_the_layers_that_they_compute(
    function: Callable[[Tensor], Tensor], layer: ActivationLayer
) -> None:
    def forward(net: Any, x: Tensor) -> Tensor:
        return net.last(function(net.first(x)))  # type: ignore[no-any-return]

    model = own(forward)
    assert describe_network(model) == Network((Linear(2, 8, True), layer, Linear(8, 1, True)), places=(9, 0, 0))
    recipe = Recipe(optimizer="adam", lr=0.05, steps=8, batch_size=16)
    make_model = partial(own, forward)
    runs = train_many(make_model, MOONS, recipe, seeds=2)
    assert str(runs.backend) == "fused: every layer has a compiled kernel"
    for seed in range(2):
        run = train(make_model, MOONS, replace(recipe, seed=seed))
        expected = nn.utils.parameters_to_vector(run.model.parameters()).detach()
        torch.testing.assert_close(runs.parameters[seed], expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(runs.train_loss[seed], run.train_loss, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"validation": MOONS, "keep": "best", "patience": 3, "trajectory_every": 2},
        {"row_weights": torch.arange(len(MOONS)) % 3},
        {"loss": nn.BCEWithLogitsLoss()},
    ],
    ids=["plain", "recorded", "weighted", "loss"],
)
@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "rmsprop"])
def test_layers_within_loops_and_lists_are_trained_as_train_does(optimizer: str, more: dict[str, Any]) -> None:
    class Deep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(5, 1)
            self.hidden = nn.ModuleList(nn.Sequential(nn.Linear(n, 5), nn.Tanh()) for n in (7, 5))
            self.named = nn.ModuleDict({"first": nn.Linear(2, 7, bias=False)})

        def forward(self, x: Tensor) -> Tensor:
            x = functional.relu(self.named["first"](x))
            for layer in self.hidden:
                x = layer(x)
            return self.last(x)  # type: ignore[no-any-return]

    recipe = Recipe(optimizer=optimizer, lr=0.02, steps=20, batch_size=8, weight_decay=0.1, clip_norm=1.0)
    runs = train_many(Deep, MOONS, recipe, seeds=[3, 1], backend="fused", **more)
    for place, seed in enumerate((3, 1)):
        run = train(Deep, MOONS, replace(recipe, seed=seed), **more)
        expected = nn.utils.parameters_to_vector(run.model.parameters()).detach()
        torch.testing.assert_close(runs.parameters[place], expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(runs.train_loss[place, : len(run.train_loss)], run.train_loss, rtol=1e-4, atol=1e-5)
        assert runs.steps[place] == run.steps
        if run.trajectory is not None:
            assert runs.trajectory is not None
            own_way = runs.trajectory[place, : len(run.trajectory)]
            torch.testing.assert_close(own_way, run.trajectory, rtol=1e-4, atol=1e-5)
        outputs = run.model(MOONS.inputs)
        torch.testing.assert_close(runs.model(place)(MOONS.inputs), outputs, rtol=1e-4, atol=1e-4)


def test_dropout_follows_the_mode() -> None:
    def forward(net: Any, x: Tensor) -> Tensor:
        return net.last(functional.dropout(net.first(x), net.rate, net.training))  # type: ignore[no-any-return]

    expected = Network((Linear(2, 8, True), Dropout(0.25), Linear(8, 1, True)), places=(9, 0, 0))
    assert describe_network(own(forward)) == expected


def _if_positive(net: Any, x: Tensor) -> Tensor:
    return plain(net, x) if x.sum() > 0 else net.last(net.first(x))


def _sometimes(net: Any, x: Tensor) -> Tensor:
    return plain(net, x) if random.random() < 2 else x


def _counting(net: Any, x: Tensor) -> Tensor:
    net.deep += 1
    return plain(net, x)


def _in_place(net: Any, x: Tensor) -> Tensor:
    h = net.first(x)
    h += h.tanh()
    return net.last(h)  # type: ignore[no-any-return]


def _in_training(net: Any, x: Tensor) -> Tensor:
    return plain(net, x) if net.training else net.last(net.first(x))


def _wasteful(net: Any, x: Tensor) -> Tensor:
    net.first(x).tanh()
    return plain(net, x)


TRACED = "whose forward cannot be traced: "
REASONS: list[tuple[Forward, str]] = [
    (lambda net, x: net.last(net.first(x) * 2), "whose forward calls mul"),
    (lambda net, x: net.last(net.first(x) + 1.0), "whose forward calls add with a number"),
    (lambda net, x: net.last(net.first(x).relu_()), "whose forward calls relu_"),
    (lambda net, x: net.last(functional.relu(net.first(x), inplace=True)),
     "whose forward calls relu with other arguments than a layer has"),
    (lambda net, x: net.last(torch.add(net.first(x), net.first.bias)),
     "whose forward computes with a tensor besides its inputs and what layers give"),
    (lambda net, x: net.last(functional.dropout(net.first(x), 0.5)),
     "whose forward drops values in evaluation, or none in training"),
    (lambda net, x: (net.last(net.first(x)),), "whose forward gives a tuple"),
    (lambda net, x: net.first(x, x), "whose forward gives the layer first more than its inputs"),
    (_if_positive, f"{TRACED}TraceError: symbolically traced variables cannot be used as inputs to control flow"),
    (_sometimes, "whose forward draws random numbers"),
    (_counting, "whose forward changes the attribute deep"),
    (_in_place, "whose forward changes a tensor in place"),
    (_in_training, "whose forward does something else in training than in evaluation"),
    (_wasteful, "whose forward computes what its outputs do not depend on"),
    (lambda net, x: net.first(x).nonsense(), "whose forward calls nonsense"),
]  # fmt: skip


@pytest.mark.parametrize(("forward", "reason"), REASONS, ids=[reason for _, reason in REASONS])
def test_what_does_more_than_call_layers_has_a_reason(forward: Forward, reason: str) -> None:
    assert describe_network(own(forward)) == f"the model is a Own, {reason}"


def test_layers_that_are_not_called_once_have_a_reason() -> None:
    assert (
        describe_network(own(lambda net, x: net.first(x)))
        == "the outputs do not depend on the parameters of layer last"
    )
    twice = own(lambda net, x: net.last(net.mid(net.mid(net.first(x)))), mid=nn.Linear(8, 8))
    assert describe_network(twice) == "layer mid is called twice"


def test_attributes_that_may_change_and_other_peculiarities_have_a_reason() -> None:
    model = own(lambda net, x: net.last(net.function(net.first(x))))
    model.function = torch.relu  # type: ignore[assignment]
    expected = "the model is a Own, whose forward depends on the attribute function, a builtin_function_or_method"
    assert describe_network(model) == expected
    hooked = own(plain)
    hooked.first.register_forward_hook(lambda *_: None)  # type: ignore[union-attr]
    assert describe_network(hooked) == "layer first has hooks"
    parametrized = own(plain)
    parametrizations.weight_norm(parametrized.get_submodule("first"))
    assert describe_network(parametrized) == "layer first is a ParametrizedLinear"
    unusual = type("Unusual", (Own,), {"parameters": lambda self, recurse=True: iter(()), "way": plain})()
    assert describe_network(unusual) == "the model is a Unusual, which has methods of its own in place of a module's"
    inner = own(lambda net, x: net.last(net.inner(net.first(x))), inner=nn.Sequential(nn.PReLU()))
    assert describe_network(inner) == "layer inner.0 is a PReLU"


def test_a_module_within_a_sequence_is_looked_into() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            return functional.relu(self.linear(x))

    model = nn.Sequential(nn.Linear(2, 4), Block(), Block(), nn.Linear(4, 1))
    relu, inner = ActivationLayer("relu"), Linear(4, 4, True)
    assert describe_network(model) == Network((Linear(2, 4, True), inner, relu, inner, relu, Linear(4, 1, True)))


def test_looking_leaves_no_trace_in_model_or_process() -> None:
    called = nn.Module.__call__
    seen: list[bool] = []

    def forward(net: Any, x: Tensor) -> Tensor:
        seen.append(nn.Module.__call__ is called)
        net.deep, net.rate = net.deep, net.rate
        return plain(net, x)

    model = own(forward)
    torch.manual_seed(1)
    expected = torch.rand(2), np.random.get_state()[1].tolist()  # type: ignore[index]
    torch.manual_seed(1)
    kinds, values = [type(each) for each in model.modules()], {k: repr(v) for k, v in vars(model).items()}
    assert isinstance(describe_network(model), Network)
    assert seen == [True, True]
    assert [type(each) for each in model.modules()] == kinds
    assert {k: repr(v) for k, v in vars(model).items()} == values
    assert model.training
    assert torch.equal(torch.rand(2), expected[0])
    assert np.random.get_state()[1].tolist() == expected[1]  # type: ignore[index]


def test_the_guard_sees_what_tracing_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused_guard, "_agreed", set())
    calls: list[int] = []

    def forward(net: Any, x: Tensor) -> Tensor:
        calls.append(1)
        return plain(net, x) if len(calls) > 2 else net.last(net.first(x))

    runs = train_many(partial(own, forward), MOONS, Recipe(optimizer="sgd", lr=0.1, steps=3), seeds=2)
    assert "no fused plan, because compiled, the loss of seed 0 is not what plain PyTorch gives" in str(runs.backend)


def test_an_attribute_that_differs_between_seeds_is_seen() -> None:
    def forward(net: Any, x: Tensor) -> Tensor:
        return plain(net, x) if net._flag else net.last(net.first(x))

    def differing() -> nn.Module:
        model = own(forward)
        model._flag = bool(torch.rand(()) > 0.5)  # type: ignore[assignment]
        return model

    runs = train_many(differing, MOONS, Recipe(optimizer="sgd", lr=0.1, steps=3), seeds=6)
    assert runs.backend.name == "loop"
    assert "the attribute _flag differs between seeds" in str(runs.backend)


def test_runs_of_one_s_own_module_are_loaded_with_the_function_that_made_it(tmp_path: Path) -> None:
    runs = train_many(partial(own, plain), MOONS, Recipe(optimizer="sgd", lr=0.1, steps=3), seeds=2)
    runs.save(tmp_path / "runs.zip")
    back = Runs.load(tmp_path / "runs.zip", partial(own, plain))
    torch.testing.assert_close(back.predict(MOONS.inputs), runs.predict(MOONS.inputs), rtol=0, atol=0)
    with pytest.raises(ReplicasError, match=r"^make_model: expected the function that made the models"):
        Runs.load(tmp_path / "runs.zip")


def test_layers_in_an_unusual_order_or_nesting_are_no_other_model_when_loaded(tmp_path: Path) -> None:
    class Backwards(nn.Sequential):
        def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name for it
            return self[0](self[1](input))  # type: ignore[no-any-return]

    runs = train_many(
        lambda: nn.Sequential(nn.Linear(2, 3), Backwards(nn.Linear(3, 3), nn.Linear(3, 3)), nn.Linear(3, 1)),
        MOONS, Recipe(optimizer="sgd", lr=0.1, steps=3), seeds=1, backend="fused",
    )  # fmt: skip
    runs.save(tmp_path / "runs.zip")
    with pytest.raises(ReplicasError, match=r"^make_model: expected the function"):
        Runs.load(tmp_path / "runs.zip")
    known = train_many(lambda: mlp(2, [3], 1), MOONS, Recipe(optimizer="sgd", lr=0.1, steps=3), seeds=1)
    known.save(tmp_path / "known.zip")
    torch.testing.assert_close(Runs.load(tmp_path / "known.zip").predict(MOONS.inputs), known.predict(MOONS.inputs))


def doubled(_: nn.Module, slopes: Any, __: Any) -> Any:
    return (2 * slopes[0],)


PLACES: dict[str, Callable[[nn.Module], Any]] = {
    "before a layer": lambda layer: layer.register_forward_pre_hook(lambda _, given: (2 * given[0],)),
    "after a layer": lambda layer: layer.register_forward_hook(lambda *given: 2 * given[-1]),
    "on the way back": lambda layer: layer.register_full_backward_hook(doubled),
    "at a parameter": lambda layer: next(layer.parameters()).register_hook(lambda slope: 2 * slope),
}


@pytest.mark.parametrize("around", ["before", "around", "after"])
@pytest.mark.parametrize("layer", ["last", "block"])
@pytest.mark.parametrize("place", PLACES)
def test_hooks_that_forward_places_itself_are_seen(place: str, layer: str, around: str) -> None:
    class Hooking(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(2, 8), nn.Linear(8, 1)
            self.block = nn.Sequential(nn.Linear(8, 8), nn.Tanh())

        def forward(self, x: Tensor) -> Any:
            hidden = self.first(x)
            handle = PLACES[place](getattr(self, layer)) if around != "after" else None
            outputs = self.last(self.block(hidden))
            if around == "around" and handle is not None:
                handle.remove()
            if around == "after":
                PLACES[place](getattr(self, layer))
            return outputs

    assert describe_network(Hooking()) == "the model is a Hooking, whose forward places hooks"
