"""The answer as a function of losses on folds: no training here."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from looplab.comparison.answer import Evidence, better_still, change, decide, relative_gain, say, share

FOLDS = 20


def evidence(**levels: float) -> Evidence:
    """Losses that scatter by 5 % around a level for each arm; arms that are not named are at 1."""
    random = np.random.default_rng(0)
    names = ["constant", "linear", "small network", "wide network", "gradient boosting"]
    losses: dict[str, NDArray[np.float64]] = {
        name: levels.get(name.replace(" ", "_"), 1.0) * random.normal(1, 0.05, FOLDS) for name in names
    }
    return Evidence(losses=losses, train_rows=80, test_rows=20, loss_name="log loss", margin=0.1)


@pytest.mark.parametrize(
    ("levels", "answer", "winner", "words"),
    [
        (
            {"small_network": 0.5},
            "network",
            "small network",
            "A neural network predicts better: the small network lowers",
        ),
        ({"wide_network": 0.5}, "network", "wide network", "the wide network lowers the linear model's log loss by 5"),
        ({"constant": 3.0}, "linear", "linear", "A linear model is enough: the better network "),
        ({"constant": 3.0, "small_network": 1.5, "wide_network": 4.0}, "linear", "linear", "raises the linear model's"),
        ({}, "undecided", "constant", "These data cannot tell: no model reliably predicts better than the constant"),
        ({"linear": 1.5, "small_network": 1.2, "wide_network": 1.2}, "undecided", "constant", "no model reliably"),
        (
            {"constant": 3.0, "gradient_boosting": 0.5},
            "linear",
            "linear",
            " % below the linear model's.",
        ),
        (
            {"gradient_boosting": 0.5},
            "undecided",
            "constant",
            " Gradient boosting is better still: its log loss is 5",
        ),
        ({"gradient_boosting": 0.5}, "undecided", "constant", " % below the constant prediction's."),
        (
            {"small_network": 0.5, "gradient_boosting": 0.2},
            "network",
            "small network",
            " % below the small network's.",
        ),
    ],
)
def test_answers(levels: dict[str, float], answer: str, winner: str, words: str) -> None:
    found = evidence(**levels)
    assert decide(found) == (answer, winner)
    assert words in say(*decide(found), found)


def test_noisy_folds_cannot_tell() -> None:
    random = np.random.default_rng(1)
    found = evidence(constant=9.0)
    noisy = dict(found.losses) | {"small network": np.exp(random.normal(0, 1.0, FOLDS))}
    found = Evidence(losses=noisy, train_rows=80, test_rows=20, loss_name="log loss", margin=0.1)
    assert decide(found) == ("undecided", "linear")
    sentence = say("undecided", "linear", found)
    assert sentence.startswith("These data cannot tell: the small network "), "the one that is in doubt is named"
    assert "but the gain may be anything from" in sentence


def test_gain_is_the_share_by_which_a_typical_fold_s_loss_falls() -> None:
    over = np.array([1.0, 2.0, 4.0, 8.0])
    gain = relative_gain(over * 0.75, over, 80, 20)
    assert gain.estimate == pytest.approx(0.25)
    assert gain.low == pytest.approx(0.25)
    assert relative_gain(over, over * 0.75, 80, 20).estimate == pytest.approx(1 - 1 / 0.75)


def test_one_wild_fold_does_not_decide() -> None:
    over = np.full(20, 1.0)
    arm = np.full(20, 0.5)
    arm[0] = 30.0
    assert relative_gain(arm, over, 80, 20).estimate > 0.3
    assert arm.mean() > over.mean()


def test_how_perfect_an_all_but_perfect_fold_is_does_not_decide() -> None:
    losses = {"constant": np.full(20, 1.0), "linear": np.full(20, 0.05), "gradient boosting": np.full(20, 0.06)}
    losses["gradient boosting"][:4] = 1e-5
    found = Evidence(losses=losses, train_rows=80, test_rows=20, loss_name="log loss", margin=0.1)
    assert found.gain("gradient boosting", "linear").estimate < 0.2
    assert relative_gain(losses["gradient boosting"], losses["linear"], 80, 20).estimate > 0.7


def test_perfect_predictions_do_not_divide_by_zero() -> None:
    assert relative_gain(np.zeros(10), np.ones(10), 80, 20).estimate == pytest.approx(1)
    assert relative_gain(np.zeros(10), np.zeros(10), 80, 20).estimate == 0


def test_what_is_not_clearly_better_is_not_said_to_be() -> None:
    found = evidence(constant=3.0)
    assert "Gradient boosting" not in say(*decide(found), found)
    useless = evidence(constant=0.4, gradient_boosting=0.45, linear=1.0)
    assert "Gradient boosting" not in say("linear", "linear", useless), "better than linear, not than the constant"


def test_the_best_of_all_rivals_is_named() -> None:
    found = evidence(constant=3.0, gradient_boosting=0.6)
    found = replace(found, losses=dict(found.losses) | {"my forest": 0.5 * found.losses["gradient boosting"]})
    assert better_still("linear", found) == "my forest"
    assert " The arm 'my forest' is better still: its log loss is 70 % below the linear model's." in say(
        "linear", "linear", found
    )
    assert better_still("linear", evidence(constant=3.0)) is None


def test_the_sentence_is_about_the_better_network() -> None:
    found = evidence(constant=9.0, small_network=1.3, wide_network=1.05)
    sentence = say(*decide(found), found)
    assert sentence.startswith("A linear model is enough: the better network raises the linear model's log loss by ")
    assert float(sentence.split(" by ")[1].split(" ")[0]) < 10, "the wide one's 5 %, not the small one's 30 %"
    both = evidence(small_network=0.8, wide_network=0.4)
    assert decide(both) == ("network", "wide network")


def test_levels_hold_for_both_networks_at_once_or_one_sided() -> None:
    """Gains near the border: the level of each interval decides."""
    folds = np.array([1.0, -1.0] * 10)

    def found(log_gain: float, scatter: float) -> Evidence:
        arm = np.exp(-(log_gain + scatter * folds))
        losses = {name: np.ones(FOLDS) for name in ("linear", "wide network", "gradient boosting")}
        losses |= {"constant": np.full(FOLDS, 9.0), "small network": arm}
        return Evidence(losses=losses, train_rows=80, test_rows=20, loss_name="log loss", margin=0.1)

    near = found(0.3, 0.3 / 2.3 / 0.5621)  # its mean is 2.3 times its corrected standard error
    single = near.gain("small network", "linear", 0.95)
    assert single.low > 0, "at the level of one network it would be better"
    assert decide(near)[0] == "undecided"
    almost = found(0.0, 0.08 / 0.5621 / 1.9)
    assert almost.gain("small network", "linear", 0.95).high > 0.07
    assert decide(almost)[0] == "linear"


def test_a_loss_below_a_billionth_of_either_mean_counts_as_that() -> None:
    over, arm = np.full(10, 1.0), np.full(10, 1.0)
    arm[0] = 0.0
    one = relative_gain(arm, over, 80, 20)
    assert one.estimate == pytest.approx(1 - np.exp(-np.log(1e9 / 0.9) / 10), rel=0.05)
    assert relative_gain(over, arm, 80, 20).estimate == pytest.approx(1 - np.exp(np.log(1e9 / 0.9) / 10), rel=0.05)
    assert relative_gain(np.full(10, 0.5), over, 80, 20, level=0.5).level == 0.5


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (-1.5, "has 2.5 times the linear model's loss"),
        (-1.0, "raises the linear model's loss by 100 %"),
        (0.0, "lowers the linear model's loss by 0.0 %"),
        (0.25, "lowers the linear model's loss by 25 %"),
    ],
)
def test_changes_in_words(gain: float, words: str) -> None:
    assert change(gain, "loss") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.34, "34 %"),
        (0.012, "1.2 %"),
        (-0.5, "−50 %"),
        (-12.0, "below −999 %"),
        (-10.5, "below −999 %"),
        (-9.99, "−999 %"),
        (0.0949, "9.5 %"),
        (0.095, "10 %"),
    ],
)
def test_shares_in_words(value: float, words: str) -> None:
    assert share(value) == words
