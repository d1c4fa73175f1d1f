"""What the rubric says of evidence from real trainings, and of what does not fit together."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from looplab import Runs, capstone
from looplab.capstone.report import numbers_say
from looplab.errors import CapstoneError
from looplab.statistics import Interval

FOUND = "With accuracy 0.50 [0.483, 0.542] over 12 seeds, these data cannot tell."
LIMITS = "One split of two drawn rings says nothing about other rows or other networks."
REPORT = "# Rings\n\n> guidance\n\n## What was found\n\n> a network is worth it\n{}\n\n## What it does not show\n\n{}\n"


def write(folder: Path, found: str = FOUND, limits: str = LIMITS) -> None:
    (folder / "report.md").write_text(REPORT.format(found, limits))


def said(folder: Path, name: str) -> str:
    """What is said of one line of the rubric, with its mark."""
    (item,) = [item for item in capstone.check_capstone(folder).items if item.name == name]
    return str(item)


def change(folder: Path, name: str, **fields: Any) -> None:
    path = folder / "evidence" / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_with_everything_nothing_is_missing(kept: Path) -> None:
    write(kept)
    checked = capstone.check_capstone(kept)
    assert checked.passed, str(checked)
    assert [item.name for item in checked.items] == [
        "baseline", "one batch", "tuning", "seeds", "doctor", "honest sentence", "limits"
    ]  # fmt: skip
    assert str(checked).endswith("Nothing is missing.")
    assert "✓ seeds: accuracy 0.5 [0.483, 0.542] over 12 seeds" in str(checked)
    assert "3 values of lr; 6 runs, 18 steps; best: lr 0.1" in str(checked)


def test_without_anything_each_line_says_what_to_do(project: Path) -> None:
    checked = capstone.check_capstone(project)
    assert not any(item.passed for item in checked.items)
    assert str(checked).endswith("7 of 7 still to do.")
    assert said(project, "baseline") == (
        "✗ baseline: nothing is kept. Call looplab.capstone.keep(folder, baseline=comparison)."
    )
    assert said(project, "limits").startswith("✗ limits: there is no report.md. Write one with the headings")


@pytest.mark.parametrize(
    ("name", "fields", "line", "sentence"),
    [
        ("one-batch", {"last": 0.1}, "one batch", "; expected at most 2% of the first. Train longer,"),
        ("baseline", {"margin": 0.15}, "baseline", "compared with a margin of 0.15, capstone.toml says 0.2."),
        ("baseline", {"losses": {"constant": 1.0}}, "baseline", "the linear prediction's loss is missing."),
        ("baseline", {"table": "moons"}, "seeds", "trained on 'circles', the baseline is of 'moons'."),
        ("tuning", {"space": {"lr": [0.1]}}, "tuning", "only one setting was tried."),
        ("tuning", {"best": {"lr": 7.0}}, "tuning", "the best setting is none of those that were tried."),
        ("tuning", {"best": {"lr": 0.01}}, "seeds", "trained with lr 0.1, the best of the tuning was 0.01."),
        ("tuning", {"best": {"lr": 0.01}}, "tuning", "The best lr lies at the edge of what was tried"),
        ("seeds", {"seeds": [1] * 12}, "seeds", "different seeds: 1, capstone.toml says 12."),
        ("seeds", {"values": [0.5]}, "seeds", "12 seeds, but 1 values."),
        ("seeds", {"metric": "loss"}, "seeds", "kept with the metric loss, capstone.toml says accuracy."),
        ("seeds", {"values": [None] * 12}, "seeds", "fewer than 8 trainings succeeded."),
        ("doctor", {"steps": 0}, "doctor", "it has seen no step."),
        ("doctor", {"healthy": False}, "doctor", "it is not called healthy, yet no fault is listed."),
        ("doctor", {"findings": [{"fault": "no_zero_grad", "title": "Gradients add up", "level": "fault",
                                  "fix": "optimizer.zero_grad()"}]},
         "doctor", "✗ doctor: Gradients add up (no_zero_grad). optimizer.zero_grad()"),
        ("seeds", {"values": "many"}, "seeds", "✗ seeds: evidence/seeds.json cannot be used: Expected `array`"),
        ("tuning", {"script": "0" * 64}, "tuning", "training.py has changed since evidence/tuning.json was kept."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(kept: Path, name: str, fields: dict[str, Any], line: str, sentence: str) -> None:
    change(kept, name, **fields)
    assert sentence in said(kept, line)
    assert said(kept, line).startswith("✓") == ("edge" in sentence)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ("", "nothing stands under 'What was found' in report.md. Say what was found: accuracy 0.5 [0.483, 0.542]"),
        ("> " + FOUND, "nothing stands under 'What was found' in report.md."),
        ("It works, these data cannot tell.", "report.md does not give what was measured: accuracy 0.5 [0.483, 0.542]"),
        (FOUND.replace("0.542", "0.6"), "report.md does not give what was measured"),
        (FOUND.replace("12 seeds", "200 seeds"), "report.md speaks of 200 seeds, there are 12."),
        (FOUND.replace(", these data cannot tell", ""), "report.md gives no answer. What compare found is: these data"),
        (FOUND.replace("these data cannot tell", "a network is worth it"),
         "report.md says 'a network is worth it', what compare found is: these data cannot tell."),
        (FOUND + " Or: a linear model is enough.", "report.md says 'a linear model is enough' and 'these data cannot"),
    ],
)  # fmt: skip
def test_a_sentence_that_the_evidence_does_not_bear_is_refused(kept: Path, found: str, sentence: str) -> None:
    write(kept, found)
    assert said(kept, "honest sentence").startswith("✗ honest sentence: ")
    assert sentence in said(kept, "honest sentence")


def test_failed_trainings_must_be_told(kept: Path) -> None:
    values = [0.5] * 11 + [None]
    change(kept, "seeds", values=values)
    assert "over 12 seeds (interquartile mean, 95 % interval); failed and left out: 1." in said(kept, "seeds")
    found = "Accuracy 0.50 [0.50, 0.50] over 12 seeds: these data cannot tell."
    write(kept, found)
    assert "trainings failed (1 of 12), and report.md does not say so." in said(kept, "honest sentence")
    write(kept, f"{found} One failed.")
    assert said(kept, "honest sentence").startswith("✓")


def test_limits_need_more_than_a_word(kept: Path) -> None:
    write(kept, limits="Much.")
    assert said(kept, "limits") == (
        "✗ limits: say under 'What it does not show' in report.md what your data and your trainings cannot show."
    )


def test_a_changed_script_asks_for_another_run(kept: Path) -> None:
    (kept / "training.py").write_text("print('something else')\n")
    assert said(kept, "seeds") == ("✗ seeds: training.py has changed since evidence/seeds.json was kept. Run it again.")


def test_what_the_doctor_wrote_itself_will_do(kept: Path, trained: Any) -> None:
    (kept / "evidence" / "doctor.json").write_text(trained.doctor.to_json())
    assert said(kept, "doctor") == "✓ doctor: no fault in 240 steps."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("{", "cannot be used"), ("[1]", "cannot be used"), ("[" * 100_000, "cannot be used"),
     (" " * (4 * 2**20 + 1), "expected a file of at most 4,194,304 bytes")],
)  # fmt: skip
def test_evidence_of_another_form_is_refused(kept: Path, content: str, sentence: str) -> None:
    (kept / "evidence" / "one-batch.json").write_text(content)
    assert sentence in said(kept, "one batch")
    assert "\n" not in said(kept, "one batch")


def test_a_report_that_is_no_text_is_said(kept: Path) -> None:
    (kept / "report.md").write_bytes(b"\xff\xfe\x00")
    assert said(kept, "honest sentence").startswith("✗ honest sentence: report.md cannot be read: ")


@pytest.mark.parametrize(
    ("change_plan", "sentence"),
    [
        (lambda text: text.replace("seeds = 12", "seeds = 3"), "plan of a capstone, got Expected `int` >= 10"),
        (lambda text: text + "colour = 1\n", "unknown field `colour`"),
        (lambda text: text.replace("title", "name"), "expected the plan of a capstone"),
        (lambda text: text + "[", "capstone.toml: expected TOML, got"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_used_is_said(project: Path, change_plan: Callable[[str], str], sentence: str) -> None:
    plan = project / "capstone.toml"
    plan.write_text(change_plan(plan.read_text()))
    with pytest.raises(CapstoneError) as caught:
        capstone.check_capstone(project)
    assert sentence in str(caught.value)


def test_a_folder_without_a_plan_is_no_capstone(tmp_path: Path) -> None:
    with pytest.raises(CapstoneError, match=r"expected a folder with a capstone\.toml, got none\. Make a project with"):
        capstone.check_capstone(tmp_path)


def test_a_tables_path_begins_in_the_projects_folder(project: Path) -> None:
    plan = project / "capstone.toml"
    plan.write_text(plan.read_text().replace('"circles"', '"../rings.csv"'))
    assert capstone.read_plan(project).data == str(project / "../rings.csv")


@pytest.mark.parametrize(
    ("text", "interval", "right"),
    [
        ("1 [0.9, 1]", (0.9996, 0.9, 0.9999), True),
        ("97 % (95 % to 98 %)", (0.9712, 0.9511, 0.9822), True),
        ("1,234.5 [1,200.0, 1,300.0]", (1234.51, 1200.0, 1300.0), True),
        ("1.23e+03 [1.2e+03, 1.3e+03]", (1234.5, 1200.0, 1300.0), True),
        ("−0.50 [−0.60, −0.40]", (-0.5, -0.6, -0.4), True),
        ("1 [0, 1]", (0.6, 0.4, 0.8), False),
        ("0.97, 0.95", (0.9712, 0.9511, 0.9822), False),
    ],
)
def test_numbers_are_met_when_rounded(text: str, interval: tuple[float, float, float], right: bool) -> None:
    estimate, low, high = interval
    assert numbers_say(text, Interval(estimate=estimate, low=low, high=high)) is right


def test_the_seeds_keep_what_the_runs_say(kept: Path, trained: Any) -> None:
    runs: Runs = trained.seeds
    written = json.loads((kept / "evidence" / "seeds.json").read_text())
    assert written["values"] == runs.table()["accuracy"].tolist()
    assert written["seeds"] == list(range(12))
    assert written["settings"]["lr"] == 0.1
