"""Every difference between two architectures is noticed, and nothing else is taken for one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab.models import ACTIVATIONS, linear, mlp
from looplab.replicas import architecture
from looplab.replicas.architecture import Architecture


class Own(nn.Module):
    """A module with attributes of all sorts."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 3)
        for name, value in attributes.items():
            setattr(self, name, value)


def base() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(0.1), nn.Dropout(0.2), nn.Linear(3, 3))


def changed(change: Callable[[Any], object], make: Callable[[], nn.Module] = base) -> Callable[[], nn.Module]:
    def make_changed() -> nn.Module:
        model = make()
        change(model)
        return model

    return make_changed


def shared_weight(model: Any) -> None:
    model[3].weight = nn.Parameter(torch.ones(3, 3))
    model.append(nn.Linear(3, 3))
    model[4].weight = model[3].weight


def with_buffer(name: str = "kept", dtype: torch.dtype = torch.float32, shape: int = 2) -> Callable[[], nn.Module]:
    return changed(lambda m: m[0].register_buffer(name, torch.ones(shape, dtype=dtype)))


def with_parameters(**sizes: int | None) -> Callable[[], nn.Module]:
    def add(model: nn.Module) -> None:
        for name, size in sizes.items():
            model.register_parameter(name, None if size is None else nn.Parameter(torch.ones(size)))

    return changed(add)


def norm() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))


DIFFERENCES: dict[str, tuple[Callable[[], nn.Module], Callable[[], nn.Module]]] = {
    "another activation": (base, changed(lambda m: m.__setitem__(1, nn.ReLU()))),
    "another slope": (base, changed(lambda m: setattr(m[1], "negative_slope", 0.2))),
    "another probability": (base, changed(lambda m: setattr(m[2], "p", 0.3))),
    "in place": (base, changed(lambda m: setattr(m[1], "inplace", True))),
    "no bias": (base, changed(lambda m: m.__setitem__(0, nn.Linear(2, 3, bias=False)))),
    "no bias in another layer": (
        lambda: nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3, bias=False)),
        lambda: nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3)),
    ),
    "None for one parameter, not for another": (with_parameters(a=None, b=2), with_parameters(a=2, b=None)),
    "wider": (base, changed(lambda m: m.__setitem__(3, nn.Linear(3, 4)))),
    "weights of another shape": (base, changed(lambda m: setattr(m[0], "weight", nn.Parameter(torch.ones(3, 4))))),
    "weights of another dtype": (base, changed(lambda m: m[0].double())),
    "a frozen parameter": (base, changed(lambda m: m[3].bias.requires_grad_(False))),
    "another parameter": (base, changed(lambda m: m[0].register_parameter("more", nn.Parameter(torch.ones(1))))),
    "a longer model": (base, changed(lambda m: m.append(nn.Tanh()))),
    "a shorter model": (base, changed(lambda m: m.pop(3))),
    "a module by another name": (
        lambda: nn.Sequential(),
        changed(lambda m: m.add_module("a", nn.Linear(1, 1)), nn.Sequential),
    ),
    "another class": (base, lambda: nn.ModuleList(base().children())),
    "modules in another order": (
        changed(lambda m: (m.add_module("a", nn.Tanh()), m.add_module("b", nn.Tanh()))),
        changed(lambda m: (m.add_module("b", nn.Tanh()), m.add_module("a", nn.Tanh()))),
    ),
    "a buffer": (base, with_buffer()),
    "a buffer by another name": (with_buffer(), with_buffer("other")),
    "a buffer of another shape": (with_buffer(), with_buffer(shape=3)),
    "a buffer of another dtype": (with_buffer(), with_buffer(dtype=torch.float64)),
    "a buffer in place of a parameter": (
        changed(lambda m: m[0].register_parameter("more", nn.Parameter(torch.ones(2)))),
        with_buffer("more"),
    ),
    "a shared weight": (changed(lambda m: m.append(nn.Linear(3, 3))), changed(shared_weight)),
    "a module that comes twice": (changed(lambda m: m.append(nn.Tanh())), changed(lambda m: m.append(m[1]))),
    "no module that comes twice": (changed(lambda m: m.append(m[1])), changed(lambda m: m.append(nn.LeakyReLU(0.1)))),
    "None for a module": (
        changed(lambda m: m.add_module("a", nn.Tanh())),
        changed(lambda m: m.register_module("a", None)),
    ),
    "another number": (lambda: Own(size=1), lambda: Own(size=2)),
    "another text": (lambda: Own(kind="a"), lambda: Own(kind="b")),
    "a number for a function": (lambda: Own(act=torch.tanh), lambda: Own(act=1)),
    "a function for a number": (lambda: Own(act=1), lambda: Own(act=torch.tanh)),
    "a tensor for a number": (lambda: Own(size=1.0), lambda: Own(size=torch.tensor(1.0))),
    "a setting more": (lambda: Own(size=1), lambda: Own(size=1, more=0)),
    "settings in another order": (lambda: Own(a=1, b=2), lambda: Own(b=2, a=1)),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_each_difference_is_noticed_either_way(name: str) -> None:
    first, second = DIFFERENCES[name]
    assert Architecture(first()).tensors(second()) is None
    assert Architecture(second()).tensors(first()) is None


ALIKE: dict[str, tuple[Callable[[], nn.Module], Callable[[], nn.Module]]] = {
    "evaluated": (base, changed(lambda m: m.eval())),
    "another private attribute": (base, changed(lambda m: setattr(m[0], "_private", 3))),
    "a hook": (base, changed(lambda m: m[0].register_forward_hook(lambda *_: None))),
    "another list": (lambda: Own(sizes=[1]), lambda: Own(sizes=[2, 3])),
    "another function": (lambda: Own(act=torch.tanh), lambda: Own(act=torch.relu)),
    "a function for a list": (lambda: Own(act=[torch.tanh]), lambda: Own(act=torch.relu)),
    "True for 1": (lambda: Own(size=1), lambda: Own(size=True)),
    "NumPy's number": (lambda: Own(size=1.5), lambda: Own(size=np.float64(1.5))),
    "a shared weight in both": (changed(shared_weight), changed(shared_weight)),
    "a module that comes twice in both": (changed(lambda m: m.append(m[1])), changed(lambda m: m.append(m[1]))),
    "buffers": (norm, norm),
}
ALIKE |= {name: (lambda name=name: mlp(2, [4, 3], 1, name),) * 2 for name in ACTIVATIONS}


def assert_the_tensors_of(model: nn.Module, tensors: list[Tensor] | None) -> None:
    assert tensors is not None
    expected = [*model.parameters(), *model.buffers()]
    assert [id(tensor) for tensor in tensors] == [id(tensor) for tensor in expected]


@pytest.mark.parametrize("name", ALIKE)
def test_nothing_else_is_taken_for_a_difference(name: str) -> None:
    first, second = ALIKE[name]
    for one, other in ((first(), second()), (second(), first())):
        assert_the_tensors_of(other, Architecture(one).tensors(other))


@pytest.mark.parametrize("make_model", [base, norm, lambda: linear(2, 1), lambda: nn.Sequential(base(), norm())])
def test_usual_models_are_compared_without_their_signatures(
    make_model: Callable[[], nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    known, model = Architecture(make_model()), make_model()
    monkeypatch.delattr(architecture, "_signature")
    assert_the_tensors_of(model, known.tensors(model))
