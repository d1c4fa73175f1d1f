"""Numbers in the text below a claim: those that nothing measured rounds to are faults."""

from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.content import COURSE_FILE
from looplab.course.checking.execution import execution_faults
from looplab.course.checking.quoted import numbers_below
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.markdown import read_lesson
from looplab.course.running.execution import Execution
from looplab.experiments import find_file, run, save_report

EXPERIMENT = '''"""A first look gave 0.777."""

from looplab.experiments import Experiment, Trial, rules

RATE = 0.125
experiment = Experiment(
    id="{id}",
    question="Is one lower?",
    claim="{first} is lower.",
    arms=(
        Trial(name="{first}", measure=lambda seed: {offset} + 0.1096 + 0.001 * (seed % 2 == 0) + 0.5 * (seed > 13)),
        Trial(name="{second}", measure=lambda seed: {offset} + 0.23048),
    ),
    measured="loss",
    verdict=(rules.lower_in_share("{first}", than="{second}", above=0.4),),
)
'''
"""Sixteen seeds: the medians are 0.1106 (plus the offset) and 0.23048, the mean of the first is 0.1726."""

TEXT = """\
# A lesson

Before it the loss is 0.999.

```{{claim}} first-question
The small one is lower, over 40 epochs of 2.5 seconds.
```

{below}

```{{claim}} second-question
A is lower.
```

```{{claim}} third-question
C is lower.
```

### Later

Here it is 0.999.

```python
print("what the test says")
```
"""

Faults = Callable[..., list[str]]


def put_experiment(folder: Path, id_: str, first: str, second: str, offset: float) -> None:
    """Write an experiment and measure it."""
    path = folder / "experiments" / f"{id_.replace('-', '_')}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(EXPERIMENT.format(id=id_, first=first, second=second, offset=offset))
    save_report(run(path, seeds=16), find_file(path).entry)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lesson's folder with three experiments."""
    course = tmp_path_factory.mktemp("course")
    (course / COURSE_FILE).write_text("")
    lesson = course / "9-more" / "9.1-numbers"
    lesson.mkdir(parents=True)
    put_experiment(lesson, "first-question", "small", "large", 0.0)
    put_experiment(lesson, "second-question", "A", "B", 10.0)
    put_experiment(lesson, "third-question", "C", "D", 20.0)
    return lesson


def lesson_of(folder: Path, below: str) -> Lesson:
    """The lesson with this text below its first claim."""
    path = folder / "lesson.md"
    path.write_text(TEXT.format(below=below))
    return read_lesson(path)


@pytest.fixture
def faults(folder: Path) -> Faults:
    """A function that checks a text below the first claim, and gives its faults as `line: reason`."""

    def check(below: str, printed: str = "") -> list[str]:
        lesson = lesson_of(folder, below)
        found = execution_faults(lesson, Execution(outputs=(({"name": "stdout", "text": printed},),), seconds=1.0))
        return [f"{fault.line}: {fault.reason}" for fault in found]

    return check


@pytest.mark.parametrize(
    "below",
    [
        "The median loss is 0.111 with the small one and 0.230 with the large one.",
        "The median loss is 0.11, and\n0.23 with the other: half as much, a ratio of 0.48.",
        "On average it is 0.173.",
        "The small one is lower in 87.5 % of the seeds, and higher in 12 %.",
        "It is lower in a share of 0.875 of them.",
        "It is lower for 14 of 16 seeds, and 2 of the 16 seeds are unlike the others.",
        "The next claim's median is 10.111.",
        "At rate 0.125, after 40 epochs of 2.5 seconds, the median is 0.111.",
        "As in [lesson 8.8](../8.8-x/lesson.md), in lessons 8.8 and 8.9, in Exercise 9.1.4, $x = 0.999$ and `0.999`.",
        "Someone and others (2024) saw 0.999, and Other et al. 99.9 %.",
        "| rate |\n|---|\n\n```text\n0.999\n```",
    ],
)
def test_a_number_that_was_measured_is_no_fault(faults: Faults, below: str) -> None:
    assert faults(below) == []


def test_a_median_of_an_earlier_measurement_is_a_fault_with_the_nearest_beside_it(faults: Faults) -> None:
    (fault,) = faults("The median loss is 0.111\nwith the small one and 0.227 with the large one.")
    assert fault == (
        "10: '0.227', below the claim of 'first-question': no median in the ledger of this claim or of those next to "
        "it rounds to it; the nearest is 0.2305, the median of large"
    )


@pytest.mark.parametrize(
    ("below", "number"),
    [
        ("The medians are 0.111 and 0.173.", "'0.173'"),  # the second is a mean
        ("It ends at 0.999.", "'0.999'"),
        ("It ends at 0.777.", "'0.777'"),  # of the first look, which only the experiment's text has
        ("It is lower in 11 of 16 seeds.", "'11'"),
        ("It is lower in 86 % of the seeds.", "'86 %'"),
        ("The loss is 0.88 there.", "'0.88'"),  # a share of seeds is no loss
        ("The third claim's median is 20.111.", "'20.111'"),
        ("It is 0.1105 lower.", "'0.1105'"),
    ],
)
def test_a_number_that_was_not_measured_is_a_fault(faults: Faults, below: str, number: str) -> None:
    (fault,) = faults(below)
    assert fault.startswith(f"9: {number}, below the claim of 'first-question': n")


def test_what_the_code_prints_may_be_quoted_but_is_no_median_of_the_ledger(faults: Faults) -> None:
    assert faults("Here it falls from 1.98 to 1.79.", printed="loss 1.979\nloss 1.7912") == []
    assert len(faults("The median is 1.98.", printed="loss 1.979")) == 1


def test_an_entry_that_is_missing_is_left_to_the_check_of_claims(folder: Path, faults: Faults) -> None:
    entry = folder / "measured" / "second-question.json"
    content = entry.read_bytes()
    try:
        entry.write_text("{")
        assert faults("The median is 0.111.") == []
        entry.unlink()
        assert faults("The median is 0.111.") == []
        assert len(faults("The median is 10.111.")) == 1
    finally:
        entry.write_bytes(content)


def test_the_quoted_numbers_know_their_lines_and_what_they_may_be(folder: Path) -> None:
    lesson = lesson_of(folder, "First 5 things.\nThen 1,024.5 of them,\n\nand −3.20 % in 7 of 9 runs. The end.")
    found = list(numbers_below(lesson, lesson.claims[0]))
    assert [(one.text, one.value, one.line) for one in found] == [
        ("1,024.5", 1024.5, 10),
        ("−3.20 %", 3.2, 12),
        ("7", 7.0, 12),
    ]
    assert found[1].half == pytest.approx(0.005)
    assert [one.is_percentage for one in found] == [False, True, False]
    assert not list(numbers_below(lesson, lesson.claims[2]))  # the heading ends it
