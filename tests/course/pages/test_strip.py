"""The strip of a claim: every arm on one axis, whatever the numbers are."""

import re
from dataclasses import replace

import numpy as np
import pytest

from looplab.course.pages.strip import claim_strip
from looplab.experiments import Report, list_experiments, load_ledger

WIDTH = 480


@pytest.fixture(scope="module")
def report() -> Report:
    """One in which runs can fail."""
    return load_ledger("wider-fails-less")


def with_values(report: Report, *values: list[float], **changes: object) -> Report:
    arms = tuple(replace(arm, values=np.array(each)) for arm, each in zip(report.arms, values, strict=False))
    return replace(report, arms=arms, **changes)  # type: ignore[arg-type]  # fields by name


def ticks(strip: str) -> list[list[int]]:
    """Where the ticks of each row stand."""
    return [[int(x) for x in re.findall(r"M(\d+)", path)] for path in re.findall(r'strip-seeds" d="([^"]*)"', strip)]


def medians(strip: str) -> list[int]:
    return [int(x) for x in re.findall(r'strip-middle" d="M(\d+)', strip)]


def test_the_rows_share_one_axis(report: Report) -> None:
    strip = claim_strip(with_values(report, [0.0, 1.0], [1.0, 2.0], fails_above=None), "in words")
    (first, second) = ticks(strip)
    assert first[0] < 5
    assert second[-1] > WIDTH - 5
    assert first[-1] == second[0] == pytest.approx(WIDTH / 2, abs=2)
    assert medians(strip) == [pytest.approx(WIDTH / 4, abs=2), pytest.approx(3 * WIDTH / 4, abs=2)]
    assert "strip-limit" not in strip
    assert "<span>0</span>" in strip
    assert "<span>2</span>" in strip


def test_more_seeds_make_a_higher_tick(report: Report) -> None:
    strip = claim_strip(with_values(report, [0.0] * 9 + [1.0]), "in words")
    tops = [float(top) for top in re.findall(r"M\d+ 20V([\d.]+)", strip)]
    assert tops[0] == 0
    assert 5 < tops[1] < 14


def test_a_logarithmic_axis_is_one_and_says_so(report: Report) -> None:
    strip = claim_strip(with_values(report, [0.01, 0.1, 1.0], logarithmic=True, fails_above=0.1), "in words")
    assert ticks(strip)[0][1] == pytest.approx(WIDTH / 2, abs=3)
    assert "logarithmic" in strip
    assert re.search(r'strip-limit" d="M24\d ', strip)
    assert "logarithmic" not in claim_strip(with_values(report, [0.0, 1.0], logarithmic=True), "in words")


def test_equal_values_and_a_threshold_out_of_sight_are_drawn(report: Report) -> None:
    strip = claim_strip(with_values(report, [3.0, 3.0], fails_above=7.0), "in words")
    assert len(ticks(strip)[0]) == 1
    assert "strip-limit" not in strip


def test_names_and_words_are_escaped(report: Report) -> None:
    arm = replace(report.arms[0], name="<8>")
    strip = claim_strip(replace(report, arms=(arm,)), 'a "dot" plot')
    assert "&lt;8&gt;" in strip
    assert 'aria-label="a &quot;dot&quot; plot"' in strip


@pytest.mark.parametrize("id_", list_experiments())
def test_every_entry_of_the_ledger_has_a_light_strip(id_: str) -> None:
    report = load_ledger(id_)
    strip = claim_strip(report, "in words")
    assert len(ticks(strip)) == len(report.arms)
    assert all(0 <= x <= WIDTH for row in ticks(strip) for x in row)
    assert len(strip) < 20_000
    assert "\n\n" not in strip
