import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from looplab import Recipe
from looplab.errors import ChoiceError, RecipeError

GOOD: dict[str, Any] = {"optimizer": "sgd", "lr": 0.1, "steps": 10}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "negative lr": ({"lr": -0.1}, "lr: expected a finite number, at least 0, got -0.1. Common learning rates"),
    "NaN lr": ({"lr": float("nan")}, "lr: expected a finite number, at least 0, got nan"),
    "text lr": ({"lr": "0.1"}, "lr: expected a finite number, at least 0, got '0.1'"),
    "both": ({"epochs": 3}, "steps, epochs: expected exactly one of the two, got steps=10 and epochs=3"),
    "neither": ({"steps": None}, "steps, epochs: expected exactly one of the two, got neither"),
    "no steps": ({"steps": 0}, "steps: expected a whole number, at least 1, got 0"),
    "half a step": ({"steps": 1.5}, "steps: expected a whole number, at least 1, got 1.5"),
    "no batch": ({"batch_size": 0}, "batch_size: expected a whole number, at least 1, got 0. Leave batch_size out"),
    "decay": ({"weight_decay": -1}, "weight_decay: expected a finite number, at least 0, got -1"),
    "clip": ({"clip_norm": 0}, "clip_norm: expected a number above 0, got 0. Leave it out for no clipping."),
    "betas": ({"betas": (0.9, 1.0)}, "betas: expected two numbers, each at least 0 and below 1, got (0.9, 1.0)"),
    "momentum": ({"momentum": 1.0}, "momentum: expected a number at least 0 and below 1, got 1.0"),
    "adam's momentum": (
        {"optimizer": "adam", "momentum": 0.9},
        "momentum: expected none with adam, which has no such parameter, got 0.9",
    ),
    "endless lr": ({"lr": float("inf")}, "lr: expected a finite number, at least 0, got inf"),
    "endless decay": ({"weight_decay": float("inf")}, "weight_decay: expected a finite number, at least 0, got inf"),
    "large seed": ({"seed": 2**63}, "seed: expected a whole number from 0 to 2**63 - 1, got 9223372036854775808"),
    "nesterov": ({"nesterov": True}, "nesterov: expected optimizer='muon' or 'sgd' with a momentum above 0"),
    "seed": ({"seed": -1}, "seed: expected a whole number from 0 to 2**63 - 1, got -1"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_field_is_named(case: str) -> None:
    change, message = BAD[case]
    with pytest.raises(RecipeError, match=re.escape(message)):
        Recipe(**(GOOD | change))


@pytest.mark.parametrize(
    ("change", "nearest"),
    [({"optimizer": "adm"}, "adam"), ({"optimizer": "SGD"}, "sgd"), ({"schedule": "cosin"}, "cosine")],
)
def test_an_unknown_name_lists_the_choices(change: dict[str, str], nearest: str) -> None:
    with pytest.raises(ChoiceError, match=f"expected one of {nearest}, .*Did you mean '{nearest}'"):
        Recipe(**(GOOD | change))


@given(rows=st.integers(1, 500), batch_size=st.integers(1, 600), epochs=st.integers(1, 9))
def test_epochs_are_counted_in_steps(rows: int, batch_size: int, epochs: int) -> None:
    recipe = Recipe(optimizer="sgd", lr=0.1, epochs=epochs, batch_size=batch_size)
    assert recipe.total_steps(rows) == epochs * -(-rows // batch_size)
    assert Recipe(optimizer="sgd", lr=0.1, epochs=epochs).total_steps(rows) == epochs


NUMPY_FIELDS: dict[str, tuple[Any, Any]] = {
    "steps": (np.int64(7), 7),
    "batch_size": (np.int32(3), 3),
    "seed": (np.int64(0), 0),
    "lr": (np.float64(0.25), 0.25),
    "weight_decay": (np.float32(0.5), 0.5),
    "clip_norm": (np.int64(2), 2.0),
    "eps": (np.float64(0.0), 0.0),
    "momentum": (np.float64(0.5), 0.5),
    "betas": ((np.float64(0.5), np.float32(0.25)), (0.5, 0.25)),
    "nesterov": (np.bool_(False), False),
}


@pytest.mark.parametrize("field", NUMPY_FIELDS)
def test_numpy_s_numbers_become_python_s(field: str) -> None:
    given, meant = NUMPY_FIELDS[field]
    value = getattr(Recipe(**(GOOD | {field: given})), field)
    assert value == meant
    assert [type(each) for each in (value if isinstance(value, tuple) else (value,))] == [
        type(each) for each in (meant if isinstance(meant, tuple) else (meant,))
    ]


def test_a_recipe_keeps_the_numbers_that_are_python_s_already() -> None:
    recipe = Recipe(optimizer="sgd", lr=1, steps=10, seed=2**63 - 1)
    assert (recipe.lr, recipe.seed) == (1, 2**63 - 1)
    assert recipe == Recipe(optimizer="sgd", lr=1.0, steps=10, seed=2**63 - 1)
