"""Options of an optimizer, and groups of parameters with settings of their own."""

import json
import pickle
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab import Recipe, load, mlp, train, train_many
from looplab.data import batch_order
from looplab.errors import LooplabError, RecipeError
from looplab.loop import OPTIMIZERS
from looplab.loop.optimizers import HOW_TO_COMPUTE, make_optimizer
from looplab.loop.optimizers.lion import Lion
from looplab.loop.optimizers.muon import hidden_matrices
from looplab.replicas import Runs

GOOD: dict[str, Any] = {"optimizer": "adamw", "lr": 0.05, "steps": 30, "batch_size": 32}
MOONS = load("moons")


def make_model() -> nn.Module:
    return mlp(2, [9, 5], 1, "tanh")


def flat(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def written_out(recipe: Recipe, make: Callable[[nn.Module], torch.optim.Optimizer]) -> Tensor:
    """A training in plain PyTorch with an optimizer that was made by hand."""
    torch.manual_seed(recipe.seed)
    model = make_model()
    optimizer = make(model)
    assert recipe.steps is not None
    for chosen in batch_order(len(MOONS), recipe.batch_size, recipe.steps, recipe.seed):
        part = MOONS if chosen is None else MOONS.subset(chosen)
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(model(part.inputs), part.targets).backward()
        optimizer.step()
    return flat(model)


# --- what a recipe takes ---------------------------------------------------------------------------------------------

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": (
        {"options": {"amsgard": True}},
        "options: expected options of 'adamw', amsgrad, maximize, got 'amsgard'",
    ),
    "none there": (
        {"optimizer": "lion", "options": {"amsgrad": True}},
        "options: expected none for 'lion', got 'amsgrad'",
    ),
    "a field": ({"options": {"eps": 1e-6}}, "got 'eps'. Write eps=… in the recipe itself."),
    "how": ({"options": {"foreach": True}}, "got 'foreach'. foreach says how an update is computed, not what is"),
    "no mapping": ({"options": ["amsgrad"]}, "options: expected values by the optimizer's own names, got ('amsgrad',)"),
    "no truth": ({"options": {"amsgrad": 1}}, "options['amsgrad']: expected True or False, got 1"),
    "no number": (
        {"optimizer": "rmsprop", "options": {"alpha": "0.9"}},
        "options['alpha']: expected a finite number, got '0.9'",
    ),
    "a bad number": (
        {"optimizer": "rmsprop", "options": {"alpha": -1}},
        "options: expected values that torch.optim.RMSprop takes, got Invalid alpha value: -1",
    ),
    "too many": (
        {"optimizer": "muon", "options": {"ns_steps": 200}},
        "options: expected values that torch.optim.Muon takes, got Number of steps must be less than 100",
    ),
    "half a step": (
        {"optimizer": "muon", "options": {"ns_steps": 2.5}},
        "options['ns_steps']: expected a whole number, got 2.5",
    ),
    "two": (
        {"optimizer": "muon", "options": {"ns_coefficients": [1, 2]}},
        "options['ns_coefficients']: expected 3 finite numbers, got (1, 2)",
    ),
    "no groups": ({"groups": 3}, "groups: expected settings by patterns of names, got 3"),
    "no pattern": (
        {"groups": {3: {}}},
        "groups[3]: expected a pattern of names, such as '*bias', got a whole number (int)",
    ),
    "no settings": ({"groups": {"*": 0.1}}, "groups['*']: expected settings by their names, got 0.1"),
    "unknown setting": (
        {"groups": {"*": {"momentum": 0.9}}},
        "groups['*']: expected settings among lr, betas, eps, weight_decay, amsgrad, maximize, got 'momentum'",
    ),
    "bad setting": (
        {"groups": {"*": {"lr": -1}}},
        "groups['*'], lr: expected a finite number, at least 0, got -1",
    ),
    "no lr": ({"groups": {"*": {"lr": None}}}, "groups['*'], lr: expected a finite number, at least 0, got None"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_option_or_group_is_named(case: str) -> None:
    change, message = BAD[case]
    with pytest.raises(RecipeError, match=re.escape(message)):
        Recipe(**(GOOD | change))


STRANGE = [None, True, -1, 0.5, float("nan"), "x", (), [1.0], {}, np.float32(2), torch.ones(2), object(), lambda: 0]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_whatever_an_option_is_a_recipe_is_made_or_refused_in_a_sentence_and_then_trains(optimizer: str) -> None:
    made = 0
    for name in [*OPTIMIZERS[optimizer].options, *HOW_TO_COMPUTE, "lr", "", 3]:
        for value in STRANGE:
            for change in ({"options": {name: value}}, {"groups": {"*bias": {name: value}}}, {"groups": {name: value}}):
                try:
                    recipe = Recipe(optimizer=optimizer, lr=0.001, steps=1, **change)
                    train(make_model, MOONS, recipe)
                except LooplabError as error:
                    assert "\n" not in str(error)  # noqa: PT017  # either is right
                else:
                    made += 1
                    assert json.loads(json.dumps(asdict(recipe)))["optimizer"] == optimizer
    assert made


def test_every_argument_of_torch_s_class_is_a_field_an_option_or_a_way_to_compute() -> None:
    for entry in OPTIMIZERS.values():
        arguments = set(entry.defaults) - {"beta1", "beta2"}
        assert arguments == {*entry.fields, *entry.options} | (arguments & {*HOW_TO_COMPUTE})


def test_a_recipe_with_options_is_a_value() -> None:
    options: dict[str, Any] = {"amsgrad": True}
    groups: dict[str, dict[str, Any]] = {"*bias": {"weight_decay": 0, "betas": [0.8, 0.9]}}
    recipe = Recipe(**GOOD, options=options, groups=groups)
    options["amsgrad"] = False
    groups["*bias"]["weight_decay"] = 1
    assert recipe.options == {"amsgrad": True}
    assert recipe.groups == {"*bias": {"weight_decay": 0, "betas": (0.8, 0.9)}}
    for same in (pickle.loads(pickle.dumps(recipe)), deepcopy(recipe), replace(recipe), Recipe(**asdict(recipe))):
        assert same == recipe
        assert hash(same) == hash(recipe)
    assert len({recipe, Recipe(**GOOD)}) == 2
    with pytest.raises(TypeError, match="what a recipe holds does not change"):
        recipe.options["amsgrad"] = False  # type: ignore[index]


# --- groups ----------------------------------------------------------------------------------------------------------

GROUPS: dict[str, dict[str, Any]] = {
    "*bias": {"weight_decay": 0.0, "lr": 0.02},
    "0.*": {"betas": (0.5, 0.9), "amsgrad": True},
}


def torch_s_groups(model: nn.Module) -> torch.optim.Optimizer:
    named = dict(model.named_parameters())
    biases = [parameter for name, parameter in named.items() if name.endswith("bias")]
    groups: list[dict[str, Any]] = [
        {"params": [named["2.weight"], named["4.weight"]]},
        {"params": biases, "weight_decay": 0.0, "lr": 0.02},
        {"params": [named["0.weight"]], "betas": (0.5, 0.9), "amsgrad": True},
    ]
    return torch.optim.AdamW(groups, lr=0.05, weight_decay=0.3)


def test_groups_are_torch_s_to_the_bit_and_the_first_pattern_that_matches_counts() -> None:
    recipe = Recipe(**GOOD, weight_decay=0.3, groups=GROUPS)
    run = train(make_model, MOONS, recipe)
    assert torch.equal(flat(run.model), written_out(recipe, torch_s_groups))
    assert not torch.equal(flat(run.model), flat(train(make_model, MOONS, replace(recipe, groups={})).model))


def test_a_schedule_scales_the_learning_rate_of_each_group() -> None:
    recipe = Recipe(**GOOD, schedule="linear", groups={"*bias": {"lr": 0.5}})

    def falling(model: nn.Module) -> torch.optim.Optimizer:
        named = dict(model.named_parameters())
        weights, biases = ([p for name, p in named.items() if ("bias" in name) == bias] for bias in (False, True))
        groups: list[dict[str, Any]] = [{"params": weights}, {"params": biases, "lr": 0.5}]
        optimizer = torch.optim.AdamW(groups, lr=0.05)
        scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, 30)
        optimizer.register_step_post_hook(lambda *_: scheduler.step())
        return optimizer

    torch.testing.assert_close(flat(train(make_model, MOONS, recipe).model), written_out(recipe, falling))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            {"*.biass": {"lr": 0.1}},
            "a pattern that matches a parameter of the model, such as '*.bias', got one for the parameters 0.weight",
        ),
        (
            {"*": {"lr": 0.1}, "2.*": {"lr": 0.2}},
            "got one that only matches 2.weight, 2.bias, which an earlier pattern has. The first pattern that matches",
        ),
    ],
)
@pytest.mark.parametrize("backend", [None, "auto", "vmapped", "loop"])
def test_a_pattern_without_a_parameter_is_refused(groups: Any, message: str, backend: Any) -> None:
    recipe = Recipe(**GOOD, groups=groups)
    with pytest.raises(RecipeError, match=re.escape(message)):
        train_many(make_model, MOONS, recipe, seeds=2, backend=backend) if backend else train(make_model, MOONS, recipe)


@pytest.mark.parametrize(
    ("groups", "backend", "reason"),
    [
        (
            {"*bias": {"weight_decay": 0.0, "lr": 0.02}, "0.*": {"betas": (0.5, 0.9)}},
            "vmapped",
            "settings of their own",
        ),
        ({"*": {"lr": 0.02}}, "vmapped", "settings of their own"),
        (GROUPS, "loop", "the option amsgrad of 'adamw' is not in its formula"),
    ],
)
def test_train_many_trains_groups_as_train_does_and_says_with_what(groups: Any, backend: str, reason: str) -> None:
    recipe = Recipe(**GOOD, weight_decay=0.3, clip_norm=0.1, schedule="cosine", groups=groups)
    vary: dict[str, list[Any]] = {"lr": [0.01, 0.05]}
    runs = train_many(make_model, MOONS, recipe, seeds=[4, 7], vary=vary)
    assert runs.backend.name == backend
    assert reason in runs.backend.reason
    for replica, seed in ((1, 7), (3, 7)):
        lr = vary["lr"][replica // 2]
        expected = flat(train(make_model, MOONS, replace(recipe, seed=seed, lr=lr)).model)
        torch.testing.assert_close(runs.parameters[replica], expected, rtol=1e-5, atol=1e-6)


def test_groups_and_options_come_back_from_a_file(tmp_path: Any) -> None:
    recipe = Recipe(**GOOD, options={"amsgrad": True}, groups=GROUPS)
    runs = train_many(make_model, MOONS, recipe, seeds=2)
    runs.save(tmp_path / "runs.zip")
    assert Runs.load(tmp_path / "runs.zip", make_model).recipe == recipe


# --- Lion and Muon ---------------------------------------------------------------------------------------------------


def test_lion_is_the_paper_s_algorithm() -> None:
    w, m, lr, beta1, beta2, decay = torch.linspace(-1, 1, 7), torch.zeros(7), 0.01, 0.9, 0.99, 0.3
    parameter = nn.Parameter(w.clone())
    optimizer = Lion([parameter], lr=lr, weight_decay=decay)
    for t in range(1, 40):
        g = torch.cos(t * w)
        parameter.grad = torch.cos(t * parameter.detach())
        optimizer.step()
        w = w - lr * (torch.sign(beta1 * m + (1 - beta1) * g) + decay * w)
        m = beta2 * m + (1 - beta2) * g
        torch.testing.assert_close(parameter.detach(), w)


@pytest.mark.parametrize("change", [{"lr": -1.0}, {"betas": (0.9, 1.0)}, {"weight_decay": -0.1}])
def test_lion_refuses_what_is_outside_its_range(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="outside its range"):
        Lion([nn.Parameter(torch.zeros(1))], **change)


@pytest.mark.parametrize("name", ["lion", "muon"])
def test_a_step_takes_a_closure_as_torch_s_do(name: str) -> None:
    model = make_model()
    optimizer = make_optimizer(model, Recipe(optimizer=name, lr=0.002, steps=1))

    def closure() -> float:
        optimizer.zero_grad()
        loss: Tensor = model(MOONS.inputs).square().mean()
        loss.backward()
        return loss.item()

    losses = [optimizer.step(closure) for _ in range(5)]
    assert losses == sorted(losses, reverse=True)


def test_muon_is_for_hidden_matrices() -> None:
    class Text(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(10, 4)
            self.hidden = nn.Linear(4, 4)
            self.norm = nn.LayerNorm(4)
            self.head = nn.Linear(4, 10)

    assert hidden_matrices(Text()) == {"hidden.weight"}
    assert hidden_matrices(nn.Linear(3, 1)) == {"weight"}
    assert hidden_matrices(nn.Conv1d(1, 1, 1)) == frozenset()


def test_muon_leaves_the_rest_to_adamw_whose_groups_and_learning_rate_can_be_set() -> None:
    recipe = Recipe(optimizer="muon", lr=0.02, steps=5, groups={"*bias": {"lr": 0.003, "betas": (0.8, 0.9)}})
    optimizer = make_optimizer(make_model(), recipe)
    shapes = [[tuple(p.shape) for p in group["params"]] for group in optimizer.param_groups]
    assert shapes == [[(9, 2), (5, 9)], [(1, 5)], [(9,), (5,), (1,)]]
    assert [group["lr"] for group in optimizer.param_groups] == [0.02, 0.02, 0.003]
    assert [group.get("betas") for group in optimizer.param_groups] == [None, (0.9, 0.999), (0.8, 0.9)]
    assert [group.get("momentum") for group in optimizer.param_groups] == [0.95, None, None]


def test_an_optimizer_of_two_goes_on_from_its_state() -> None:
    """Into another one, whose parameters are the same: as a checkpoint does."""
    recipe = Recipe(optimizer="muon", lr=0.02, steps=5)
    one, other = make_model(), make_model()
    first, second = make_optimizer(one, recipe), make_optimizer(other, recipe)

    def step(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        model(MOONS.inputs).square().mean().backward()
        optimizer.step()

    for _ in range(3):
        step(one, first)
    other.load_state_dict(one.state_dict())
    second.load_state_dict(deepcopy(first.state_dict()))
    for _ in range(3):
        step(one, first)
        step(other, second)
    assert torch.equal(flat(one), flat(other))
