"""Whole recipes, every field of a recipe, and settings of the model: each replica is still the run of `train`."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from looplab import Recipe, load, mlp, train
from looplab.errors import ChoiceError, LooplabError, ModelError, RecipeError, ReplicasError
from looplab.loop import AVERAGES, OPTIMIZERS, SCHEDULES, ProgressBar
from looplab.replicas import Runs
from looplab.replicas.varying import VARIABLE_FIELDS
from looplab.sweeps import many, train_many

MOONS = load("moons")
RECIPE = Recipe(optimizer="sgd", lr=0.05, steps=12, batch_size=32)


def small() -> nn.Module:
    return mlp(2, [4], 1)


def wide(width: int, normalized: bool = False) -> nn.Module:
    layers = [nn.Linear(2, width), *([nn.RMSNorm(width)] if normalized else []), nn.Tanh(), nn.Linear(width, 1)]
    return nn.Sequential(*layers)


def flat(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def assert_is_train(runs: Runs, replica: int, make_model: Callable[[], nn.Module], recipe: Recipe) -> None:
    run = train(make_model, MOONS, recipe)
    assert runs.recipe_of(replica) == recipe
    assert torch.allclose(flat(runs.model(replica)), flat(run.model), rtol=1e-4, atol=1e-5)
    row = runs.parameters[replica]
    assert torch.equal(row[: len(flat(run.model))], flat(runs.model(replica)))
    assert row[len(flat(run.model)) :].isnan().all()
    assert torch.allclose(runs.train_loss[replica, : len(run.train_loss)], run.train_loss, rtol=1e-4)
    assert runs.train_loss[replica, len(run.train_loss) :].isnan().all()
    assert runs.steps[replica] == len(run.train_loss)
    assert runs.final_train_loss[replica] == runs.train_loss[replica, len(run.train_loss) - 1]
    assert not runs.failed[replica]


# Of every field of a recipe two values and what else the recipe needs for them.
VALUES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "optimizer": (sorted(name for name in OPTIMIZERS), {"lr": 0.001}),
    "lr": ([0.01, 0.05], {}),
    "steps": ([3, 12, 7], {}),
    "epochs": ([1, 2], {}),
    "batch_size": ([None, 7], {}),
    "momentum": ([0.0, 0.9], {}),
    "nesterov": ([False, True], {"momentum": 0.9}),
    "betas": ([(0.9, 0.999), (0.5, 0.9)], {"optimizer": "adam"}),
    "eps": ([None, 0.1], {"optimizer": "adam"}),
    "weight_decay": ([None, 0.1], {}),
    "clip_norm": ([None, 0.01], {}),
    "schedule": (sorted(SCHEDULES), {}),
    "schedule_options": ([{}, {"warmup": 0.5}], {"schedule": "warmup"}),
    "options": ([{}, {"amsgrad": True}], {"optimizer": "adam"}),
    "groups": ([{}, {"*bias": {"weight_decay": 0.1}}], {}),
    "average": (sorted(AVERAGES), {}),
    "average_options": ([{}, {"decay": 0.5}], {"average": "ema"}),
}


def test_every_field_of_a_recipe_has_values_here() -> None:
    assert set(VALUES) == set(VARIABLE_FIELDS) == {field.name for field in fields(Recipe)} - {"seed"}


@pytest.mark.parametrize("field", VARIABLE_FIELDS)
def test_each_field_that_varies_is_what_train_does_with_it(field: str) -> None:
    values, more = VALUES[field]
    recipe = replace(RECIPE, **more)
    runs = train_many(small, MOONS, recipe, seeds=[3, 8], vary={field: values})
    assert runs.columns[field] == [value for value in values for _ in range(2)]
    dropped = {"steps": "epochs", "epochs": "steps"}.get(field)
    for replica, (value, seed) in enumerate((value, seed) for value in values for seed in (3, 8)):
        own = {field: value, "seed": seed, **({dropped: None} if dropped else {})}
        assert_is_train(runs, replica, small, replace(recipe, **own))


@pytest.mark.parametrize("field", VARIABLE_FIELDS)
def test_each_field_that_varies_is_saved(field: str, tmp_path: Path) -> None:
    values, more = VALUES[field]
    runs = train_many(small, MOONS, replace(RECIPE, **more), seeds=1, vary={field: values[:2]})
    runs.save(tmp_path / "runs.zip")
    loaded = Runs.load(tmp_path / "runs.zip", small)
    assert loaded.columns == runs.columns
    assert [loaded.recipe_of(replica) for replica in range(2)] == [runs.recipe_of(replica) for replica in range(2)]


class Counting(nn.Module):
    """Counts its training steps, if it is told to."""

    def __init__(self, counts: bool) -> None:
        super().__init__()
        self.layer, self.counts, self.calls = nn.Linear(2, 1), counts, 0

    def forward(self, inputs: Tensor) -> Tensor:
        self.calls += self.counts and self.training
        outputs: Tensor = self.layer(inputs)
        return outputs


def test_attributes_that_training_changes_are_those_of_each_replica() -> None:
    vary: dict[str, list[Any]] = {"steps": [3, 5], "counts": [True, False]}
    runs = train_many(Counting, MOONS, RECIPE, seeds=2, vary=vary, backend="loop")
    counted = [cast(Any, runs.model(replica)).calls for replica in range(8)]
    assert counted == [3, 3, 0, 0, 5, 5, 0, 0]


def test_unlike_lengths_and_schedules_and_optimizers_are_crossed() -> None:
    vary: dict[str, list[Any]] = {"optimizer": ["adam", "sgd"], "steps": [4, 9], "schedule": ["constant", "cosine"]}
    runs = train_many(small, MOONS, RECIPE, seeds=2, vary=vary)
    assert len(runs.parts) == 1
    assert len(runs) == 16
    places = [
        (o, t, s, seed) for o in ("adam", "sgd") for t in (4, 9) for s in ("constant", "cosine") for seed in (0, 1)
    ]
    for replica, (optimizer, steps, schedule, seed) in enumerate(places):
        recipe = replace(RECIPE, optimizer=optimizer, steps=steps, schedule=schedule, seed=seed)
        assert_is_train(runs, replica, small, recipe)


# --- recipes= --------------------------------------------------------------------------------------------------------

SEARCH = [
    Recipe(optimizer="sgd", lr=0.1, steps=5, momentum=0.9, seed=4),
    Recipe(optimizer="adam", lr=0.01, steps=9, batch_size=16),
    Recipe(optimizer="sgd", lr=0.02, epochs=2, batch_size=64, schedule="cosine", seed=4),
]


@pytest.mark.parametrize("seeds", [None, [7, 5, 7], 3])
def test_recipes_are_paired_with_seeds(seeds: Any) -> None:
    runs = train_many(small, MOONS, recipes=SEARCH, seeds=seeds)
    each = {None: [4, 0, 4], 3: [0, 1, 2]}.get(seeds) if not isinstance(seeds, list) else seeds
    assert runs.columns["seed"] == each
    assert list(runs.columns) == ["seed", "optimizer", "lr", "steps", "epochs", "batch_size", "momentum", "schedule"]
    assert each is not None
    for replica, recipe in enumerate(SEARCH):
        assert_is_train(runs, replica, small, replace(recipe, seed=each[replica]))


def test_recipes_meet_every_combination_and_every_fold() -> None:
    folds = (torch.arange(3 * 2 * 200).reshape(2, 3, 200) % 7 > 0).float()
    vary: dict[str, list[Any]] = {"clip_norm": [None, 0.01]}
    runs = train_many(small, MOONS, recipes=SEARCH, vary=vary, row_weights=folds)
    assert len(runs) == 12
    for replica, (fold, norm, place) in enumerate((f, n, p) for f in (0, 1) for n in (None, 0.01) for p in range(3)):
        recipe = replace(SEARCH[place], clip_norm=norm)
        run = train(small, MOONS, recipe, row_weights=folds[fold, place])
        assert torch.allclose(flat(runs.model(replica)), flat(run.model), rtol=1e-4, atol=1e-5)
        assert runs.columns["fold"][replica] == fold


def test_a_list_of_one_recipe_is_a_call_of_one() -> None:
    runs = train_many(small, MOONS, recipes=[RECIPE])
    assert list(runs.columns) == ["seed"]
    assert_is_train(runs, 0, small, RECIPE)


# --- settings of the model -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["auto", "fused", "vmapped", "loop"])
def test_models_of_unlike_sizes_are_trained_in_one_call(backend: Any, tmp_path: Path) -> None:
    runs = train_many(wide, MOONS, RECIPE, seeds=[2, 9], vary={"width": [5, 3], "lr": [0.05, 0.1]}, backend=backend)
    assert len(runs.parts) == 2
    assert runs.columns["width"] == [5] * 4 + [3] * 4
    places = [(width, lr, seed) for width in (5, 3) for lr in (0.05, 0.1) for seed in (2, 9)]
    for replica, (width, lr, seed) in enumerate(places):
        assert_is_train(runs, replica, lambda width=width: wide(width), replace(RECIPE, lr=lr, seed=seed))  # type: ignore[misc]
    predicted = runs.predict(MOONS.inputs)
    for replica in range(8):
        assert torch.allclose(predicted[replica], runs.model(replica)(MOONS.inputs), atol=1e-6)
    with pytest.raises(ReplicasError, match=r"buffers: expected models of one architecture, got 2 architectures"):
        runs.buffers  # noqa: B018  # it raises
    runs.save(tmp_path / "runs.zip")
    loaded = Runs.load(tmp_path / "runs.zip", wide)
    assert torch.equal(loaded.predict(MOONS.inputs), predicted)
    assert (loaded.columns, loaded.recipe, loaded.backend) == (runs.columns, runs.recipe, runs.backend)
    assert torch.equal(loaded.steps, runs.steps)
    assert torch.equal(loaded.parameters.nan_to_num(), runs.parameters.nan_to_num())


def test_every_group_has_the_backend_that_suits_it() -> None:
    vary: dict[str, list[Any]] = {"normalized": [False, True], "width": [3, 4]}
    runs = train_many(wide, MOONS, RECIPE, seeds=2, vary=vary)
    assert runs.backend.name == "fused and vmapped"
    assert runs.backend.reason == (
        "fused for normalized=False, width=3 and 1 more (every layer has a compiled kernel); "
        "vmapped for normalized=True, width=3 and 1 more (no fused plan, because layer 1 is a RMSNorm)"
    )
    for replica, (normalized, width) in enumerate((n, w) for n in (False, True) for w in (3, 4)):
        make_model: Any = lambda width=width, normalized=normalized: wide(width, normalized)  # noqa: E731  # bound now
        assert_is_train(runs, 2 * replica, make_model, RECIPE)


def test_one_value_of_a_setting_is_a_setting_all_the_same() -> None:
    runs = train_many(wide, MOONS, RECIPE, seeds=2, vary={"width": [6]})
    assert len(runs.parameters[0]) == 6 * 2 + 6 + 6 + 1
    assert runs.columns["width"] == [6, 6]


def test_progress_is_told_over_all_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    totals: list[int] = []

    class Bar(ProgressBar):
        def __init__(self, total: int, what: str = "training") -> None:
            super().__init__(total, what)
            totals.append(total)

        def update(self, done: int) -> None:
            seen.append(done)

    monkeypatch.setattr(many, "ProgressBar", Bar)
    train_many(wide, MOONS, RECIPE, seeds=2, vary={"width": [3, 4], "steps": [5, 8]}, backend="vmapped")
    assert totals == [2 * 2 * (5 + 8)]
    assert seen == sorted(seen)
    assert seen[-1] == totals[0]


def test_saved_columns_have_the_very_values(tmp_path: Path) -> None:
    def layered(widths: Any, scale: Any) -> nn.Module:
        return mlp(2, [int(width * (scale or 1)) for width in widths], 1)

    vary: dict[str, list[Any]] = {"widths": [(4,), [4, 2], (3, 3)], "scale": [1, 1.5, None, True]}
    with pytest.raises(ReplicasError, match=r"vary\['scale'\]: expected each value once, got 1 several times"):
        train_many(layered, MOONS, RECIPE, seeds=1, vary=vary)
    vary["scale"].pop()
    runs = train_many(layered, MOONS, RECIPE, seeds=2, vary=vary)
    runs.save(tmp_path / "runs.zip")
    loaded = Runs.load(tmp_path / "runs.zip")
    assert repr(loaded.columns) == repr(runs.columns)
    assert loaded.table().equals(runs.table())


def test_a_function_as_a_setting_trains_but_is_not_saved(tmp_path: Path) -> None:
    def activated(activation: type[nn.Module]) -> nn.Module:
        return nn.Sequential(nn.Linear(2, 4), activation(), nn.Linear(4, 1))

    runs = train_many(activated, MOONS, RECIPE, seeds=1, vary={"activation": [nn.ReLU, nn.Tanh]})
    assert len(runs) == 2
    with pytest.raises(ReplicasError, match=r"'activation' of the runs: expected numbers, text, and lists"):
        runs.save(tmp_path / "runs.zip")


# --- refused ---------------------------------------------------------------------------------------------------------


def both(lr: float) -> nn.Module:
    return mlp(2, [int(lr)], 1)


def folded(fold: int) -> nn.Module:
    return mlp(2, [fold], 1)


@pytest.mark.parametrize(
    ("make_model", "arguments", "kind", "message"),
    [
        (wide, {"vary": {"widht": [3]}}, ChoiceError, r"vary: expected one of width, .*optimizer.*'width'\?"),
        (wide, {"vary": {"width": 3}}, ReplicasError, r"vary\['width'\]: expected a list of values, got 3"),
        (wide, {"vary": {"width": []}}, ReplicasError, r"vary\['width'\]: expected at least one value"),
        (wide, {"vary": {"width": ["a"]}}, ModelError, r"make_model: .* got TypeError"),
        (wide, {}, ModelError, r"make_model: .* missing 1 required positional argument: 'width'"),
        (both, {"vary": {"lr": [3]}}, ReplicasError, r"vary\['lr'\]: .* got a name that is both"),
        (
            small,
            {"vary": {"steps": [3], "epochs": [1]}},
            RecipeError,
            r"vary, steps=3, epochs=1: steps, epochs: expected",
        ),
        (folded, {"vary": {"fold": [3]}}, ReplicasError, r"vary\['fold'\]: expected a name that is no column of runs"),
        (small, {"vary": {"steps": [0]}}, RecipeError, r"vary, steps=0: steps: expected a whole number"),
        (small, {"vary": {"optimizer": ["sgd", "sgdd"]}}, LooplabError, r"optimizer"),
        (small, {"vary": {"steps": [3, 12]}, "record_every": 4}, ReplicasError, r"record_every: .* the 3 steps, got 4"),
        (small, {"recipes": SEARCH}, ReplicasError, r"recipe: expected none beside recipes=, got both"),
        (small, {"recipes": [], "recipe": None}, ReplicasError, r"recipes: expected 1 to 1,000,000 recipes, got none"),
        (small, {"recipes": RECIPE, "recipe": None}, ReplicasError, r"recipes: expected a list of recipes, got Recipe"),
        (
            small,
            {"recipes": [RECIPE, 3], "recipe": None},
            RecipeError,
            r"recipes\[1\]: expected a looplab.Recipe, got 3",
        ),
        (
            small,
            {"recipes": SEARCH, "recipe": None, "seeds": 2},
            ReplicasError,
            r"seeds: expected one for each of the 3 recipes, got 2\. Leave it out for the recipes' own seeds",
        ),
        (small, {"recipe": None}, RecipeError, r"recipe: expected a looplab.Recipe, got nothing \(None\)"),
        (wide, {"vary": {"width": [3, 4]}, "seeds": 10**12}, ReplicasError, r"memory for 2,000,000,000,000 replicas"),
        (wide, {"vary": {"width": [3]}, "seeds": 10**12}, ReplicasError, r"memory for 1,000,000,000,000 replicas"),
    ],
)
def test_what_does_not_fit_is_refused(
    make_model: Any, arguments: dict[str, Any], kind: type[LooplabError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        train_many(make_model, MOONS, **{"recipe": RECIPE, "seeds": 2, **arguments})


def test_a_group_that_does_not_fit_is_refused_before_another_is_trained() -> None:
    made: list[int] = []

    def of_inputs(inputs: int) -> nn.Module:
        made.append(inputs)
        return nn.Linear(inputs, 1)

    with pytest.raises(ModelError, match=r"the model on 'moons'"):
        train_many(of_inputs, MOONS, RECIPE, seeds=9, vary={"inputs": [2, 5]})
    assert made == [2, 5]
