"""The law of `train_many`: replica r with seed s is the run that `train` gives with seed s, in every backend."""

import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor, nn

from looplab import Dataset, Recipe, load, mlp, train
from looplab.data import Task
from looplab.errors import DivergenceError
from looplab.loop.schedules import SCHEDULES
from looplab.models import ACTIVATIONS
from looplab.replicas import Runs
from looplab.sweeps import train_many

BACKENDS = ["fused", "vmapped"]
SEEDS = (3, 0, 11)
backends = pytest.mark.parametrize("backend", BACKENDS)
dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])


def flat(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def moons_mlp() -> nn.Module:
    return mlp(2, [8], 1)


def table(inputs: Tensor, targets: Tensor, task: Task = "regression", classes: int = 0) -> Dataset:
    outputs = classes if task == "multiclass" else 2 if task == "binary" else targets.shape[1]
    return Dataset(
        name="drawn",
        inputs=inputs,
        targets=targets,
        task=task,
        feature_names=tuple(f"x{i}" for i in range(inputs.shape[1])),
        target_names=tuple(f"y{i}" for i in range(outputs)),
    )


# --- to the bit ------------------------------------------------------------------------------------------------------


@backends
@dtypes
def test_initial_parameters_are_those_of_train_to_the_bit(backend: Any, dtype: torch.dtype) -> None:
    standstill = Recipe(optimizer="sgd", lr=0.0, steps=1)

    def make_model() -> nn.Module:
        return mlp(2, [7, 5], 1).to(dtype)

    runs = train_many(make_model, load("moons").to(dtype), standstill, seeds=SEEDS, backend=backend)
    assert runs.parameters.dtype == runs.train_loss.dtype == dtype
    for replica, seed in enumerate(SEEDS):
        run = train(make_model, load("moons").to(dtype), replace(standstill, seed=seed))
        assert torch.equal(runs.parameters[replica], flat(run.model))


@backends
@dtypes
@pytest.mark.parametrize("weighted", [False, True])
def test_batch_order_is_that_of_train_to_the_bit(backend: Any, dtype: torch.dtype, weighted: bool) -> None:
    """Row i adds 4ⁱ to the sum of squared errors, so that the sum says which rows came."""

    def zero() -> nn.Module:
        model = nn.Linear(1, 1, dtype=dtype)
        nn.init.zeros_(model.weight)
        nn.init.zeros_(model.bias)
        return model

    dataset = table(torch.ones(11, 1), 2.0 ** torch.arange(11)[:, None]).to(dtype)
    weights = (torch.arange(11) % 5 > 0).float() if weighted else None
    recipe = Recipe(optimizer="sgd", lr=0.0, steps=20, batch_size=4)
    runs = train_many(zero, dataset, recipe, seeds=SEEDS, row_weights=weights, backend=backend)
    rows = 8 if weighted else 11
    lengths = torch.tensor([min(4, rows - start) for start in range(0, rows, 4)]).repeat(10)[:20]
    for replica, seed in enumerate(SEEDS):
        run = train(zero, dataset, replace(recipe, seed=seed), row_weights=weights)
        sums = (runs.train_loss[replica] * lengths).round()
        assert torch.equal(sums, (run.train_loss * lengths).round())
        assert len(sums.unique()) > 10  # so that orders differ from step to step


# --- to rounding -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A drawn training."""

    widths: tuple[int, ...]
    activation: str
    dataset: Dataset
    recipe: Recipe
    weights: Tensor | None

    def make_model(self) -> nn.Module:
        return mlp(self.dataset.features, self.widths, self.dataset.outputs, self.activation).to(self.dataset.dtype)

    def to(self, dtype: torch.dtype) -> "Case":
        return replace(self, dataset=self.dataset.to(dtype))


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    rows, features = draw(st.integers(4, 40)), draw(st.integers(1, 6))
    outputs, task = draw(st.integers(1, 4)), draw(st.sampled_from(["regression", "binary", "multiclass"]))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 999)))
    inputs = torch.randn(rows, features, generator=generator)
    if task == "regression":
        return table(inputs, torch.randn(rows, outputs, generator=generator))
    if task == "binary":
        return table(inputs, torch.randint(2, (rows, 1), generator=generator).float(), "binary")
    return table(inputs, torch.randint(outputs + 1, (rows,), generator=generator), "multiclass", classes=outputs + 1)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    optimizer = draw(st.sampled_from(["sgd", "adam", "adamw", "rmsprop", "adagrad"]))
    momentum = draw(st.sampled_from([0.0, 0.5, 0.9])) if optimizer in ("sgd", "rmsprop") else 0.0
    return Recipe(
        optimizer=optimizer,
        lr=draw(st.sampled_from([0.001, 0.01, 0.05])),
        steps=50,
        batch_size=draw(st.sampled_from([None, 1, 3, 8, 16, 64])),
        momentum=momentum,
        nesterov=optimizer == "sgd" and momentum > 0 and draw(st.booleans()),
        betas=draw(st.sampled_from([(0.9, 0.999), (0.5, 0.9), (0.0, 0.99)])),
        eps=draw(st.sampled_from([None, 1e-6, 1e-3])),
        weight_decay=draw(st.sampled_from([None, 0.0, 0.01, 0.1])),
        clip_norm=draw(st.sampled_from([None, 0.1, 1.0])),
        schedule=draw(st.sampled_from([name for name in SCHEDULES if not SCHEDULES[name].why_not_stacked({})])),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    dataset = draw(datasets())
    weights = None
    if draw(st.booleans()):
        values = st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=len(dataset), max_size=len(dataset))
        weights = torch.tensor(draw(values.filter(any)))
    return Case(
        widths=tuple(draw(st.lists(st.integers(1, 17), max_size=3))),
        activation=draw(st.sampled_from(sorted(ACTIVATIONS))),
        dataset=dataset,
        recipe=draw(recipes()),
        weights=weights,
    )


def distance(first: Tensor, second: Tensor) -> float:
    """How far apart two flat sets of parameters are, relative to their norm."""
    return float((first - second).norm() / second.norm())


def rounding_growth(case: Case, seed: int, reference: Tensor, draws: int = 5) -> float:
    """How far `train` itself ends from where it ended, when its initial parameters move by a last place.

    A ReLU unit next to its kink, or Adam where a gradient is nearly 0, makes a last bit grow by orders of magnitude; no
    arithmetic in float32 can then be within 1e-5 of another.
    """
    last_place = torch.finfo(case.dataset.dtype).eps

    def nudged(generator: torch.Generator) -> nn.Module:
        model = case.make_model()
        with torch.no_grad():
            for parameter in model.parameters():
                signs = torch.randint(2, parameter.shape, generator=generator) * 2.0 - 1
                parameter.mul_(1 + signs.to(parameter.dtype) * last_place)
        return model

    recipe, ends = replace(case.recipe, seed=seed), []
    for draw in range(draws):
        generator = torch.Generator().manual_seed(draw)
        ends.append(flat(train(lambda: nudged(generator), case.dataset, recipe, row_weights=case.weights).model))  # noqa: B023  # used at once
    return max(distance(end, reference) for end in ends)


LIMITS = {torch.float32: 1e-5, torch.float64: 2e-14}  # about 84 last places each


@backends
@dtypes
@given(case=cases())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_after_50_steps_parameters_are_those_of_train_to_rounding(backend: Any, dtype: torch.dtype, case: Case) -> None:
    """Within 1e-5 of the norm; or, where `train` magnifies its own last bits to more, within ten times that."""
    case = case.to(dtype)
    runs = train_many(
        case.make_model, case.dataset, case.recipe, seeds=SEEDS[:2], row_weights=case.weights, backend=backend
    )
    for replica, seed in enumerate(SEEDS[:2]):
        run = train(case.make_model, case.dataset, replace(case.recipe, seed=seed), row_weights=case.weights)
        difference = distance(runs.parameters[replica], flat(run.model))
        if difference > LIMITS[dtype]:
            assert difference < 10 * rounding_growth(case, seed, flat(run.model))
        assert not runs.failed[replica]


# --- in distribution -------------------------------------------------------------------------------------------------

MOONS_RECIPE = Recipe(optimizer="adam", lr=0.05, steps=60)


@pytest.fixture(scope="module")
def losses_of_train() -> np.ndarray:
    moons = load("moons")
    runs = (train(moons_mlp, moons, replace(MOONS_RECIPE, seed=seed)) for seed in range(256))
    return np.array([run.train_loss[-1].item() for run in runs])


@backends
def test_final_losses_of_256_seeds_are_distributed_as_those_of_train(backend: Any, losses_of_train: np.ndarray) -> None:
    moons = load("moons")
    same = train_many(moons_mlp, moons, MOONS_RECIPE, seeds=range(1000, 1256), backend=backend)
    slower = train_many(moons_mlp, moons, replace(MOONS_RECIPE, lr=0.03), seeds=range(1000, 1256), backend=backend)
    assert stats.ks_2samp(same.train_loss[:, -1].numpy(), losses_of_train).pvalue > 0.01
    assert stats.ks_2samp(slower.train_loss[:, -1].numpy(), losses_of_train).pvalue < 0.01  # the test can tell


# --- replicas do not depend on each other ----------------------------------------------------------------------------

BATCHED = Recipe(optimizer="adam", lr=0.01, steps=40, batch_size=32)


def assert_same_bits(first: Runs, second: Runs) -> None:
    assert torch.equal(first.parameters, second.parameters)
    assert torch.equal(first.train_loss, second.train_loss)


@backends
def test_permuting_seeds_permutes_results(backend: Any) -> None:
    order = torch.randperm(24, generator=torch.Generator().manual_seed(0))
    straight = train_many(moons_mlp, load("moons"), BATCHED, seeds=range(24), backend=backend)
    permuted = train_many(moons_mlp, load("moons"), BATCHED, seeds=order.tolist(), backend=backend)
    assert torch.equal(permuted.parameters, straight.parameters[order])
    assert torch.equal(permuted.train_loss, straight.train_loss[order])


@backends
@dtypes
def test_a_diverging_replica_is_marked_and_changes_no_bit_of_its_neighbours(backend: Any, dtype: torch.dtype) -> None:
    recipe = Recipe(optimizer="sgd", lr=0.01, steps=40, batch_size=32)
    sine = load("sine").to(dtype)

    def make_model() -> nn.Module:
        return mlp(1, [10], 1).to(dtype)

    calm = train_many(make_model, sine, recipe, seeds=9, vary={"lr": [0.01, 0.02]}, backend=backend)
    wild = train_many(make_model, sine, recipe, seeds=9, vary={"lr": [0.01, 1e9]}, backend=backend)
    assert torch.equal(wild.parameters[:9], calm.parameters[:9])
    assert torch.equal(wild.train_loss[:9], calm.train_loss[:9])
    assert wild.failed.tolist() == [False] * 9 + [True] * 9
    with pytest.raises(DivergenceError) as error:
        train(make_model, sine, replace(recipe, lr=1e9))
    assert torch.isfinite(wild.train_loss[9]).tolist() == [step < error.value.step for step in range(40)]
    assert torch.isfinite(wild.parameters).all()


@backends
def test_two_threads_at_once_get_what_one_gets(backend: Any) -> None:
    moons, seeds = load("moons"), [range(20), range(100, 120)]
    alone = [train_many(moons_mlp, moons, BATCHED, seeds=some, backend=backend) for some in seeds]
    together: dict[int, Runs] = {}

    def work(index: int) -> None:
        together[index] = train_many(moons_mlp, moons, BATCHED, seeds=seeds[index], backend=backend)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index in range(2):
        assert_same_bits(together[index], alone[index])


@backends
def test_results_do_not_depend_on_the_number_of_threads(backend: Any) -> None:
    before = torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            own = threads if backend == "fused" else None
            results.append(train_many(moons_mlp, load("moons"), BATCHED, seeds=40, backend=backend, threads=own))
    finally:
        torch.set_num_threads(before)
    assert_same_bits(results[0], results[1])
    assert_same_bits(results[0], results[2])


@backends
def test_the_callers_random_state_is_left_as_it_was(backend: Any) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_many(moons_mlp, load("moons"), replace(BATCHED, steps=2), seeds=3, backend=backend)
    assert torch.equal(torch.rand(3), expected)
