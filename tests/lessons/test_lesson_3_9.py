"""What the claims and the figure of lesson 3.9 are measured with: rows, adapters, and the numbers that are shipped."""

import json
from statistics import median

import pytest
import torch

from looplab.content import lesson_folders, load_module

LESSON = lesson_folders()["3.9"]
STACKED = load_module(LESSON / "experiments" / "_stacked.py")
TRANSFER = load_module(LESSON / "experiments" / "_transfer.py")


@pytest.mark.parametrize(("which", "most"), [(0, 700), (1, 296)])
def test_digits_that_are_held_out_are_not_learned_from(which: int, most: int) -> None:
    learned, held_out = STACKED.half(0, which, most), STACKED.half(0, which)
    assert learned.targets.shape == (STACKED.TOGETHER, most)
    assert set(learned.targets.unique().tolist()) == set(range(5))
    for seed in range(STACKED.TOGETHER):
        own = {row.numpy().tobytes() for row in learned.inputs[seed]}
        others = [row.numpy().tobytes() in own for row in held_out.inputs[seed]]
        assert sum(others) <= 1, "apart from images that are in the data twice"


def test_fewer_labels_are_the_first_of_more() -> None:
    assert torch.equal(STACKED.half(3, 1, 5).inputs, STACKED.half(3, 1, 20).inputs[:, :5])


def test_frozen_layers_stay_and_an_adapter_adds_a_matrix_of_rank_four() -> None:
    before = TRANSFER.pretrained(0, "labels")
    frozen = TRANSFER.learned(0, "frozen", 5, "labels")
    assert all(torch.equal(a, b) for a, b in zip(before[:-2], frozen[:-2], strict=True))
    adapted = TRANSFER.learned(0, "adapter", 5, "labels")
    for layer in (0, 2):
        ranks = torch.linalg.matrix_rank(adapted[layer] - before[layer], atol=1e-4)
        assert ranks.tolist() == [4] * STACKED.TOGETHER
    assert torch.equal(adapted[1], before[1])


def test_the_figure_shows_what_is_measured() -> None:
    shown = json.loads((LESSON / "figures" / "few-labels.json").read_text(encoding="utf-8"))
    assert {len(seeds) for curve in shown["wrong"].values() for seeds in curve} == {shown["seeds"]}
    for curve, way in (("scratch", "scratch"), ("frozen labels", "frozen")):
        measured = [TRANSFER.error(seed, way, 10, "labels") for seed in range(16)]
        kept = [100 * wrong / shown["rows"] for wrong in shown["wrong"][curve][1][:16]]
        assert median(measured) == pytest.approx(median(kept), abs=1.5)
