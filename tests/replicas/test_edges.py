"""Whatever an argument is: a result, or a sentence; and what surrounds a call changes nothing in it."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab import Recipe, linear, load, train
from looplab.errors import DivergenceError, LooplabError, ModelError, ReplicasError
from looplab.replicas import Runs
from looplab.sweeps import train_many

MOONS = load("moons")
RECIPE = Recipe(optimizer="adam", lr=0.02, steps=3, batch_size=150)
BACKENDS = ["fused", "vmapped", "loop"]
backends = pytest.mark.parametrize("backend", BACKENDS)


def small() -> nn.Module:
    return linear(2, 1)


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


ODD: dict[str, Any] = {
    "None": None,
    "NaN": math.nan,
    "infinity": math.inf,
    "-1": -1,
    "0": 0,
    "2": 2,
    "2.5": 2.5,
    "1e-300": 1e-300,
    "1e300": 1e300,
    "2**32": 2**32,
    "2**63": 2**63,
    "10**400": 10**400,
    "True": True,
    "text": "3",
    "no text": "",
    "bytes": b"3",
    "complex": 1j,
    "a fraction": Fraction(1, 3),
    "NumPy's int": np.int64(2),
    "NumPy's byte": np.uint8(2),
    "NumPy's float": np.float32(0.5),
    "NumPy's NaN": np.float64("nan"),
    "NumPy's truth": np.bool_(True),
    "no array": np.array(2),
    "an array": np.array([1, 2]),
    "an array of rows": np.ones((2, 2)),
    "a tensor": torch.tensor(2),
    "tensors": torch.tensor([1.0, 2.0]),
    "many": torch.zeros(1000),
    "a list": [1, 2],
    "an empty list": [],
    "a list of lists": [[1], [2]],
    "a list of None": [None],
    "a tuple": (0.5, 0.9),
    "a set": {1},
    "a dictionary": {"lr": [0.1]},
    "a dictionary of nothing": {"lr": None},
    "a dictionary of arrays": {"lr": np.array([0.1, 0.2])},
    "a dictionary of pairs": {"betas": np.array([[0.1, 0.2]])},
    "a dictionary by number": {1: [1]},
    "an object": object(),
    "a class": int,
    "a function": len,
    "a model": nn.Linear(2, 1),
    "unspeakable": Unspeakable(),
}

odd = pytest.mark.parametrize("name", ODD)


def succeeds_or_says_why(call: Callable[[], object]) -> None:
    said = "nothing"
    try:
        call()
    except LooplabError as error:
        said = str(error)
    assert said
    assert "\n" not in said
    assert len(said) < 1200


@odd
@pytest.mark.parametrize("field", [field.name for field in fields(Recipe)])
def test_any_value_of_a_recipe_is_taken_or_refused_and_what_is_taken_trains(field: str, name: str) -> None:
    if field in ("steps", "epochs") and name in ("2**32", "2**63", "10**400"):
        return  # taken, and longer than anyone waits
    given: dict[str, Any] = {"optimizer": "sgd", "lr": 0.1, "steps": 2, field: ODD[name]}
    if field == "epochs":
        given["steps"] = None

    def call() -> None:
        recipe = Recipe(**given)
        runs = [train_many(small, MOONS, recipe, seeds=1, backend=backend) for backend in ("vmapped", "loop")]
        assert torch.allclose(runs[0].train_loss, runs[1].train_loss, rtol=1e-4, equal_nan=True)

    succeeds_or_says_why(call)


@odd
@pytest.mark.parametrize(
    "argument",
    ["make_model", "dataset", "recipe", "seeds", "vary", "validation", "row_weights", "backend", "record_every",
     "threads"],
)  # fmt: skip
def test_any_argument_of_train_many_is_taken_or_refused(argument: str, name: str) -> None:
    given: dict[str, Any] = {"make_model": small, "dataset": MOONS, "recipe": RECIPE, "seeds": 2, "backend": "loop"}
    succeeds_or_says_why(lambda: train_many(**{**given, argument: ODD[name]}))


@odd
@pytest.mark.parametrize("argument", ["make_model", "dataset", "recipe", "validation", "row_weights", "record_every"])
def test_any_argument_of_train_is_taken_or_refused(argument: str, name: str) -> None:
    given: dict[str, Any] = {"make_model": small, "dataset": MOONS, "recipe": RECIPE}
    succeeds_or_says_why(lambda: train(**{**given, argument: ODD[name]}))


@odd
@pytest.mark.parametrize("field", ["lr", "weight_decay", "momentum", "betas", "eps", "clip_norm", "batch_size"])
def test_any_varied_value_is_taken_or_refused(field: str, name: str) -> None:
    recipe = Recipe(optimizer="adam" if field in ("betas", "eps") else "sgd", lr=0.1, steps=2)
    for values in (ODD[name], [ODD[name]], [ODD[name], ODD[name]]):
        given: dict[str, Any] = {"seeds": 1, "vary": {field: values}, "backend": "vmapped"}
        succeeds_or_says_why(partial(train_many, small, MOONS, recipe, **given))


@odd
def test_any_result_of_make_model_is_trained_or_refused(name: str) -> None:
    for backend in ("auto", "loop"):
        given: dict[str, Any] = {"seeds": 2, "backend": backend}
        succeeds_or_says_why(partial(train_many, lambda: ODD[name], MOONS, RECIPE, **given))


@odd
def test_any_replica_and_any_inputs_are_answered_or_refused(name: str) -> None:
    runs = train_many(small, MOONS, RECIPE, seeds=3, backend="loop")
    succeeds_or_says_why(lambda: runs.model(ODD[name]))
    succeeds_or_says_why(lambda: runs.predict(ODD[name]))


def test_numbers_of_numpy_are_python_s() -> None:
    fields_given: dict[str, Any] = {
        "lr": np.float64(0.1), "steps": np.int32(3), "batch_size": np.uint8(50), "momentum": np.float64(0.5),
        "nesterov": np.bool_(True), "clip_norm": np.float64(2.0), "weight_decay": np.int64(0), "seed": np.int64(4),
    }  # fmt: skip
    given = Recipe(optimizer="sgd", **fields_given)
    plain = Recipe(
        optimizer="sgd",
        lr=0.1,
        steps=3,
        batch_size=50,
        momentum=0.5,
        nesterov=True,
        clip_norm=2.0,
        weight_decay=0,
        seed=4,
    )
    assert given == plain
    assert repr(given) == repr(replace(plain, weight_decay=given.weight_decay))
    numbers: dict[str, Any] = {"seeds": np.int64(2), "record_every": np.int8(3), "threads": np.int64(1)}
    runs = train_many(small, MOONS, plain, **numbers, backend="loop")
    assert runs.train_loss.shape == (2, 1)


# --- seeds and batches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeds", [[0, 2**32], [2**40 + 7, 1, 7], range(1, 2**33, 2**32)])
def test_seeds_that_torch_takes_for_one_are_refused(seeds: Any) -> None:
    with pytest.raises(ReplicasError, match=r"seeds: expected seeds that differ in their lowest 32 bits.*the same run"):
        train_many(small, MOONS, RECIPE, seeds=seeds)


def test_that_is_what_torch_does() -> None:
    first, second = (torch.Generator().manual_seed(seed) for seed in (7, 7 + 2**32))
    assert torch.equal(torch.rand(5, generator=first), torch.rand(5, generator=second))
    first.manual_seed(7)
    assert torch.equal(torch.randperm(9, generator=first), torch.randperm(9, generator=second.manual_seed(7 + 2**40)))


@backends
@pytest.mark.parametrize("batch_size", [200, 201, 10**6, 2**63, 10**400])
def test_a_batch_larger_than_the_data_is_all_rows_shuffled(backend: Any, batch_size: int) -> None:
    recipe = replace(RECIPE, batch_size=batch_size)
    assert_as_train(small, recipe, backend)


def assert_as_train(make_model: Callable[[], nn.Module], recipe: Recipe, backend: Any, **options: Any) -> Runs:
    runs = train_many(make_model, MOONS, recipe, seeds=2, backend=backend, **options)
    for seed in range(2):
        run = train(make_model, MOONS, replace(recipe, seed=seed), **options)
        torch.testing.assert_close(runs.train_loss[seed], run.train_loss, rtol=1e-5, atol=1e-6)
        theirs = nn.utils.parameters_to_vector(run.model.parameters()).detach()
        torch.testing.assert_close(runs.parameters[seed], theirs, rtol=1e-4, atol=1e-5)
    return runs


def test_many_varied_values_are_looked_at_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rate(float):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Rate.compared += 1
            return float(self) == other

        __hash__ = float.__hash__

    rates = [Rate(0.1 / (1 + index)) for index in range(2000)]
    train_many(small, MOONS, Recipe(optimizer="sgd", lr=0.1, steps=1), seeds=1, vary={"lr": rates}, backend="vmapped")
    assert Rate.compared < 20_000  # each with each would be two million


@backends
def test_weights_that_float32_cannot_hold_are_refused_and_others_are_as_in_train(backend: Any) -> None:
    weights = torch.rand(200, dtype=torch.float64) + 0.1
    assert_as_train(small, RECIPE, backend, row_weights=weights)
    weights[:20] = 1e-60
    for call in (train, lambda *given, **more: train_many(*given, seeds=1, backend=backend, **more)):
        with pytest.raises(LooplabError, match=r"row_weights: expected each 0 or between 1e-30 and 1e\+30"):
            call(small, MOONS, RECIPE, row_weights=weights)


# --- the last update -------------------------------------------------------------------------------------------------


@backends
def test_an_update_that_overflows_after_the_last_loss_marks_the_replica(backend: Any) -> None:
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=1)

    def large() -> nn.Module:
        model = nn.Linear(2, 1)
        nn.init.constant_(model.bias, 1.0)
        return model

    runs = train_many(large, MOONS, recipe, seeds=2, vary={"lr": [0.1, 3e38], "weight_decay": [1e9]}, backend=backend)
    assert runs.failed.tolist() == [False, False, True, True]
    assert torch.isfinite(runs.train_loss).all()
    with pytest.raises(DivergenceError, match=r"the parameter \w+ after the update of step 0"):
        train(large, MOONS, replace(recipe, lr=3e38, weight_decay=1e9))


# --- what surrounds a call -------------------------------------------------------------------------------------------


@contextmanager
def default_double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


SURROUNDINGS: dict[str, Callable[[], Any]] = {
    "no gradients": torch.no_grad,
    "inference": torch.inference_mode,
    "double by default": default_double,
}


def single() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4, dtype=torch.float32), nn.ReLU(), nn.Linear(4, 1, dtype=torch.float32))


def dropping() -> nn.Module:
    first, relu, last = single().children()
    return nn.Sequential(first, nn.RMSNorm(4, dtype=torch.float32), relu, nn.Dropout(0.2), last)


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
@pytest.mark.parametrize("backend", [*BACKENDS, "auto"])
def test_surroundings_change_nothing(backend: Any, surroundings: str) -> None:
    for make_model in (single, dropping) if backend != "fused" else (single,):
        weights = torch.arange(200) % 3.0
        outside = train_many(make_model, MOONS, RECIPE, seeds=2, validation=MOONS, row_weights=weights, backend=backend)
        with SURROUNDINGS[surroundings]():
            inside = train_many(
                make_model, MOONS, RECIPE, seeds=2, validation=MOONS, row_weights=weights, backend=backend
            )
            predicted = inside.predict(MOONS.inputs)
        assert torch.equal(inside.parameters, outside.parameters)
        assert torch.equal(inside.train_loss, outside.train_loss)
        assert inside.validation_loss is not None
        assert outside.validation_loss is not None
        assert torch.equal(inside.validation_loss, outside.validation_loss)
        assert torch.equal(predicted, outside.predict(MOONS.inputs))
        assert inside.parameters.dtype == inside.train_loss.dtype == torch.float32


def test_a_model_of_doubles_is_refused_alike() -> None:
    with default_double():
        for call in (train, lambda *given: train_many(*given, seeds=2)):
            with pytest.raises(ModelError, match=r"expected float32, as the data, got float64\. Call \.float\(\)"):
                call(small, MOONS, RECIPE)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("place", ["cuda", "cuda:3", "mps", "xpu"])
def test_a_gpu_that_is_not_there_is_a_sentence(place: str) -> None:
    for call in (
        train,
        lambda *given: train_many(*given, seeds=2),
        lambda *given: train_many(*given, seeds=2, backend="loop"),
    ):
        with pytest.raises(ModelError, match=r"make_model: expected a function.*, got \w+: "):
            call(lambda: small().to(place), MOONS, RECIPE)


@pytest.mark.parametrize("make_model", [single, dropping])
def test_train_in_several_threads_is_train(make_model: Callable[[], nn.Module]) -> None:
    torch.manual_seed(7)
    state, alone = torch.get_rng_state(), train(make_model, MOONS, RECIPE).train_loss
    losses: list[Tensor] = []
    threads = [
        threading.Thread(target=lambda: losses.append(train(make_model, MOONS, RECIPE).train_loss)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(losses) == 4
    assert all(torch.equal(loss, alone) for loss in losses)
    assert torch.equal(torch.get_rng_state(), state)
