"""The arguments of `train_many`: what is crossed with what, and what is refused with which words."""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab import Dataset, Recipe, linear, load, mlp, train
from looplab.errors import ChoiceError, DataError, LooplabError, ModelError, RecipeError, ReplicasError
from looplab.loop import ProgressBar
from looplab.sweeps import many, train_many

MOONS = load("moons")
RECIPE = Recipe(optimizer="sgd", lr=0.1, steps=3)


def small() -> nn.Module:
    return linear(2, 1)


def normalized() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.RMSNorm(4), nn.Linear(4, 1))


def flat(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


# --- what is crossed with what ---------------------------------------------------------------------------------------


def test_seeds_vary_fastest_then_the_last_field_then_the_folds() -> None:
    folds = torch.ones(2, 200)
    vary = {"lr": [0.1, 0.2], "momentum": [0.0, 0.9]}
    table = train_many(small, MOONS, RECIPE, seeds=[7, 5], vary=vary, row_weights=folds, backend="vmapped").table()
    assert table["seed"].tolist() == [7, 5] * 8
    assert table["momentum"].tolist() == [0.0, 0.0, 0.9, 0.9] * 4
    assert table["lr"].tolist() == ([0.1] * 4 + [0.2] * 4) * 2
    assert table["fold"].tolist() == [0] * 8 + [1] * 8


@pytest.mark.parametrize(
    ("field", "values", "extra"),
    [
        ("lr", [0.01, 0.3], {}),
        ("weight_decay", [None, 0.1], {}),
        ("momentum", [0.0, 0.9], {}),
        ("betas", [(0.9, 0.999), [0.5, 0.9]], {"optimizer": "adam"}),
        ("eps", [None, 0.1], {"optimizer": "adam"}),
        ("clip_norm", [None, 0.01], {}),
        ("batch_size", [None, 16, 7], {}),
    ],
)
def test_each_field_that_varies_is_what_train_does_with_it(
    field: str, values: list[Any], extra: dict[str, Any]
) -> None:
    recipe = replace(RECIPE, steps=20, **extra)
    runs = train_many(small, MOONS, recipe, seeds=[4], vary={field: values}, backend="vmapped")
    for replica, value in enumerate(values):
        chosen: dict[str, Any] = {"seed": 4, field: tuple(value) if isinstance(value, list) else value}
        run = train(small, MOONS, replace(recipe, **chosen))
        assert torch.allclose(runs.parameters[replica], flat(run.model), rtol=1e-5, atol=1e-6)
        assert torch.allclose(runs.train_loss[replica], run.train_loss, rtol=1e-5)


@pytest.mark.parametrize("per_seed", [False, True])
def test_folds_and_bootstraps_are_replicas_of_one_call(per_seed: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.randint(3, (3, 2, 200) if per_seed else (3, 200), generator=generator).float()
    recipe = replace(RECIPE, steps=15, batch_size=16)
    runs = train_many(small, MOONS, recipe, seeds=2, row_weights=weights, backend="vmapped")
    assert len(runs) == 6
    for replica, (fold, seed) in enumerate((fold, seed) for fold in range(3) for seed in range(2)):
        chosen = weights[fold, seed] if per_seed else weights[fold]
        run = train(small, MOONS, replace(recipe, seed=seed), row_weights=chosen)
        assert torch.allclose(runs.parameters[replica], flat(run.model), rtol=1e-5, atol=1e-6)


def test_a_number_of_seeds_means_so_many_from_0() -> None:
    assert train_many(small, MOONS, RECIPE, seeds=3, backend="vmapped").columns["seed"] == [0, 1, 2]


def test_make_model_is_called_once_a_seed_however_many_fields_vary() -> None:
    calls = []

    def counted() -> nn.Module:
        calls.append(1)
        return linear(2, 1)

    train_many(counted, MOONS, RECIPE, seeds=5, vary={"lr": [0.1, 0.2, 0.3]}, backend="vmapped")
    assert len(calls) == 5


@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_a_model_may_be_the_same_object_with_new_values(backend: Any) -> None:
    model = linear(2, 1)

    def again() -> nn.Module:
        model.reset_parameters()
        return model

    runs = train_many(again, MOONS, RECIPE, seeds=5, backend=backend)
    assert torch.equal(runs.parameters, train_many(again, MOONS, RECIPE, seeds=5, backend=backend).parameters)
    for replica in range(5):
        run = train(small, MOONS, replace(RECIPE, seed=replica))
        assert torch.allclose(runs.parameters[replica], flat(run.model), rtol=1e-5, atol=1e-6)


def test_losses_are_recorded_every_so_many_steps_and_validation_after_the_update() -> None:
    first, second = MOONS.split(0.5, seed=0)
    recipe = replace(RECIPE, steps=10)
    runs = train_many(small, first, recipe, seeds=2, validation=second, record_every=3, backend="vmapped")
    run = train(small, first, replace(recipe, seed=1), validation=second, record_every=3)
    assert runs.train_loss.shape == (2, 3)
    assert runs.validation_loss is not None
    assert run.validation_loss is not None
    assert torch.allclose(runs.train_loss[1], run.train_loss)
    assert torch.allclose(runs.validation_loss[1], run.validation_loss)


# --- which backend ---------------------------------------------------------------------------------------------------


def test_auto_takes_vmapped_where_there_is_no_fused_plan_and_says_why() -> None:
    runs = train_many(normalized, MOONS, RECIPE, seeds=2)
    assert str(runs.backend) == "vmapped: no fused plan, because layer 1 is a RMSNorm"


def test_a_backend_that_was_asked_for_says_so() -> None:
    runs = train_many(small, MOONS, RECIPE, seeds=2, backend="vmapped")
    assert str(runs.backend) == "vmapped: as asked for"


def test_fused_refuses_what_it_cannot_train() -> None:
    with pytest.raises(ModelError, match=r"backend='fused': .* got layer 1 is a RMSNorm\. backend='auto' trains it"):
        train_many(normalized, MOONS, RECIPE, seeds=2, backend="fused")


# --- what is refused -------------------------------------------------------------------------------------------------


def frozen_and_double() -> nn.Module:
    return nn.Linear(2, 1).double()


def batch_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4, momentum=None), nn.Linear(4, 1))


class Noisy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.layer(inputs + torch.randn_like(inputs))
        return outputs


def frozen() -> nn.Module:
    return nn.Linear(2, 1).requires_grad_(False)


def growing() -> nn.Module:
    return mlp(2, [int(torch.randint(1, 100, ()))], 1)


def forgetful() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.Dropout(float(torch.rand(()))), nn.Linear(4, 1))


def mistaken() -> nn.Module:
    model = nn.Linear(2, 1)
    model.weight = nn.Parameter(torch.ones(1, 3))
    return model


@pytest.mark.parametrize(
    ("make_model", "message"),
    [
        (linear(2, 1), r"make_model: expected a function without arguments .* got a Linear\. Write lambda"),
        (lambda: 3, r"make_model: expected a function that returns an nn.Module, got a whole number \(int\)"),
        (nn.ReLU, r"make_model: expected a model with parameters to train, got ReLU\(\) without any"),
        (lambda: nn.LazyLinear(1), r"parameter weight of the model: .* got a lazy one\. Use nn.Linear"),
        (frozen_and_double, r"parameter weight of the model: expected float32, as the data, got float64"),
        (frozen, r"parameters of the model: expected at least one that the loss depends on, got none"),
        (
            lambda: linear(3, 1),
            r"the model on 'moons': expected one that takes inputs of shape \(200, 2\), got Runtime",
        ),
        (lambda: linear(2, 2), r"outputs of the model on 'moons' \(binary\): expected shape \(200, 1\)"),
        (growing, r"make_model: expected the same architecture for every seed, got Sequential"),
        (forgetful, r"make_model: expected the same architecture for every seed, got Sequential.*Dropout\(p=0\.\d+"),
        (mistaken, r"the model on 'moons': expected one that takes inputs of shape \(200, 2\), got Runtime"),
    ],
)
@pytest.mark.parametrize("backend", ["auto", "loop"])
def test_models_that_cannot_be_trained_are_refused(
    backend: Any, make_model: Callable[[], nn.Module], message: str
) -> None:
    with pytest.raises(LooplabError, match=message):
        train_many(make_model, MOONS, RECIPE, seeds=4, backend=backend)


@pytest.mark.parametrize(
    ("make_model", "message", "instead"),
    [
        (batch_norm, r"because a training step changes the buffer 1\.running_mean, as batch norm does", "fused"),
        (Noisy, r"because it draws random numbers other than dropout's", "loop"),
    ],
)
def test_models_whose_replicas_cannot_train_together_are_refused_by_vmapped_alone(
    make_model: Callable[[], nn.Module], message: str, instead: str
) -> None:
    with pytest.raises(LooplabError, match=message):
        train_many(make_model, MOONS, RECIPE, seeds=4, backend="vmapped")
    assert train_many(make_model, MOONS, RECIPE, seeds=4).backend.name == instead


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"seeds": []}, ReplicasError, r"seeds: expected at least one, got \[\]"),
        ({"seeds": 0}, ReplicasError, r"seeds: expected at least one, got 0\. seeds=256 means seeds 0 to 255"),
        ({"seeds": [1, 2, 1]}, ReplicasError, r"seeds: expected each seed once, got 1 several times"),
        ({"seeds": [0, -1]}, ReplicasError, r"seeds\[1\]: expected a whole number from 0 to 2\*\*63 - 1, got -1"),
        ({"seeds": range(-1, 3)}, ReplicasError, r"seeds\[0\]: .* got -1"),
        ({"seeds": [0.5]}, ReplicasError, r"seeds\[0\]: .* got 0\.5"),
        ({"seeds": True}, ReplicasError, r"seeds: expected whole numbers, or how many, got True"),
        ({"vary": {"rate": [1]}}, ChoiceError, r"vary: expected one of .*, got 'rate'"),
        (
            {"vary": {"seed": [1]}},
            ReplicasError,
            r"vary\['seed'\]: expected seeds as an argument of their own",
        ),
        ({"seeds": None}, ReplicasError, r"seeds: expected whole numbers, or how many, got None\. Try seeds=256"),
        (
            {"vary": {"lr": 0.1}},
            ReplicasError,
            r"vary\['lr'\]: expected a list of values, got 0\.1\. Write \{'lr': \[0\.1",
        ),
        ({"vary": {"lr": []}}, ReplicasError, r"vary\['lr'\]: expected at least one value, got none"),
        (
            {"vary": {"lr": [0.1, 0.1]}},
            ReplicasError,
            r"vary\['lr'\]: expected each value once, got 0\.1 several times",
        ),
        ({"vary": {"lr": [0.1, -1]}}, RecipeError, r"vary, lr=-1: lr: expected a finite number, at least 0, got -1"),
        ({"vary": {"batch_size": [1.5]}}, RecipeError, r"vary, batch_size=1\.5: batch_size: expected a whole number"),
        ({"row_weights": torch.ones(7)}, ReplicasError, r"row_weights: expected a tensor of shape \(200,\), .* \(7,\)"),
        ({"row_weights": [1.0]}, ReplicasError, r"row_weights: .* got a list"),
        ({"row_weights": -torch.ones(200)}, ReplicasError, r"row_weights: expected finite numbers, at least 0"),
        (
            {"row_weights": torch.zeros(2, 200)},
            ReplicasError,
            r"row_weights\[0\]: expected at least one weight above 0",
        ),
        ({"backend": "jax"}, ChoiceError, r"backend: expected one of .*, got 'jax'"),
        ({"record_every": 0}, ReplicasError, r"record_every: expected a whole number from 1 to the 3 steps, got 0"),
        ({"record_every": 4}, ReplicasError, r"record_every: expected a whole number from 1 to the 3 steps, got 4"),
        ({"threads": 0}, ReplicasError, r"threads: expected a whole number, at least 1, got 0"),
        ({"threads": 2, "backend": "vmapped"}, ReplicasError, r"threads: expected None with the vmapped backend"),
        (
            {"validation": load("sine")},
            DataError,
            r"validation: expected a binary dataset with 2 features and 1 outputs",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, Any], kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        train_many(small, MOONS, RECIPE, **{"seeds": 2, **arguments})


@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_epochs_may_mean_different_numbers_of_steps(backend: Any) -> None:
    recipe = Recipe(optimizer="sgd", lr=0.1, epochs=2, batch_size=10)
    folds = torch.ones(3, 200)
    folds[0, :50] = 0
    folds[2, 20:60] = 0
    vary: dict[str, list[Any]] = {"batch_size": [10, 20]}
    runs = train_many(small, MOONS, recipe, seeds=2, vary=vary, row_weights=folds, backend=backend, validation=MOONS)
    assert runs.steps.tolist() == [30, 30, 16, 16, 40, 40, 20, 20, 32, 32, 16, 16]
    for replica, (fold, size, seed) in enumerate((f, b, s) for f in range(3) for b in (10, 20) for s in range(2)):
        own = replace(recipe, batch_size=size, seed=seed)
        run = train(small, MOONS, own, row_weights=folds[fold], validation=MOONS)
        assert torch.allclose(runs.parameters[replica], flat(run.model), rtol=1e-5, atol=1e-6)
        assert torch.allclose(runs.train_loss[replica, : len(run.train_loss)], run.train_loss, rtol=1e-4)
        assert runs.train_loss[replica, len(run.train_loss) :].isnan().all()
    assert not runs.failed.any()
    assert runs.final_validation_loss is not None
    assert runs.final_validation_loss.isfinite().all()


@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_more_replicas_than_memory_are_refused_before_any_is_made(backend: Any) -> None:
    calls = []

    def counted() -> nn.Module:
        calls.append(1)
        return linear(2, 1)

    with pytest.raises(
        ReplicasError, match=r"memory for 1,000,000,000,000 replicas: expected at most the [\d,]+ bytes that are free"
    ):
        train_many(counted, MOONS, RECIPE, seeds=10**12, backend=backend)
    assert len(calls) == 1


# --- interrupting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_ctrl_c_stops_a_training_of_hours_at_once(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second on an idle machine."""
    assert _seconds_to_stop(backend, monkeypatch) < 60


def _seconds_to_stop(backend: Any, monkeypatch: pytest.MonkeyPatch) -> float:
    seen: list[int] = []
    bar = type("Bar", (ProgressBar,), {"update": lambda _, done: seen.append(done)})
    monkeypatch.setattr(many, "ProgressBar", bar)
    pressed, training = 0.0, True

    def press() -> None:
        nonlocal pressed
        while training and not seen:
            time.sleep(0.01)
        time.sleep(0.2)
        pressed = time.perf_counter()
        if training:
            signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=press, daemon=True)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            train_many(small, MOONS, replace(RECIPE, steps=10**7), seeds=64, backend=backend, record_every=10**6)
    finally:
        stopped, training = time.perf_counter(), False
    thread.join()
    assert 0 < seen[-1] < 64 * 10**7
    return stopped - pressed


def test_the_dataset_stays_as_it_was() -> None:
    data = Dataset(
        name="own",
        inputs=torch.randn(9, 2, generator=torch.Generator().manual_seed(0)),
        targets=torch.ones(9, 1),
        task="regression",
        feature_names=("a", "b"),
        target_names=("y",),
    )
    inputs, targets = data.inputs.clone(), data.targets.clone()
    train_many(small, data, RECIPE, seeds=2, backend="vmapped")
    assert torch.equal(data.inputs, inputs)
    assert torch.equal(data.targets, targets)
