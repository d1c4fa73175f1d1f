"""The map of what share of seeds succeeds: cells, axes, the best cell, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from looplab import Recipe, Runs, figures, load, mlp, train_many
from looplab.course.pages.night import by_night
from looplab.errors import DataError
from looplab.figures.map_cells import VariedAxis
from looplab.figures.success_map import _MAP
from looplab.statistics import rate_interval

from .conftest import cut_off

RATES, MOMENTA = (0.3, 3.0, 0.03), (0.9, 0.0)


@cache
def runs() -> Runs:
    """Rates and momenta that were not given in order."""
    return trained({"lr": RATES, "momentum": MOMENTA})


def trained(vary: dict[str, Any], seeds: int = 5, optimizer: str = "sgd") -> Runs:
    recipe = Recipe(optimizer=optimizer, lr=0.1, steps=40)
    return train_many(
        lambda width=4: mlp(2, [width], 1),
        load("moons"),
        recipe,
        seeds=seeds,
        vary={k: list(v) for k, v in vary.items()},
    )


def unfit(other: Any) -> Any:
    """Something else in place of an argument: the types forbid it, users do it."""
    return other


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def frames(figure: Figure) -> list[tuple[float, float]]:
    """Column and row of each framed cell."""
    return [patch.get_xy() for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]


def test_each_cell_holds_the_share_of_its_seeds() -> None:
    figure = figures.success_map(runs(), succeeds_below=0.28)
    table = runs().table()
    table["succeeds"] = (runs().final_train_loss < 0.28).numpy()
    shares = table.pivot_table(index="momentum", columns="lr", values="succeeds", aggfunc="mean")
    assert len(np.unique(shares)) > 2, "there is something to see"
    assert texts(figure) == [f"{100 * share:.0f}" for share in shares.to_numpy().flatten()]
    [axes] = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.03", "0.3", "3"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "0.9"]
    assert axes.get_xlabel() == "lr (logarithmic)"
    assert axes.get_ylabel() == "momentum"


def test_the_best_cell_is_framed_and_has_its_interval() -> None:
    mine = torch.tensor([lr == 3 and momentum == 0 and seed < 4 for lr, momentum, seed in labelled()])
    figure = figures.success_map(runs(), succeeds=lambda _: mine)
    assert frames(figure) == [(1.5, -0.5)]
    interval = rate_interval(4, 5)
    found = f"best: lr 3, momentum 0: 4 of 5, 80% [{interval.low:.0%}, {interval.high:.0%}]"
    assert figure.axes[0].get_title() == f"Share of 5 seeds that succeed, in percent\n{found}"
    assert figures.alternative_text(figure) == (
        "Map of 3 by 2 cells, the share of 5 seeds in each that succeed: lr (logarithmic) from 0.03 to 3 across, "
        "momentum from 0 to 0.9 upward. momentum 0: 0% to 80%, most at lr 3; momentum 0.9: 0% to 0%, most at lr 0.03. "
        f"Best{found[4:]}, a 95 % Wilson interval."
    )


def labelled() -> list[tuple[float, float, int]]:
    return list(zip(*(runs().columns[name] for name in ("lr", "momentum", "seed")), strict=True))


def test_equally_good_cells_are_all_framed() -> None:
    figure = figures.success_map(runs(), succeeds=lambda runs: ~runs.failed, title="All of them")
    assert len(frames(figure)) == 6
    assert figure.axes[0].get_title().startswith("All of them\nbest: lr 0.03, momentum 0 and 5 more: 5 of 5, 100% [")


def test_a_run_that_failed_does_not_succeed() -> None:
    all_failed = replace(runs(), failed=torch.ones(len(runs()), dtype=torch.bool))
    assert set(texts(figures.success_map(all_failed, succeeds_below=100))) == {"0"}


def test_names_and_settings_of_the_model_are_axes_too() -> None:
    various = trained({"optimizer": ["sgd", "adam"], "width": [9, 2]}, optimizer="adam")
    [axes] = figures.success_map(various, succeeds_below=0.3).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["sgd", "adam"], "names keep their order"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["2", "9"]
    assert axes.get_xlabel() == "optimizer"


def test_pairs_that_nobody_trained_stay_empty() -> None:
    kept = [
        place
        for place, (lr, momentum, seed) in enumerate(labelled())
        if (lr, momentum) != (3, 0) and (seed < 4 or lr > 0.1)
    ]
    columns = {name: [column[place] for place in kept] for name, column in runs().columns.items()}
    some = replace(
        runs(),
        columns=columns,
        **{name: getattr(runs(), name)[kept] for name in ("train_loss", "failed", "steps", "kept_step")},
    )
    figure = figures.success_map(some, succeeds_below=0.28)
    assert texts(figure).count("–") == 1
    assert "Share of 4 to 5 seeds whose" in figure.axes[0].get_title()


def test_many_cells_have_a_bar_of_colours_instead_of_numbers() -> None:
    figure = figures.success_map(
        trained({"lr": np.geomspace(0.001, 10, 20), "width": [2, 3]}, seeds=2), succeeds_below=1
    )
    assert texts(figure) == []
    assert figure.axes[1].get_ylabel() == "seeds that succeed, in percent"
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert ticks[:3] == ["0.001", "0.00264", "0.00695"]
    assert len(ticks) == 10


def given(truths: torch.Tensor, _: Runs) -> torch.Tensor:
    """The same whatever the runs."""
    return truths


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_numbers_in_cells_have_contrast_by_day_and_by_night() -> None:
    for successes in range(31):
        truths = torch.arange(30) < successes
        one_cell = replace(runs(), columns={"lr": [1.0] * 30, "momentum": [0.0] * 30, "seed": list(range(30))})
        [axes] = figures.success_map(one_cell, succeeds=partial(given, truths)).axes
        [text], [mesh] = axes.texts, axes.collections
        behind = to_hex(mesh.to_rgba(np.array([successes / 30]))[0])
        ink = to_hex(str(text.get_color()))
        assert contrast(ink, behind) >= 4.5, successes
        assert contrast(by_night(ink), by_night(behind)) >= 4.5, successes


def test_a_larger_share_stands_out_more_by_day_and_by_night() -> None:
    colours = [to_hex(_MAP(share)) for share in np.linspace(0, 1, 65)]
    for set_of in (colours, list(map(by_night, colours))):
        from_paper = [contrast(colour, set_of[0]) for colour in set_of]
        assert from_paper == sorted(from_paper)


@pytest.mark.parametrize(
    "vary",
    [
        {"lr": np.geomspace(0.001, 10, 13).tolist(), "momentum": [0.0, 0.9]},
        {"momentum": [0.0, 0.9], "lr": np.geomspace(0.001, 10, 25).tolist()},
        {"optimizer": ["sgd", "adagrad"], "width": [2, 30000]},
    ],
)
def test_nothing_is_cut_off(vary: dict[str, Any]) -> None:
    title = "A title that somebody has thought of and that goes on for longer than the figure is wide, and longer"
    for said in ("", title):
        assert cut_off(figures.success_map(trained(vary, seeds=1), succeeds_below=0.1, title=said)) == []


@pytest.mark.parametrize(
    ("values", "spacing"),
    [
        ([1, 2, 3, 4], "linear"),
        ([0.01, 0.03, 0.1, 0.3, 1], "logarithmic"),
        ([0.0, 0.5, 0.9, 0.99], "uneven"),
        ([-1.0, 1.0, 10.0], "uneven"),
        ([1, 10], ""),
        (["a", "b", "c"], ""),
        ([True, False, None], ""),
    ],
)
def test_an_axis_says_how_its_values_are_spaced(values: list[Any], spacing: str) -> None:
    axis = VariedAxis.of("x", values * 2)
    assert axis.spacing == spacing
    suffix = {"logarithmic": " (logarithmic)", "uneven": " (not to scale)"}
    assert axis.title == "x" + suffix.get(spacing, "")


def test_labels_have_as_many_digits_as_tell_values_apart() -> None:
    assert VariedAxis.of("x", [0.17783, 1.0]).labels == ["0.178", "1"]
    assert VariedAxis.of("x", [0.17783, 0.17791]).labels == ["0.17783", "0.17791"]
    assert VariedAxis.of("x", [(0.9, 0.99), (0.9, 0.999)]).labels == ["(0.9, 0.99)", "(0.9, 0.999)"]


TWO = "runs: expected two varied fields or settings, one for each axis, got"
SAID = "succeeds_below, succeeds: expected one of the two, which says what counts as success, got"


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: figures.success_map(trained({}), succeeds_below=0.1), f"{TWO} none. Train them with train_many(vary="),
        (lambda: figures.success_map(trained({"lr": [1.0]}), succeeds_below=0.1), f"{TWO} 1: lr. Train"),
        (
            lambda: figures.success_map(trained({"lr": [1.0], "momentum": [0.0], "width": [2]}), succeeds_below=0.1),
            f"{TWO} 3: lr, momentum, width. Train",
        ),
        (
            lambda: figures.success_map(replace(runs(), train_loss=torch.empty(0, 1)), succeeds_below=0.1),
            "runs: expected at least one seed, got no runs",
        ),
        (lambda: figures.success_map(unfit([1]), succeeds_below=1), "runs: expected what train_many gives, got a list"),
        (lambda: figures.success_map(runs()), f"{SAID} neither. Say succeeds_below=0.1 for a final training loss"),
        (
            lambda: figures.success_map(runs(), succeeds_below=1, succeeds=lambda runs: ~runs.failed),
            f"{SAID} both. Say",
        ),
        (lambda: figures.success_map(runs(), succeeds_below=unfit("1")), "succeeds_below: expected a number, got '1'"),
        (
            lambda: figures.success_map(runs(), succeeds=lambda runs: runs.final_train_loss),
            "succeeds: expected 30 truths, one a run, got float32 of shape (30,). Try",
        ),
        (
            lambda: figures.success_map(runs(), succeeds=lambda runs: ~runs.failed[:4]),
            "succeeds: expected 30 truths, one a run, got bool of shape (4,). Try",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_map_is_told(draw: Callable[[], Figure], message: str) -> None:
    with pytest.raises(DataError) as caught:
        draw()
    assert str(caught.value).startswith(message)
