"""The contract that every named dataset obeys by being registered."""

import math
import re
import subprocess
import sys
from inspect import signature
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import make_circles, make_moons

from looplab import load
from looplab.data import DATASETS
from looplab.errors import ChoiceError, DataError

NAMES = ["moons", "circles", "spirals", "sine", "temperature", "digits", "diabetes", "breast-cancer", "wine", "iris"]
SHAPES = {
    "moons": (200, 2, 1),
    "circles": (200, 2, 1),
    "spirals": (200, 2, 1),
    "sine": (100, 1, 1),
    "temperature": (11, 1, 1),
    "digits": (1797, 64, 10),
    "diabetes": (442, 10, 1),
    "breast-cancer": (569, 30, 1),
    "wine": (178, 13, 3),
    "iris": (150, 4, 3),
}


def test_the_named_datasets_are_those_of_the_contract() -> None:
    assert list(DATASETS) == NAMES


@pytest.mark.parametrize("name", DATASETS)
class TestContract:
    def test_shape(self, name: str) -> None:
        dataset = load(name)
        assert (len(dataset), dataset.features, dataset.outputs) == SHAPES[name]
        assert dataset.name == name

    def test_the_same_call_gives_the_same_bits_and_leaves_random_state_alone(self, name: str) -> None:
        before = torch.get_rng_state()
        first, second = load(name), load(name)
        assert torch.equal(first.inputs, second.inputs)
        assert torch.equal(first.targets, second.targets)
        assert torch.equal(torch.get_rng_state(), before)

    def test_it_varies(self, name: str) -> None:
        dataset = load(name)
        assert dataset.targets.float().std(dim=0).min() > 0
        if name != "digits":  # a few pixels at the edge are never inked
            assert dataset.inputs.std(dim=0).min() > 0

    def test_an_unknown_option_lists_the_options(self, name: str) -> None:
        with pytest.raises(ChoiceError, match=f"option of dataset '{name}'.*got 'sed'"):
            load(name, sed=3)


def test_an_unknown_name_lists_all_and_the_nearest_first() -> None:
    with pytest.raises(
        ChoiceError, match=r"dataset: expected one of moons, .*got 'moon'. Did you mean 'moons'\?"
    ) as caught:
        load("moon")
    assert sorted(caught.value.choices) == sorted(NAMES)


def test_options_change_the_data() -> None:
    assert len(load("moons", rows=500)) == 500
    assert not torch.equal(load("moons", seed=1).inputs, load("moons").inputs)
    assert load("sine", scale=10.0).targets.max() > 9
    torch.testing.assert_close(load("temperature", raw=True).inputs, 10 * load("temperature").inputs)


def test_sine_is_the_course_s_sine() -> None:
    sine = load("sine")
    assert sine.inputs[[0, -1]].flatten().tolist() == pytest.approx([-2 * math.pi, 2 * math.pi])
    torch.testing.assert_close(sine.targets, torch.sin(sine.inputs))


def test_spirals_wind_around_each_other() -> None:
    spirals = load("spirals", noise=0.0, rows=400)
    radius = spirals.inputs.norm(dim=1)
    assert radius.max() <= 1.5
    assert (spirals.targets.sum() / 400).item() == 0.5
    first, second = (spirals.inputs[spirals.targets.flatten() == arm] for arm in (0, 1))
    assert torch.cdist(first, second).min() > 0.01


# By name: the mean of the inputs, the mean of inputs times row number (rows in another order, or other rows, move it),
# the mean of the targets, the first feature's and the first target's name.
VALUES = {
    "moons": (0.39533, 40.2743, 0.5, "x1", "upper moon"),
    "circles": (0.01016, 1.0748, 0.5, "x1", "outer circle"),
    "spirals": (-0.00949, -2.5948, 0.5, "x1", "first arm"),
    "sine": (0.0, 105.767, 0.0, "x", "y"),
    "temperature": (5.18, 31.1664, 10.5, "reading / 10", "degrees Celsius"),
    "digits": (0.30526, 273.842, 4.49082, "pixel 0,0", "0"),
    "diabetes": (0.0, 0.3958, 152.13348, "age", "progression"),
    "breast-cancer": (61.89071, 17041.1883, 0.62742, "mean radius", "malignant"),
    "wine": (69.13366, 5377.557, 0.9382, "alcohol", "class_0"),
    "iris": (3.4645, 290.2927, 1.0, "sepal length (cm)", "setosa"),
}


@pytest.mark.parametrize("name", DATASETS)
def test_the_values_are_those_that_the_lessons_were_measured_with(name: str) -> None:
    dataset = load(name)
    inputs, rows = dataset.inputs.double(), torch.arange(1, len(dataset) + 1).double()
    mean, weighted, target, feature, first = VALUES[name]
    assert inputs.mean().item() == pytest.approx(mean, abs=1e-4)
    assert (inputs * rows[:, None]).mean().item() == pytest.approx(weighted, rel=1e-4, abs=1e-3)
    assert dataset.targets.double().mean().item() == pytest.approx(target, abs=1e-4)
    assert (dataset.feature_names[0], dataset.target_names[0]) == (feature, first)


def test_the_thermometer_s_readings() -> None:
    data = load("temperature", raw=True)
    assert data.feature_names == ("reading",)
    celsius = [0.5, 14, 15, 28, 11, 8, 3, -4, 6, 13, 21]
    assert data.targets.flatten().tolist() == celsius
    readings = [35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4]
    assert data.inputs.flatten().tolist() == pytest.approx(readings)


def test_what_the_options_of_the_drawn_datasets_mean() -> None:
    circles = load("circles", noise=0.0, factor=0.3)
    assert sorted({round(radius, 4) for radius in circles.inputs.norm(dim=1).tolist()}) == [0.3, 1.0]
    once, thrice = (load("spirals", noise=0.0, rows=2000, turns=turns).inputs[::2] for turns in (1.0, 3.0))
    assert _turns(once) == pytest.approx(1, abs=0.05)
    assert _turns(thrice) == pytest.approx(3, abs=0.1)
    assert load("sine", noise=1.0, rows=4000).targets.std().item() == pytest.approx((0.5 + 1) ** 0.5, abs=0.05)
    assert not torch.equal(load("sine", noise=1.0, seed=1).targets, load("sine", noise=1.0).targets)


def _turns(arm: torch.Tensor) -> float:
    """How often an arm winds around the middle: its points in the order of their radius, angle by angle."""
    points = arm[arm.norm(dim=1).argsort()]
    angles = torch.atan2(points[:, 1], points[:, 0])
    steps = (angles.diff() + math.pi) % (2 * math.pi) - math.pi
    return abs(steps.sum().item()) / (2 * math.pi)


DRAWN = {"moons": make_moons, "circles": make_circles}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("rows", [1, 2, 7, 200, 1001])
@pytest.mark.parametrize(("noise", "seed"), [(0.0, 0), (0.2, 42), (1.5, 2**32 - 1)])
def test_what_is_drawn_here_is_scikit_learn_s_to_the_bit(name: str, rows: int, noise: float, seed: int) -> None:
    options = {"factor": 0.5} if name == "circles" else {}
    points, labels = DRAWN[name](rows, noise=noise, random_state=seed, **options)
    mine = load(name, rows=rows, noise=noise, seed=seed)
    assert torch.equal(mine.inputs, torch.tensor(points, dtype=torch.float32))
    assert torch.equal(mine.targets[:, 0], torch.tensor(labels, dtype=torch.float32))


def test_what_is_drawn_here_needs_no_scikit_learn() -> None:
    drawn = [name for name, make in DATASETS.items() if "rows" in signature(make).parameters]
    code = f"import sys, looplab; [looplab.load(name) for name in {drawn}]; print('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


OPTIONS = [(name, option) for name, make in DATASETS.items() for option in signature(make).parameters]


@pytest.mark.parametrize(("name", "option"), OPTIONS)
@pytest.mark.parametrize("bad", [None, "3", math.nan, math.inf, -math.inf, 10**400, [1], object(), 1j])
def test_an_option_that_is_impossible_is_named(name: str, option: str, bad: Any) -> None:
    with pytest.raises(DataError, match=rf"^{option} of dataset '{name}': expected "):
        load(name, **{option: bad})


@pytest.mark.parametrize(("option", "bad"), [("rows", 0), ("rows", -1), ("rows", 2.5), ("rows", True), ("noise", -0.1),
    ("seed", -1), ("seed", 2**32), ("factor", 1.0), ("factor", -0.1)])  # fmt: skip
def test_an_option_beyond_its_bounds_is_named(option: str, bad: Any) -> None:
    with pytest.raises(DataError, match=rf"^{option} of dataset 'circles': expected .*, got {re.escape(repr(bad))}$"):
        load("circles", **{option: bad})


def test_numpy_s_numbers_are_options() -> None:
    options: dict[str, Any] = {"rows": np.int64(20), "noise": np.float32(0.5), "seed": np.uint8(3)}
    assert torch.equal(load("moons", **options).inputs, load("moons", rows=20, noise=0.5, seed=3).inputs)
