"""Trains the same recipes with the fused backend and with `train`, and builds small random problems."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import nn

from looplab.data import Dataset, Task
from looplab.loop import Recipe, train
from looplab.loop.recording import Recording
from looplab.replicas.call import Call, Index
from looplab.replicas.fused import run_fused, workers
from looplab.replicas.plan import Floats, Network, Trained, describe_network


@pytest.fixture(autouse=True)
def threads_for_small_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The calls of these tests are small, and most are about what threads do."""
    monkeypatch.setattr(workers, "_SOON_DONE", 0)


def random_dataset(task: str, rows: int, features: int, outputs: int = 1, seed: int = 1) -> Dataset:
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(rows, features, generator=generator)
    targets = {
        "regression": torch.randn(rows, outputs, generator=generator),
        "binary": torch.randint(0, 2, (rows, 1), generator=generator).float(),
        "multiclass": torch.randint(0, outputs, (rows,), generator=generator),
    }[task]
    names = tuple(f"t{i}" for i in range(2 if task == "binary" else outputs))
    return Dataset(
        name="random",
        inputs=inputs,
        targets=targets,
        task=cast(Task, task),
        feature_names=tuple(f"x{i}" for i in range(features)),
        target_names=names,
    )


def call_of(
    recipes: Sequence[Recipe], dataset: Dataset, validation: Dataset | None = None, record_every: int = 1,
    row_weights: Floats | None = None, weighting: Sequence[int] | None = None,
) -> Call:  # fmt: skip
    """A call with one replica for each recipe, with that recipe's seed and with the weighting that is chosen for it."""
    each, weights = np.arange(len(recipes)), np.array(weighting or [0] * len(recipes))
    return Call(
        make_model=lambda: nn.Identity(),  # not asked for: the initial parameters are given
        dataset=dataset,
        seeds=[recipe.seed for recipe in recipes],
        recipes=tuple(recipes),
        varied=(),
        weights=None if row_weights is None else torch.from_numpy(row_weights)[:, None],
        folds_named=False,
        steps=recipes[0].total_steps(len(dataset)),
        recording=Recording(validation, record_every),
        index=Index(seed=each, recipe=each, fold=weights, weighting=weights),
    )


def initial(make_model: Callable[[], nn.Module], seeds: Sequence[int]) -> tuple[Network, Floats]:
    rows = []
    for seed in seeds:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = make_model()
        rows.append(flat(model))
    network = describe_network(model)
    assert isinstance(network, Network), network
    return network, np.stack(rows)


def flat(model: nn.Module) -> Floats:
    return np.asarray(torch.cat([p.detach().reshape(-1) for p in model.parameters()]).numpy(), np.float32)


def run(
    make_model: Callable[[], nn.Module], dataset: Dataset, recipes: Sequence[Recipe], validation: Dataset | None = None,
    record_every: int = 1, threads: int | None = 1, **more: Any,
) -> Trained:  # fmt: skip
    network, parameters = initial(make_model, [recipe.seed for recipe in recipes])
    return run_fused(network, call_of(recipes, dataset, validation, record_every, **more), parameters, threads=threads)


def assert_trains_alike(
    make_model: Callable[[], nn.Module], dataset: Dataset, recipe: Recipe, validation: Dataset | None = None,
    record_every: int = 1, weights: Floats | None = None,
) -> None:  # fmt: skip
    expected = train(
        make_model, dataset, recipe, validation=validation, record_every=record_every,
        row_weights=None if weights is None else torch.from_numpy(weights),
    )  # fmt: skip
    more: dict[str, Any] = {} if weights is None else {"row_weights": weights[None]}
    got = run(make_model, dataset, [recipe], validation, record_every, **more)
    parameters = flat(expected.model)
    np.testing.assert_allclose(got.parameters[0], parameters, rtol=1e-5, atol=1e-5 * np.abs(parameters).max())
    np.testing.assert_allclose(got.train_loss[0], expected.train_loss.numpy(), rtol=1e-5, atol=1e-6)
    assert not got.failed[0]
    if validation is None:
        assert got.validation_loss is None
    else:
        assert got.validation_loss is not None
        assert expected.validation_loss is not None
        np.testing.assert_allclose(got.validation_loss[0], expected.validation_loss.numpy(), rtol=1e-5, atol=1e-6)


class Fused:
    """The functions above, for tests."""

    dataset = staticmethod(random_dataset)
    call = staticmethod(call_of)
    initial = staticmethod(initial)
    run = staticmethod(run)
    assert_trains_alike = staticmethod(assert_trains_alike)


@pytest.fixture(scope="session")
def fused() -> type[Fused]:
    return Fused
