"""Claims in lessons: how they are read, and every fault with its line and its words."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course.checking import check_course
from looplab.course.reading import find_lesson
from looplab.experiments import find_file, ledger_path

ID = "activation-on-sine"
LESSON = "9-arithmetic/9.1-doubling"
SENTENCE = "On a sine, tanh ends lower."
CLAIM = f"```{{claim}} {ID}\n{SENTENCE}\n```\n"

Faults = Callable[..., list[str]]


def with_claim(text: str, claim: str = CLAIM, experiments: str = f"[{ID}]") -> str:
    """A lesson with a claim in its section In depth."""
    text = text.replace("experiments: []", f"experiments: {experiments}")
    return text.replace("## In depth\n", f"## In depth\n\n{claim}")


def put_entry(folder: Path, **changes: object) -> None:
    """Put the experiment's entry, with some fields changed, into the ledger of lesson 9.1."""
    entry = json.loads(ledger_path(ID).read_text()) | changes
    (folder / LESSON / "measured").mkdir(exist_ok=True)
    (folder / LESSON / "measured" / f"{ID}.json").write_text(json.dumps(entry))


def put_experiments(folder: Path) -> None:
    """Put the experiment and another one into the folder of lesson 9.1."""
    (folder / LESSON / "experiments").mkdir(exist_ok=True)
    for name in (ID, "no-activation-is-linear"):
        shutil.copy(find_file(name).path, folder / LESSON / "experiments")


def with_verdict(verdict: str) -> dict[str, object]:
    """The fields of an entry with that verdict."""
    evidence = json.loads(ledger_path(ID).read_text())["evidence"]
    return {"verdict": verdict, "evidence": [rule | {"verdict": verdict} for rule in evidence]}


@pytest.fixture
def faults(lesson_text: str, with_lesson: Callable[[str], Path]) -> Faults:
    """A function that checks the lesson with a claim in it, and gives its faults as `line: reason`."""

    def check(claim: str = CLAIM, experiments: str = f"[{ID}]", entry: dict[str, object] | None = None) -> list[str]:
        folder = with_lesson(with_claim(lesson_text, claim, experiments))
        put_experiments(folder)
        if entry is not None:
            put_entry(folder, **entry)
        return [f"{fault.line}: {fault.reason}" for fault in check_course(["9.1"], run=False, folder=folder)]

    return check


def test_a_claim_is_read_with_its_experiment_and_its_line(lesson_text: str, with_lesson: Callable[[str], Path]) -> None:
    claim = f"```{{claim}} {ID}\nOn a sine,\ntanh ends lower.\n```\n"
    lesson = find_lesson("9.1", with_lesson(with_claim(lesson_text, claim)))
    (read,) = lesson.claims
    assert (read.id, read.sentence, read.fence.line) == (ID, SENTENCE, 30)
    assert lesson.experiments == [ID]
    assert all(not fence.runs for fence in lesson.fences if fence.language == "{claim}")


def test_a_claim_that_holds_is_no_fault(faults: Faults) -> None:
    assert faults(entry={}) == []


def test_an_undecided_claim_is_no_fault(faults: Faults) -> None:
    assert faults(entry=with_verdict("undecided")) == []


def test_a_refuted_claim(faults: Faults) -> None:
    assert faults(entry=with_verdict("refuted")) == [
        f"30: experiment '{ID}' is refuted: correct the sentence, and the claim in the experiment"
    ]


def test_a_refuted_claim_that_is_shown_as_such(faults: Faults) -> None:
    shown = CLAIM.replace(ID, f"{ID} refuted")
    assert faults(shown, entry=with_verdict("refuted")) == []
    for verdict in ("holds", "undecided"):
        assert faults(shown, entry=with_verdict(verdict)) == [
            f"30: experiment '{ID}' is shown as refuted, but its verdict is '{verdict}'"
        ]
    assert faults(CLAIM.replace(ID, f"{ID} wrong"), entry={}) == [
        "30: 'wrong' after the id of a claim: write 'refuted' of one that is shown as wrong, or nothing"
    ]


def test_a_stale_entry(faults: Faults) -> None:
    assert faults(entry={"source": "0123456789abcdef"}) == [
        f"30: experiment '{ID}' has changed since it was measured; measure it: looplab experiment run {ID} --save"
    ]


def test_no_entry(faults: Faults) -> None:
    assert faults() == [f"30: experiment '{ID}' is not in the ledger; measure it: looplab experiment run {ID} --save"]


def test_a_damaged_entry(faults: Faults) -> None:
    (fault,) = faults(entry={"verdict": "refuted"})
    assert fault.startswith(f"30: ledger entry {ID}.json: expected an entry of '{ID}'")


def test_an_unknown_experiment_lists_the_choices_the_nearest_first(faults: Faults) -> None:
    first, second = faults(CLAIM.replace(ID, "activation-on-sinus"), "[]")[0].split(": expected one of ")
    assert first == "30: unknown experiment 'activation-on-sinus'"
    assert second.split(", ")[0] == ID
    assert second.split(", ")[1:] == ["no-activation-is-linear"]


def test_a_lesson_without_experiments_claims_nothing(lesson_text: str, with_lesson: Callable[[str], Path]) -> None:
    folder = with_lesson(with_claim(lesson_text))
    assert [fault.reason for fault in check_course(["9.1"], run=False, folder=folder)] == [
        f"unknown experiment '{ID}': there is none in the lesson's folder 'experiments'"
    ]


def test_no_experiment(faults: Faults) -> None:
    assert faults(CLAIM.replace(f" {ID}", ""), "[]") == [
        "30: the claim names no experiment: write its id after {claim}"
    ]


def test_an_experiment_that_the_front_matter_lacks(faults: Faults) -> None:
    assert faults(experiments="[]", entry={}) == [
        f"30: experiment '{ID}' is missing in the front matter: add it to 'experiments'"
    ]


def test_an_experiment_in_the_front_matter_without_a_claim(faults: Faults) -> None:
    assert faults("", experiments=f"\n  - other-one\n  - {ID}") == [
        "6: the front matter names experiment 'other-one', but no {claim} fence does",
        f"7: the front matter names experiment '{ID}', but no {{claim}} fence does",
    ]


def test_a_second_claim_of_one_experiment(faults: Faults) -> None:
    assert faults(f"{CLAIM}\n{CLAIM}", entry={}) == [f"34: experiment '{ID}' has a claim already, in line 30"]


SENTENCES = {
    "": "30: the claim is empty: write one sentence",
    "Tanh ends lower. So it is better.": "30: a claim is one sentence: move the others out of the fence",
    "Tanh ends lower": "30: a claim is one whole sentence, with a full stop at its end",
    "Tanh ends<br>lower.": "31: HTML is not allowed: <br>",
    "Tanh ends below $\\frac{1$.": "31: ",
    "Tanh ends [lower](nowhere.md).": "31: the link 'nowhere.md' leads to a file that does not exist",
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_that_is_not_one(faults: Faults, sentence: str) -> None:
    (fault,) = faults(CLAIM.replace(SENTENCE, sentence), entry={})
    assert fault.startswith(SENTENCES[sentence])


@pytest.mark.parametrize(
    "sentence", ["Tanh ends below 0.01.", "A loss of 0.5 vs. 0.1 is more.", "At $x = 1.$ it holds."]
)
def test_a_point_that_ends_no_sentence(faults: Faults, sentence: str) -> None:
    assert faults(CLAIM.replace(SENTENCE, sentence), entry={}) == []


def test_a_claim_inside_a_list(faults: Faults) -> None:
    assert faults(f"- one\n\n  ```{{claim}} {ID}\n  {SENTENCE}\n  ```\n", "[]") == [
        "32: a {claim} fence must stand at the left margin, not inside a list or a quotation"
    ]


def test_a_claim_outside_of_lessons(made_up_course: Path) -> None:
    (made_up_course / "notation.md").write_text(f"# Notation\n\n## Words\n\n{CLAIM}")
    reasons = [fault.reason for fault in check_course(run=False, folder=made_up_course)]
    assert reasons == ["a {claim} fence belongs in a lesson, not here"]


def test_the_ledger_is_the_lessons_own(lesson_text: str, with_lesson: Callable[[str], Path]) -> None:
    folder = with_lesson(with_claim(lesson_text))
    put_experiments(folder)
    put_entry(folder)
    assert check_course(["9.1"], run=False, folder=folder) == []
    shutil.rmtree(folder / LESSON / "measured")
    assert len(check_course(["9.1"], run=False, folder=folder)) == 1
