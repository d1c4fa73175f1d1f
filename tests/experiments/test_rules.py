"""Rules on values that leave no doubt, and on values that do."""

import numpy as np
import pytest

from looplab.experiments.rules import (
    Rule,
    differs_at_most,
    exceeds_less_often,
    lower,
    lower_in_share,
    probably_lower,
    rate_above,
    typically_above,
    typically_below,
    typically_within,
)
from looplab.statistics import Verdict

SEEDS = np.arange(64)
LOW, HIGH = 1 + 0.01 * np.sin(SEEDS), 2 + 0.01 * np.cos(SEEDS)
VALUES = {"low": LOW, "high": HIGH, "mixed": np.where(SEEDS % 2 == 0, LOW, HIGH)}


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (lower("low", than="high"), "holds"),
        (typically_within("low", 0.9, 1.1), "holds"),
        (typically_within("low", 1.1, 1.2), "refuted"),
        (typically_within("mixed", 1.2, 1.5), "undecided"),
        (lower("high", than="low", paired=True), "refuted"),
        (lower("low", than="low", paired=True), "refuted"),
        (probably_lower("low", than="high"), "holds"),
        (probably_lower("high", than="low"), "refuted"),
        (probably_lower("mixed", than="mixed"), "undecided"),
        (lower_in_share("low", than="high", above=0.9), "holds"),
        (lower_in_share("mixed", than="high", above=0.9), "refuted"),
        (lower_in_share("mixed", than="high", above=0.5), "undecided"),
        (rate_above("mixed", exceeds=1.5, above=0.3), "holds"),
        (rate_above("mixed", exceeds=1.5, above=0.7), "refuted"),
        (exceeds_less_often("low", than="mixed", exceeds=1.5), "holds"),
        (exceeds_less_often("high", than="mixed", exceeds=1.5), "refuted"),
        (exceeds_less_often("mixed", than="mixed", exceeds=1.5), "undecided"),
        (typically_above("high", 1.9), "holds"),
        (typically_above("high", 2.1), "refuted"),
        (typically_below("low", 1.1), "holds"),
        (typically_below("low", 0.9), "refuted"),
        (differs_at_most("low", "high", 1.1), "holds"),
        (differs_at_most("low", "high", 0.5), "refuted"),
    ],
)
def test_a_rule_judges_what_it_says(rule: Rule, verdict: Verdict) -> None:
    assert rule.judge(VALUES, 0.95).verdict == verdict


def test_a_paired_rule_decides_with_the_seeds_that_an_unpaired_one_finds_too_few() -> None:
    noise = np.random.default_rng(0).normal(size=64)
    values = {"first": noise, "second": noise + 0.1}
    assert differs_at_most("first", "second", 0.2).judge(values, 0.95).verdict == "undecided"
    paired = differs_at_most("first", "second", 0.2, paired=True).judge(values, 0.95)
    assert paired.verdict == "holds"
    assert paired.estimated == "paired interquartile mean difference, first − second,"


def test_evidence_reads_as_a_sentence() -> None:
    evidence = rate_above("mixed", exceeds=1.5, above=0.3).judge(VALUES, 0.95)
    assert str(evidence) == (
        "mixed is above 1.5 for more than 30% of the seeds: holds (share of seeds 0.5 [0.381, 0.619])"
    )


def test_the_level_reaches_the_interval() -> None:
    rule = probably_lower("mixed", than="high")
    assert rule.judge(VALUES, 0.99).interval.width > rule.judge(VALUES, 0.9).interval.width
    assert rule.judge(VALUES, 0.99).interval.level == 0.99
