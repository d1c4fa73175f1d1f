"""The distribution figure: a dot for every run, told in words, readable without colour."""

import numpy as np
import pytest

from looplab.errors import DataError
from looplab.experiments import list_experiments, load_ledger
from looplab.figures import alternative_text
from looplab.figures.comparison import fold_losses, learning_curve
from looplab.figures.distributions import distributions

from .conftest import cut_off

VALUES = {"ReLU": np.linspace(0.1, 0.4, 31), "tanh": np.geomspace(1e-4, 1e-2, 31)}


def test_every_value_is_a_dot_in_the_row_of_its_arm() -> None:
    [axes] = distributions(VALUES, measured="loss").axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    for row, (line, values) in enumerate(zip(dots, VALUES.values(), strict=True)):
        assert np.array_equal(np.asarray(line.get_xdata()), values)
        assert (np.abs(np.asarray(line.get_ydata()) + row) < 0.5).all()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ReLU", "tanh"]


def test_equal_values_stand_apart() -> None:
    [axes] = distributions({"a": np.array([1.0] * 20 + [2.0])}, measured="loss").axes
    heights = np.asarray(axes.lines[0].get_ydata())
    assert len(set(heights.tolist())) >= 20


def test_the_axis_says_whether_it_is_logarithmic() -> None:
    assert distributions(VALUES, measured="loss", logarithmic=True).axes[0].get_xlabel() == "loss (logarithmic)"
    with_zero = {"a": np.array([0.0, 1.0])}
    assert distributions(with_zero, measured="loss", logarithmic=True).axes[0].get_xscale() == "linear"


def test_the_words_say_what_the_picture_shows() -> None:
    text = alternative_text(distributions(VALUES, measured="loss", threshold=0.25))
    assert text == (
        "Dot plot of loss, one dot a seed, one row for each of 2 arms. "
        "ReLU: median 0.25, middle half 0.175 to 0.325, all 0.1 to 0.4, 15 of 31 above 0.25. "
        "tanh: median 0.001, middle half 0.000317 to 0.00317, all 0.0001 to 0.01, 0 of 31 above 0.25."
    )


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        distributions({"a": np.array([])}, measured="loss")
    assert str(caught.value) == "values: expected at least one arm with at least one value, got none"


@pytest.mark.parametrize("id_", list_experiments())
def test_no_text_of_a_ledger_entry_is_cut_off(id_: str) -> None:
    assert cut_off(load_ledger(id_).figure()) == []


@pytest.mark.parametrize(
    "name",
    ["W", "m" * 40, "64 rows, as many updates as 8 rows make", "gradient-boosted-trees-with-all-the-columns-there-are"],
)
def test_the_name_of_an_arm_is_never_cut_off(name: str) -> None:
    measured = "squared error on the readings that were held out, over the error of the best straight line (°C²)"
    values = {"a": VALUES["ReLU"], name: VALUES["tanh"]}
    figure = distributions(values, measured=measured, logarithmic=True)
    assert cut_off(figure) == []
    [axes] = figure.axes
    assert axes.get_position().width > 0.35
    losses = {arm: array.reshape(1, -1) for arm, array in values.items()}
    assert cut_off(fold_losses(losses, "loss")) == []
    assert cut_off(learning_curve([10, 20], {arm: [0.2, 0.1] for arm in values}, "loss")) == []
