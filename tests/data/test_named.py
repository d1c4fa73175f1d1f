"""The contract that every named dataset obeys by being registered."""

import math

import pytest
import torch

from looplab import load
from looplab.data import DATASETS
from looplab.errors import ChoiceError

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
