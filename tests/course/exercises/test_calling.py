import copy
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab.course.exercises import WrongAnswer, call

X = torch.tensor([1.0, 2.0])


def said(answer: object, *arguments: object, **keywords: Any) -> str:
    with pytest.raises(WrongAnswer) as raised:
        call(answer, *(arguments or (X.clone(),)), **keywords)
    return str(raised.value)


def line_of(function: Callable[..., Any], offset: int) -> int:
    return function.__code__.co_firstlineno + offset


def test_returns_what_the_answer_returns() -> None:
    assert call(torch.add, X, X).tolist() == [2.0, 4.0]
    assert call(functools.partial(torch.add, X), other=X).tolist() == [2.0, 4.0]


def test_exception_names_the_learners_line() -> None:
    def swish(x: Tensor) -> Tensor:
        y = x * 1
        return y @ torch.ones(5)

    expected = f"your swish raised RuntimeError at line {line_of(swish, 2)} (`return y @ torch.ones(5)`): "
    assert said(swish).startswith(expected)


def test_line_is_the_learners_even_when_a_library_raises() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.linear(x, torch.ones(3, 3))

    assert "(`return nn.functional.linear(x, torch.ones(3, 3))`)" in said(Net())


def test_stub_is_recognized() -> None:
    def swish(x: Tensor) -> Tensor:
        raise NotImplementedError

    assert said(swish) == (
        "your swish is still the stub: write its body in place of the line that raises NotImplementedError."
    )


def test_a_library_that_lacks_something_is_not_the_stub() -> None:
    class Net(nn.Module):
        pass

    assert said(Net()).startswith("your Net raised NotImplementedError: Module [Net] is missing the required")


def test_nothing_returned() -> None:
    def swish(x: Tensor) -> None:
        x * 2

    assert said(swish) == "your swish returned nothing (None): is a return missing?"


def test_wrong_signature() -> None:
    def swish() -> Tensor:
        return X

    sentence = said(swish)
    assert sentence.startswith("your swish could not be called as the exercise says: ")
    assert sentence.endswith("takes 0 positional arguments but 1 was given. Compare its signature with the stub's.")


def test_result_handed_over_in_place_of_the_function() -> None:
    assert said(X) == (
        "your answer is a Tensor, expected something to call: "
        "hand over the function itself, its name without parentheses."
    )


def test_recursion_without_end() -> None:
    def swish(x: Tensor) -> Any:
        return swish(x)

    assert said(swish).startswith("your swish calls itself without end at line ")


def test_argument_changed_in_place_is_named_as_the_learner_names_it() -> None:
    def swish(z: Tensor) -> Tensor:
        return z.mul_(2)

    assert said(swish).startswith("z was changed in place.")


def test_keyword_argument_changed_in_place() -> None:
    def swish(x: Tensor, *, bias: Tensor) -> Tensor:
        bias += 1
        return x

    assert said(swish, X, bias=torch.zeros(1)).startswith("bias was changed in place.")


@pytest.mark.parametrize(
    ("value", "change", "told"),
    [
        ([3, 1, 2], "values.sort()", "values was changed in place. Make a new list instead: no values.append"),
        ([3, 1, 2], "values[0] = 5", "values was changed in place. Make a new list instead: no values.append"),
        ({"a": 1}, "values['b'] = 2", "values was changed in place. Make a new dictionary instead"),
        ({1, 2}, "values.add(3)", "values was changed in place. Make a new set instead"),
        (np.ones(3), "values[0] = 5", "values was changed in place. Make a new array instead: no values += …"),
        (
            [X.clone()],
            "values[0].mul_(2)",
            "values[0] was changed in place. Make a new tensor instead",
        ),
        ((X.clone(), X.clone()), "values[1].zero_()", "values[1] was changed in place. Make a new tensor instead"),
        ({"W": X.clone()}, "values['W'] += 1", "values['W'] was changed in place. Make a new tensor instead"),
        (X.clone(), "values.unsqueeze_(1)", "values was changed in place. Make a new tensor instead"),
        (X.clone(), "values.data = values.data.double()", "values was changed in place. Make a new tensor instead"),
        (torch.tensor([True, False]), "values.logical_not_()", "values was changed in place. Make a new tensor"),
        (torch.tensor([float("nan"), 1.0]), "values.zero_()", "values was changed in place. Make a new tensor"),
    ],
)
@pytest.mark.parametrize("then", ["return 1", "raise ValueError('after all')"])
def test_what_is_changed_in_place_is_named_and_put_back(value: Any, change: str, told: str, then: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"def answer(values):\n    {change}\n    {then}\n", namespace)
    before = copy.deepcopy(value)
    sentence = said(namespace["answer"], value)
    assert sentence.startswith(told) or (then.startswith("raise") and "raised ValueError" in sentence)
    assert repr(value) == repr(before)


def test_what_is_not_changed_is_not_told() -> None:
    values = [X, {"a": np.array([1, 2]), "b": (X, {3})}]
    values.append(values)
    assert call(lambda rows: len(rows), values) == 3
    assert call(lambda x: x.sum(), torch.tensor([float("nan"), 1.0])).isnan()


def test_in_place_work_is_allowed_where_it_is_the_task() -> None:
    def step(w: Tensor) -> None:
        w -= 1

    w = torch.ones(2)
    assert call(step, w, in_place=True) is None
    assert w.tolist() == [0.0, 0.0]


def test_long_messages_are_cut() -> None:
    def swish(x: Tensor) -> Tensor:
        raise ValueError("long " * 1000)

    assert len(said(swish)) < 500
    assert said(swish).endswith("…")


def test_error_that_cannot_be_shown() -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def swish(x: Tensor) -> Tensor:
        raise BrokenError

    assert "your swish raised BrokenError at line" in said(swish)


def test_lambda_has_no_name_to_call_it_by() -> None:
    assert said(lambda x: None) == "your answer returned nothing (None): is a return missing?"
