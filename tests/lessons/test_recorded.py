"""Numbers of a lesson that come from a recorded file, because its code would run for too long, are the file's."""

import json
from pathlib import Path

import pytest

from looplab.course.reading import find_lesson

pytestmark = pytest.mark.checkout  # the benchmarks do not come with the wheel

RECORDED = Path(__file__).parents[2] / "benchmarks" / "results" / "compare_digits.json"


def test_lesson_quotes_the_recorded_comparison_on_digits() -> None:
    text = find_lesson("2.7").text
    recorded = json.loads(RECORDED.read_text())
    assert " ".join(recorded["sentence"].split()) in " ".join(text.split())
    scores = {score["arm"]: score for score in recorded["scores"]}
    for arm in ("small network", "wide network"):
        gain, low, high = (scores[arm][field] for field in ("gain", "gain_low", "gain_high"))
        assert f'"{arm}": ({gain:.3f}, {low:.3f}, {high:.3f})' in text
    accuracies = (f"{100 * scores[arm]['accuracy']:.1f}" for arm in ("wide network", "linear"))
    assert "{} against {} %".format(*accuracies) in text
    assert (recorded["settings"]["folds"], recorded["settings"]["repeats"], recorded["settings"]["seeds"]) == (5, 2, 4)
