"""Objects that stay where they are: what a check sees of them, and what whoever makes them can do to a check."""

import inspect
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import cloudpickle
import msgspec
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab.course.answers.asking import Said, written_said
from looplab.course.answers.desk import answer_from, answer_here
from looplab.course.answers.keeper import Keeper
from looplab.course.answers.plain import packed
from looplab.course.exercises import WrongAnswer, call, expect_module
from looplab.errors import ExerciseError


def here(answer: object) -> Any:
    return answer_here(answer, "answer", "9.9.1")


class Noting(nn.Linear):
    """A model of a check that notes what it is called with."""

    def __init__(self) -> None:
        super().__init__(2, 1)
        self.seen: list[list[int]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(list(x.shape))
        return super().forward(x)


class Counting:
    """A stream of a check that counts how much is read."""

    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> "Counting":
        return self

    def __next__(self) -> int:
        self.read += 1
        return self.read


def test_functions_and_closures_are_called_where_they_are() -> None:
    def make(factor: float) -> Callable[[float], float]:
        return lambda x: factor * x

    double = here(make)(2.0)
    assert (double(3.0), call(double, 4.0)) == (6.0, 8.0)
    assert callable(double)
    assert not callable(here(object()))
    assert here(17) == 17


def test_names_and_parameters_are_the_learner_s() -> None:
    def scale(rows: list[float], *, by: float = 1.0) -> float:
        rows.append(by)
        return by

    answer = here(scale)
    assert answer.__name__ == "scale"
    assert [*inspect.signature(answer).parameters] == ["rows", "by"]
    with pytest.raises(WrongAnswer, match=r"^rows was changed in place. Make a new list"):
        call(answer, [1.0], by=2.0)


@pytest.mark.parametrize(
    ("value", "change"),
    [
        (torch.ones(2), lambda value: value.mul_(3)),
        (torch.ones(2), lambda value: value.requires_grad_()),
        (np.ones(2), lambda value: value.__imul__(3)),
        ([1, 2], lambda value: value.append([3])),
        ({"a": 1}, lambda value: value.pop("a")),
        ({1, 2}, lambda value: value.add(3)),
        ([{"a": (torch.zeros(1), 2)}], lambda value: value[0]["a"][0].add_(1)),
        (torch.Generator().manual_seed(1), lambda value: torch.rand(3, generator=value)),
        (Counting(), next),
    ],
    ids=["tensor", "flag", "array", "list", "dict", "set", "nested", "generator", "object"],
)
def test_what_is_changed_there_is_changed_here(value: Any, change: Callable[[Any], object]) -> None:
    def answer(given: Any) -> bool:
        change(given)
        return True

    twin = copied(value)
    change(twin)
    inner = value[0] if isinstance(value, list) else None
    here(answer)(value)
    assert state_of(value) == state_of(twin)
    assert inner is None or value[0] is inner


def copied(value: Any) -> Any:
    return cloudpickle.loads(cloudpickle.dumps(value))


def state_of(value: Any) -> object:
    if isinstance(value, Tensor):
        return value.tolist(), value.requires_grad
    if isinstance(value, torch.Generator):
        return value.get_state().tolist()
    if isinstance(value, Counting):
        return value.read
    return repr(value)


def test_a_model_of_the_check_is_trained_there_and_here() -> None:
    def train(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor) -> float:
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    torch.manual_seed(0)
    model = Noting()
    twin = copied(model)
    x = torch.ones(3, 2)
    train(twin, torch.optim.SGD(twin.parameters(), lr=0.1), x)
    weight = model.weight
    here(train)(model, torch.optim.SGD(model.parameters(), lr=0.1), x)
    assert model.weight is weight
    assert torch.equal(model.weight, twin.weight)
    assert model.weight.grad is not None
    assert torch.equal(model.weight.grad, twin.weight.grad)
    assert model.seen == [[3, 2]]


def test_a_network_has_its_classes_parameters_and_identity() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.BatchNorm1d(3))
            self.scale = nn.Parameter(torch.ones((), dtype=torch.float64), requires_grad=False)

        def forward(self, x: Tensor) -> Tensor:
            return torch.as_tensor(self.layers(x)) * self.scale.float()

        def twice(self, x: float) -> float:
            return 2 * x

    own = Net()
    get = here(lambda: own)
    net = get()
    assert get() is net
    assert type(net).__name__ == "Net"
    assert [type(each) for each in net.modules()][1:] == [nn.Sequential, nn.Linear, nn.Tanh, nn.BatchNorm1d]
    assert {name: tuple(each.shape) for name, each in net.named_parameters()} == {
        name: tuple(each.shape) for name, each in own.named_parameters()
    }
    assert net.scale.dtype == torch.float64
    assert not net.scale.requires_grad
    assert net.layers[0].in_features == 2
    assert net.twice(4.0) == 8.0
    with pytest.raises(AttributeError, match="has no attribute 'thrice'"):
        net.thrice  # noqa: B018
    x = torch.randn(5, 2)
    own.eval()
    right = own(x)
    own.train()
    assert not torch.allclose(call(net, x), right)
    net.eval()
    own.eval()
    torch.testing.assert_close(call(net, x), own(x))
    assert torch.equal(net.layers[2].running_mean, own.state_dict()["layers.2.running_mean"])
    expect_module(net, contains=[nn.Tanh], lacks=[nn.ReLU])


def test_what_the_check_changes_in_a_network_counts_there_and_what_is_changed_there_is_seen() -> None:
    own = nn.Linear(2, 1)

    def step() -> float:
        own.weight.data.add_(1)
        return 1.0

    net, stepping = here(lambda: (own, step))()
    with torch.no_grad():
        net.bias.fill_(7.0)
        assert call(net, torch.zeros(1, 2)).item() == 7.0
    assert own.bias.item() == 7.0
    before = net.weight.detach().clone()
    stepping()
    assert torch.equal(net.weight, before + 1)
    assert torch.allclose(call(net, torch.ones(1, 2)), own(torch.ones(1, 2)))


def test_slopes_flow_through_the_answer() -> None:
    def answer(x: Tensor, model: nn.Module) -> Tensor:
        return torch.as_tensor(model(x) ** 3).sum() + x.detach().sum()

    x, model = torch.randn(4, 2, requires_grad=True), nn.Linear(2, 1)
    value = here(answer)(x, model)
    assert value.requires_grad
    found = torch.autograd.grad(2 * value, [x, *model.parameters()])
    right = torch.autograd.grad(2 * answer(x, model), [x, *model.parameters()])
    for one, other in zip(found, right, strict=True):
        torch.testing.assert_close(one, other)
    assert not here(lambda x: x.detach())(x).requires_grad
    assert here(lambda x: x)(x) is x
    with torch.no_grad():
        assert not here(lambda x: 2 * x)(x).requires_grad


def test_slopes_that_there_are_none_of_are_an_error_of_torch() -> None:
    def spoilt(x: Tensor) -> Tensor:
        y = torch.exp(x)
        z = y * 1
        y.detach().add_(1)
        return z.sum()

    x = torch.ones(2, requires_grad=True)
    value = here(spoilt)(x)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.grad(value, x)


def test_classes_are_classes() -> None:
    class Table:
        def __init__(self, rows: list[dict[str, float]]) -> None:
            self.rows = rows

        def __len__(self) -> int:
            return len(self.rows)

        def __getitem__(self, place: int) -> float:
            return self.rows[place].pop("y")

    class Net(nn.Module):
        pass

    table_class, net_class = here(Table), here(Net)
    assert isinstance(table_class, type)
    assert table_class.__name__ == "Table"
    assert issubclass(net_class, nn.Module)
    assert isinstance(net_class(), nn.Module)
    given = [{"x": 1.0, "y": 2.0}, {"x": 3.0, "y": 4.0}]
    first = given[0]
    table = call(table_class, given)
    assert len(table) == 2
    assert call(table.__getitem__, 0) == 2.0
    assert given == [{"x": 1.0}, {"x": 3.0, "y": 4.0}]  # changed by an object that was made of it
    assert given[0] is first
    with pytest.raises(WrongAnswer, match=r"your __getitem__ raised KeyError at"):
        call(table.__getitem__, 0)


def test_generators_give_one_item_at_a_time() -> None:
    def pairs(stream: Iterator[int]) -> Iterator[tuple[int, int]]:
        for item in stream:
            yield item, next(stream)
            if item > 4:
                raise ValueError("enough")

    stream = Counting()
    given = here(pairs)(stream)
    assert (next(given), stream.read) == ((1, 2), 2)
    assert (next(given), stream.read) == ((3, 4), 4)
    assert next(given) == (5, 6)
    with pytest.raises(WrongAnswer, match="your pairs raised ValueError"):
        next(given)
    assert list(here(lambda: iter("ab"))()) == ["a", "b"]


def test_the_answer_draws_from_generators_of_its_own() -> None:
    draw = here(lambda: torch.rand(1).item())
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first, second = draw(), draw()
    assert first != second
    assert torch.equal(torch.get_rng_state(), before)  # the check's own go on as if nothing had been asked
    torch.manual_seed(3)
    assert draw() != first  # to what it was is no change
    torch.manual_seed(4)
    torch.manual_seed(4)
    third = draw()
    torch.manual_seed(3)
    assert draw() == first
    torch.manual_seed(4)
    assert draw() == third
    reset = here(lambda: [torch.manual_seed(0), 1.0][1])
    drawn = torch.rand(1)
    reset()
    assert torch.rand(1) != drawn


def test_what_is_derived_from_data_is_data() -> None:
    class Point(NamedTuple):
        x: int
        y: int

    assert type(here(lambda: Point(1, 2))()) is tuple


def test_a_check_that_cannot_send_what_it_has_is_told_so() -> None:
    with pytest.raises(ExerciseError, match=r"check of exercise 9\.9\.1: expected arguments that can be sent"):
        here(len)(item for item in (1, 2))
    with pytest.raises(ExerciseError, match="a copy of one"):
        deepcopy(here(lambda: nn.Linear(1, 1))())


MODULE = {
    "class": "Linear",
    "module": "m",
    "base": "Linear",
    "exact": True,
    "name": "",
    "methods": [],
    "observed": packed({}),
    "parameters": {},
    "buffers": {},
    "children": {},
}
OBJECT = {
    "class": "f",
    "module": "m",
    "base": "",
    "exact": False,
    "name": "f",
    "methods": ["__call__"],
    "signature": None,
}
STATE = packed({"parameters": {}, "buffers": {}, "training": {}, "observed": {}})


def tagged(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


@pytest.mark.parametrize(
    "introduced",
    [
        b"",
        b"\xc1",
        tagged(["object"]),
        tagged(["object", 0, {}]),
        tagged(["object", "x", OBJECT]),
        tagged(["object", 0, {**OBJECT, "class": "a\0b"}]),
        tagged(["object", 0, {**OBJECT, "class": 3}]),
        tagged(["object", 0, {**OBJECT, "signature": [["a", 9]]}]),
        tagged(["object", 0, {**OBJECT, "signature": [["a", 1], ["a", 1]]}]),
        tagged(["class", 0, {**OBJECT, "base": "functional"}]),
        tagged(["class", 0, {**OBJECT, "base": "__import__"}]),
        tagged(["module", 0, {}, STATE]),
        tagged(["module", 0, {0: {**MODULE, "base": "init"}}, STATE]),
        tagged(["module", 0, {0: {**MODULE, "children": {"a": 7}}}, STATE]),
        tagged(["module", 0, {0: {**MODULE, "observed": b"\xff"}}, STATE]),
        tagged(["module", 0, {0: MODULE}, b"\xff"]),
        tagged(["module", 0, {0: MODULE}, packed([1])]),
        tagged(["part", 0]),
        tagged(["grown", 0, packed(1.0)]),
        tagged(["named", "os", "system"]),
    ],
)
def test_an_introduction_that_makes_no_sense_is_a_wrong_answer(introduced: bytes) -> None:
    with pytest.raises(WrongAnswer, match="your answer returned "):
        answer_from(introduced, lambda asked: b"", "answer", "9.9.1")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\xff" * 50,
        tagged({"kind": 3}),
        tagged({"kind": "value", "changed": [["a", 0, b""]]}),
        written_said(Said(kind="value", value=b"")),
        written_said(Said(kind="value", value=tagged(["part", -1]))),
        written_said(Said(kind="value", value=tagged(["part", 99]))),
        written_said(Said(kind="value", value=packed(1), changed=[(99, 0, packed(1))])),
        written_said(Said(kind="value", value=packed(1), changed=[(-1, 0, STATE)])),
        written_said(Said(kind="value", value=packed(1), changed=[(1, 0, packed([1, 2, 3, 4]))])),
        written_said(Said(kind="value", value=packed(1), changed=[(1, 0, packed([torch.ones(1), 2.5, "slope"]))])),
        written_said(Said(kind="value", value=packed(1), changed=[(1, 1, packed({"a": 1}))])),
        written_said(Said(kind="value", value=packed(1), changed=[(1, 99, packed(1))])),
        written_said(Said(kind="missing")),
        written_said(Said(kind="sideways", value=tagged([[]]))),
    ],
)
def test_a_reply_that_makes_no_sense_is_a_wrong_answer(reply: bytes) -> None:
    answer = answer_from(Keeper(len).introduced(), lambda asked: reply, "answer", "9.9.1")
    with pytest.raises(WrongAnswer, match="your answer returned "):
        answer(torch.ones(1, requires_grad=True), [1])


def test_attributes_of_a_model_of_the_check_are_replaced_by_data_alone() -> None:
    model = Noting()
    model.register_buffer("kept", torch.zeros(1))
    forward = model.forward
    state = packed(
        {
            "parameters": {},
            "buffers": {},
            "training": {},
            "observed": {"": {"forward": 1, "_parameters": 2, "__class__": 3, "new": 4, "seen": [[5]]}},
        }
    )
    reply = written_said(Said(kind="value", value=packed(1), changed=[(1, 0, state)]))
    answer_from(Keeper(len).introduced(), lambda asked: reply, "answer", "9.9.1")(model)
    assert model.forward == forward
    assert model.seen == [[5]]
    assert not hasattr(model, "new")
    assert len(list(model.parameters())) == 2
