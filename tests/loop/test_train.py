"""`train` against the same steps written out in plain PyTorch, and what else it promises."""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from looplab import Dataset, Recipe, Run, linear, load, mlp, train
from looplab.errors import DataError, DivergenceError, ModelError

OPTIMIZERS: dict[str, tuple[dict[str, Any], Callable[[Any], torch.optim.Optimizer]]] = {
    "sgd": ({}, lambda p: torch.optim.SGD(p, lr=0.02)),
    "sgd with momentum": ({"momentum": 0.9}, lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9)),
    "sgd with nesterov": (
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.1),
    ),
    "adam": ({}, lambda p: torch.optim.Adam(p, lr=0.02)),
    "adam with betas": (
        {"betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.1},
        lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.5, 0.9), eps=1e-3, weight_decay=0.1),
    ),
    "adamw": ({}, lambda p: torch.optim.AdamW(p, lr=0.02)),
    "rmsprop": ({}, lambda p: torch.optim.RMSprop(p, lr=0.02)),
    "rmsprop with momentum": ({"momentum": 0.5}, lambda p: torch.optim.RMSprop(p, lr=0.02, momentum=0.5)),
    "adagrad": ({}, lambda p: torch.optim.Adagrad(p, lr=0.02)),
}
TASKS: dict[str, tuple[Callable[..., torch.Tensor], int, int]] = {
    "sine": (nn.functional.mse_loss, 1, 1),
    "moons": (nn.functional.binary_cross_entropy_with_logits, 2, 1),
    "iris": (nn.functional.cross_entropy, 4, 3),
}


def plain(
    dataset: Dataset,
    validation: Dataset | None,
    batch_size: int | None,
    steps: int,
    seed: int,
    make_optimizer: Callable[[Any], torch.optim.Optimizer],
) -> tuple[nn.Module, list[float], list[float]]:
    """The same training, written out without looplab."""
    loss_function, features, outputs = TASKS[dataset.name]
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(features, 8), nn.ReLU(), nn.Linear(8, outputs))
    optimizer = make_optimizer(model.parameters())
    generator = torch.Generator().manual_seed(seed)
    waiting: list[torch.Tensor] = []
    train_loss, validation_loss = [], []
    for _ in range(steps):
        if batch_size is None:
            X, y = dataset.inputs, dataset.targets
        else:
            if not waiting:
                waiting = list(torch.split(torch.randperm(len(dataset), generator=generator), batch_size))
            rows = waiting.pop(0)
            X, y = dataset.inputs[rows], dataset.targets[rows]
        optimizer.zero_grad()
        loss = loss_function(model(X), y)
        loss.backward()
        optimizer.step()
        train_loss.append(loss.item())
        if validation is not None:
            with torch.no_grad():
                validation_loss.append(loss_function(model(validation.inputs), validation.targets).item())
    return model, train_loss, validation_loss


def same_parameters(a: nn.Module, b: nn.Module) -> bool:
    return all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


def network(dataset: Dataset, **options: Any) -> Callable[[], nn.Module]:
    return lambda: mlp(dataset.features, [8], dataset.outputs, **options)


@pytest.mark.parametrize("validate", [False, True], ids=["needs_make_model", "validated"])
@pytest.mark.parametrize("batch_size", [None, 1, 32], ids=["batch", "stochastic", "mini-batch"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", TASKS)
def test_train_is_the_textbook_loop_to_the_bit(
    name: str, optimizer: str, batch_size: int | None, validate: bool
) -> None:
    dataset, held_out = load(name).split(0.7, seed=1)
    validation = held_out if validate else None
    fields, make_optimizer = OPTIMIZERS[optimizer]
    recipe = Recipe(optimizer=optimizer.split()[0], lr=0.02, steps=9, batch_size=batch_size, seed=5, **fields)
    run = train(network(dataset), dataset, recipe, validation=validation)
    model, train_loss, validation_loss = plain(dataset, validation, batch_size, 9, 5, make_optimizer)
    assert same_parameters(run.model, model)
    assert run.train_loss.tolist() == pytest.approx(train_loss, rel=1e-7)
    assert (run.validation_loss is None) == (validation is None)
    if run.validation_loss is not None:
        assert run.validation_loss.tolist() == pytest.approx(validation_loss, rel=1e-7)


def test_clipping_is_pytorch_s() -> None:
    dataset = load("sine", scale=100.0)
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=3, clip_norm=0.5)
    run = train(lambda: linear(1, 1), dataset, recipe)
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(dataset.inputs), dataset.targets).backward()
        assert nn.utils.clip_grad_norm_(model.parameters(), 0.5) > 0.5
        optimizer.step()
    assert same_parameters(run.model, model)


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        ("cosine", lambda o, T: torch.optim.lr_scheduler.CosineAnnealingLR(o, T)),
        ("exponential", lambda o, T: torch.optim.lr_scheduler.ExponentialLR(o, 0.01 ** (1 / T))),
        ("step", lambda o, T: torch.optim.lr_scheduler.StepLR(o, T // 3, 0.1)),
        ("warmup", lambda o, T: torch.optim.lr_scheduler.LinearLR(o, 0.01, 1.0, T // 10)),
    ],
)
def test_schedules_are_pytorch_s(schedule: str, make: Callable[..., torch.optim.lr_scheduler.LRScheduler]) -> None:
    dataset, steps = load("sine"), 30
    run = train(lambda: linear(1, 1), dataset, Recipe(optimizer="sgd", lr=0.01, steps=steps, schedule=schedule))
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    scheduler = make(optimizer, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(dataset.inputs), dataset.targets).backward()
        optimizer.step()
        scheduler.step()
    for ours, theirs in zip(run.model.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3), min_size=12, max_size=12).filter(lambda weights: sum(w > 0 for w in weights) > 3))
def test_whole_weights_are_repeated_rows(weights: list[int]) -> None:
    dataset = load("moons").subset(torch.arange(12))
    repeated = dataset.subset(torch.repeat_interleave(torch.arange(12), torch.tensor(weights)))
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=5)
    weighted = train(network(dataset), dataset, recipe, row_weights=torch.tensor(weights).float())
    plainly = train(network(dataset), repeated, recipe)
    torch.testing.assert_close(weighted.train_loss, plainly.train_loss, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("batch_size", [None, 7])
def test_a_fold_is_a_choice_of_weights(name: str, batch_size: int | None) -> None:
    dataset = load(name)
    fold = (torch.arange(len(dataset)) % 5 > 0).float()
    recipe = Recipe(optimizer="adam", lr=0.01, steps=20, batch_size=batch_size)
    weighted = train(network(dataset), dataset, recipe, row_weights=fold)
    alone = train(network(dataset), dataset.subset(fold.nonzero().squeeze(1)), recipe)
    torch.testing.assert_close(weighted.train_loss, alone.train_loss, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("weights", [torch.zeros(100), torch.ones(99), torch.full((100,), -1.0)])
def test_bad_weights_are_named(weights: torch.Tensor) -> None:
    with pytest.raises(DataError, match="row_weights: expected"):
        train(lambda: linear(1, 1), load("sine"), Recipe(optimizer="sgd", lr=0.1, steps=1), row_weights=weights)


def test_record_every_keeps_the_same_numbers() -> None:
    dataset, validation = load("moons").split(0.5, seed=0)
    recipe = Recipe(optimizer="adam", lr=0.01, steps=17, batch_size=20)
    every = train(network(dataset), dataset, recipe, validation=validation)
    fifth = train(network(dataset), dataset, recipe, validation=validation, record_every=5)
    assert torch.equal(fifth.train_loss, every.train_loss[4::5])
    assert fifth.validation_loss is not None
    assert every.validation_loss is not None
    assert torch.equal(fifth.validation_loss, every.validation_loss[4::5])


def test_dropout_is_on_in_training_and_off_in_validation() -> None:
    dataset = load("moons")
    noisy = train(lambda: nn.Sequential(nn.Linear(2, 1), nn.Dropout(0.5)), dataset, still(), validation=dataset)
    assert noisy.validation_loss is not None
    assert len(set(noisy.validation_loss.tolist())) == 1
    assert len(set(noisy.train_loss.tolist())) > 1


def still() -> Recipe:
    return Recipe(optimizer="sgd", lr=0.0, steps=5)


def test_the_caller_s_random_state_is_left_alone_even_after_an_error() -> None:
    before = torch.get_rng_state()
    train(network(load("moons")), load("moons"), Recipe(optimizer="sgd", lr=0.1, steps=2, batch_size=50, seed=9))
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(ModelError):
        train(lambda: linear(2, 3), load("moons"), still())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("seed", [0, 7, 2**32, 2**63 - 1])
def test_random_numbers_are_those_after_manual_seed(seed: int) -> None:
    drawn: list[torch.Tensor] = []

    def make_model() -> nn.Module:
        drawn.append(torch.rand(3))
        return linear(2, 1)

    train(make_model, load("moons"), Recipe(optimizer="sgd", lr=0.1, steps=1, seed=seed))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        assert torch.equal(drawn[0], torch.rand(3))


def test_the_seed_decides_all() -> None:
    dataset = load("moons")
    recipe = Recipe(optimizer="adam", lr=0.05, steps=5, batch_size=50, seed=3)

    def final(recipe: Recipe) -> Run:
        torch.rand(3)  # the state outside does not matter
        return train(lambda: nn.Sequential(mlp(2, [8], 1), nn.Dropout(0.1)), dataset, recipe)

    assert torch.equal(final(recipe).train_loss, final(recipe).train_loss)
    assert not torch.equal(final(recipe).train_loss, final(replace(recipe, seed=4)).train_loss)


def test_divergence_names_step_and_learning_rate() -> None:
    with pytest.raises(
        DivergenceError, match=r"the loss at step \d+ with learning rate 100: expected a finite number"
    ) as caught:
        train(lambda: linear(1, 1), load("temperature", raw=True), Recipe(optimizer="sgd", lr=100.0, steps=1000))
    assert caught.value.lr == 100
    assert 3 < caught.value.step < 30


@pytest.mark.parametrize(
    ("name", "outputs", "message"),
    [
        ("moons", 2, r"outputs of the model on 'moons' \(binary\): expected shape \(200, 1\), .*got \(200, 2\)"),
        ("digits", 9, r"expected shape \(1797, 10\).*Let the last layer have 10 outputs, one a class"),
        ("sine", 3, r"Let the last layer have 1 output\."),
    ],
)
def test_outputs_that_do_not_fit_are_named(name: str, outputs: int, message: str) -> None:
    dataset = load(name)
    with pytest.raises(ModelError, match=message):
        train(lambda: linear(dataset.features, outputs), dataset, still())


def test_progress_appears_on_a_terminal_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("time.perf_counter", lambda: float(next(clock)))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    train(lambda: linear(1, 1), load("sine"), still())
    assert "training" in capsys.readouterr().err


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    train(lambda: linear(1, 1), load("sine"), still())
    assert capsys.readouterr() == ("", "")


def test_quick_work_shows_no_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    train(lambda: linear(1, 1), load("sine"), still())
    assert capsys.readouterr().err == ""


def test_a_parameter_that_was_infinite_from_the_start_is_no_divergence() -> None:
    class Bounded(nn.Module):
        """Clamps its outputs at a bound that it does not learn."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(1, 1)
            self.bound = nn.Parameter(torch.tensor(torch.inf), requires_grad=False)

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return torch.minimum(self.layer(inputs), self.bound)

    run = train(Bounded, load("sine"), Recipe(optimizer="sgd", lr=0.1, steps=5))
    assert run.steps == 5


@pytest.mark.parametrize("steps", [1, 4])
def test_an_overflow_in_the_last_update_names_its_step(steps: int) -> None:
    dataset = load("sine")
    rates = Recipe(optimizer="sgd", lr=0.0, steps=steps, schedule="warmup")

    def overflow(training: Any) -> None:
        if training.step == steps:
            with torch.no_grad():
                training.model.weight[0, 0] = torch.nan

    with pytest.raises(
        DivergenceError, match=rf"the parameter weight after the update of step {steps - 1} with"
    ) as caught:
        train(lambda: linear(1, 1), dataset, rates, callbacks=[overflow])
    assert caught.value.step == steps - 1


@pytest.mark.parametrize("weight", [1e-30, 1.0, 1e30])
def test_the_least_and_the_largest_weight_are_taken(weight: float) -> None:
    dataset = load("sine")
    weights = torch.full((len(dataset),), weight, dtype=torch.float64)
    run = train(lambda: linear(1, 1), dataset, still(), row_weights=weights)
    assert run.train_loss[0].item() == pytest.approx(train(lambda: linear(1, 1), dataset, still()).train_loss[0].item())


@pytest.mark.parametrize("weight", [0.99e-30, 1.01e30])
def test_a_weight_beyond_float32_is_refused(weight: float) -> None:
    weights = torch.ones(len(load("sine")), dtype=torch.float64)
    weights[3] = weight
    message = rf"^row_weights: expected each 0 or between 1e-30 and 1e\+30, .*got {re.escape(f'{weight:g}')}"
    with pytest.raises(DataError, match=message):
        train(lambda: linear(1, 1), load("sine"), still(), row_weights=weights)


def test_weights_that_are_all_0_are_refused() -> None:
    with pytest.raises(DataError, match=r"^row_weights: expected at least one weight above 0, got all 0"):
        train(lambda: linear(1, 1), load("sine"), still(), row_weights=torch.zeros(len(load("sine"))))


@pytest.mark.parametrize(("rows", "size"), [(9, 4), (9, 1), (1, None)])
def test_batch_norm_over_a_single_row_is_told_from_a_first_layer_that_does_not_fit(rows: int, size: int | None) -> None:
    def normed() -> nn.Module:
        return nn.Sequential(nn.Linear(1, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))

    some = load("sine").subset(torch.arange(rows))
    with pytest.raises(ModelError, match="choose a batch_size that leaves no row alone"):
        train(normed, some, Recipe(optimizer="sgd", lr=0.1, epochs=1, batch_size=size))
