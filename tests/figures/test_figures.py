"""What every figure of looplab obeys: returned, described, titled, named axes, and not by colour alone."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from torch import nn

from looplab import Dataset, Recipe, Run, Runs, figures, linear, load, mlp, train, train_many
from looplab.errors import ChoiceError, DataError
from looplab.figures.style import ACTIVATION_COLOURS, CLASS_COLOURS, CLASS_MARKERS, LINEAR, NETWORK
from looplab.models import ACTIVATIONS


@cache
def moons_runs() -> list[Run]:
    learn, held_out = load("moons").split(0.7, seed=0)
    recipes = [Recipe(optimizer="adam", lr=0.05, steps=20, seed=seed) for seed in range(3)]
    return [train(lambda: mlp(2, [4], 1), learn, recipe, validation=held_out) for recipe in recipes]


def varied_runs(rates: int) -> Runs:
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=20)
    vary = {"lr": torch.linspace(0.1, 2, rates).tolist(), "momentum": [0.0, 0.9]}
    return train_many(lambda: mlp(2, [4], 1), load("moons"), recipe, seeds=4, vary=vary)


def plane_of_iris() -> Dataset:
    iris = load("iris")
    return Dataset(
        name="petals",
        inputs=iris.inputs[:, 2:],
        targets=iris.targets,
        task="multiclass",
        feature_names=iris.feature_names[2:],
        target_names=iris.target_names,
    )


FIGURES: dict[str, Callable[[], Figure]] = {
    "boundary of two classes": lambda: figures.decision_boundary(moons_runs()[0].model, load("moons")),
    "boundary of three": lambda: figures.decision_boundary(linear(2, 3), plane_of_iris()),
    "loss curve": lambda: figures.loss_curves(moons_runs()[0]),
    "loss curves": lambda: figures.loss_curves(moons_runs()),
    "fit": lambda: figures.fit(mlp(1, [4], 1), load("sine")),
    "fits": lambda: figures.fit({"linear": linear(1, 1), "tanh": mlp(1, [4], 1, "tanh")}, load("sine")),
    "success map": lambda: figures.success_map(varied_runs(3), succeeds_below=0.5),
    "success map of many cells": lambda: figures.success_map(varied_runs(20), succeeds_below=0.5),
    "scatter of classes": lambda: figures.scatter(load("circles")),
    "scatter of a target": lambda: figures.scatter(load("temperature")),
} | {name: (lambda name=name: figures.activation(name)) for name in ACTIVATIONS}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_complete(name: str) -> None:
    figure = FIGURES[name]()
    words = figures.alternative_text(figure)
    assert len(words.split()) >= 8
    assert words.endswith(".")
    for axes in figure.axes:
        assert axes.get_title()
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        sizes = [label.get_fontsize() for label in (axes.title, axes.xaxis.label, axes.yaxis.label)]
        assert min(float(size) for size in sizes) >= 11
    figure.savefig(BytesIO())


def test_words_carry_the_numbers() -> None:
    run = moons_runs()[0]
    words = figures.alternative_text(figures.loss_curves(run))
    assert f"from {run.train_loss[0]:.3g} to {run.train_loss[-1]:.3g}" in words
    assert "validation" in words
    assert "medians of 3 runs" in figures.alternative_text(figures.loss_curves(moons_runs()))


def test_the_boundary_stands_where_the_model_says() -> None:
    model = nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 0.0]]))
        model.bias.fill_(-0.5)
    [axes] = figures.decision_boundary(model, load("moons")).axes
    vertices = torch.tensor(axes.collections[0].get_paths()[0].vertices)
    torch.testing.assert_close(vertices[:, 0], torch.full_like(vertices[:, 0], 0.5), atol=1e-3, rtol=0)


def test_validation_differs_from_training_without_colour() -> None:
    [axes] = figures.loss_curves(moons_runs()[0]).axes
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]
    [axes] = figures.fit({"a": linear(1, 1), "b": linear(1, 1)}, load("sine")).axes
    assert len({line.get_linestyle() for line in axes.lines}) == 2


def test_the_loss_axis_says_whether_it_is_logarithmic() -> None:
    assert figures.loss_curves(moons_runs()[0]).axes[0].get_ylabel() == "loss (logarithmic)"
    assert figures.loss_curves(moons_runs()[0], logarithmic=False).axes[0].get_ylabel() == "loss"


def luminance(colour: str) -> float:
    linear_rgb = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear_rgb, strict=True))


@pytest.mark.parametrize("colour", [LINEAR, NETWORK, *ACTIVATION_COLOURS.values()])
def test_line_colours_have_contrast_on_white(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5  # WCAG 2.2, contrast ratio


def test_classes_differ_in_lightness_and_marker() -> None:
    assert luminance(CLASS_COLOURS[1]) / luminance(CLASS_COLOURS[0]) > 3
    assert len(set(CLASS_MARKERS)) == len(set(CLASS_COLOURS)) == 10


def categories(features: int) -> Dataset:
    """Rows of categories: classes of two, or numbers of one."""
    return Dataset(
        name="categories",
        inputs=torch.tensor([[0, 1], [2, 2]])[:, :features],
        targets=torch.tensor([[0.0], [1.0]]),
        task="binary" if features == 2 else "regression",
        feature_names=("a", "b")[:features],
        target_names=("no", "yes")[:features],
    )


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.decision_boundary(linear(64, 10), load("digits")),
        lambda: figures.decision_boundary(linear(1, 1), load("sine")),
        lambda: figures.fit(linear(10, 1), load("diabetes")),
        lambda: figures.scatter(load("wine")),
        lambda: figures.decision_boundary(nn.EmbeddingBag(3, 1), categories(2)),
        lambda: figures.fit(nn.EmbeddingBag(3, 1), categories(1)),
    ],
)
def test_data_that_cannot_be_drawn_are_named(draw: Callable[[], Figure]) -> None:
    with pytest.raises(DataError, match=r"dataset: expected .*, got \d+ features( of categories)?, task"):
        draw()


def test_an_unknown_activation() -> None:
    with pytest.raises(ChoiceError, match="Did you mean 'tanh'"):
        figures.activation("tahn")


def test_a_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(2, 1), nn.Dropout(0.5))
    figures.decision_boundary(model, load("moons"))
    assert model.training


def test_without_matplotlib_the_error_names_the_extra() -> None:
    code = "import sys; sys.modules['matplotlib'] = None\ntry: import looplab.figures\nexcept ValueError as e: print(e)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert "looplab.figures needs the optional part 'figures'" in said.stdout
    assert "pip install 'looplab[figures]'" in said.stdout
