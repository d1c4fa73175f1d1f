"""Checks of checklists and quizzes."""

from collections import Counter
from collections.abc import Iterator

from looplab.course.quiz.questions import CHECKLIST, LETTERS, QUIZ, Option, Question, Task
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson

__all__ = ["quiz_faults"]

FEWEST_QUESTIONS = 10
FEWEST_OPTIONS = 3
LARGEST_SHARE = 0.6
"""The share of right answers with one letter above which a quiz can be passed without reading it."""


def quiz_faults(lesson: Lesson) -> Iterator[Fault]:
    """What is wrong with a lesson's prediction and its sections Checklist and Quiz; nothing where it has none."""
    for line, reason in _prediction_faults(lesson):
        yield Fault(lesson.path, line, reason)
    sections = {heading.text: heading.line for heading in lesson.headings if heading.level == 2}
    if CHECKLIST in sections:
        for line, reason in _checklist_faults(lesson, sections[CHECKLIST]):
            yield Fault(lesson.path, line, reason)
    if QUIZ in sections:
        for line, reason in _quiz_faults(lesson, sections[QUIZ]):
            yield Fault(lesson.path, line, reason)


def _prediction_faults(lesson: Lesson) -> Iterator[tuple[int, str]]:
    expected = f"{lesson.number}.P"
    for position, question in enumerate(lesson.predictions):
        if position:
            yield question.line, "a second prediction: a lesson begins with one"
        elif question.id != expected:
            yield question.line, f"the heading of the prediction must begin with '{expected}'; got '{question.id}'"
        yield from _question_faults(question)


def _checklist_faults(lesson: Lesson, section: int) -> Iterator[tuple[int, str]]:
    tasks = [task for checklist in lesson.checklists for task in checklist.tasks]
    if not tasks:
        yield section, "the checklist has no items: write a list of '- [ ] I can …'"
    for task in tasks:
        yield from _task_faults(lesson, task)


def _task_faults(lesson: Lesson, task: Task) -> Iterator[tuple[int, str]]:
    if task.mark is None:
        yield task.line, "an item of the checklist is not a task item: begin it with '- [ ] '"
    elif task.mark != " ":
        yield task.line, "an item of the checklist is ticked already: write '- [ ] '"
    elif not task.text:
        yield task.line, "an item of the checklist is empty"
    elif not any(task.line <= link.line < _next_line(lesson, task) for link in lesson.links):
        yield task.line, "an item of the checklist links to no lesson: link to where it is taught"


def _next_line(lesson: Lesson, task: Task) -> int:
    """The line on which the item after this one begins, or its list ends."""
    for checklist in lesson.checklists:
        if task in checklist.tasks:
            later = [other.line for other in checklist.tasks if other.line > task.line]
            return min(later, default=checklist.end + 1)
    return task.line + 1


def _quiz_faults(lesson: Lesson, section: int) -> Iterator[tuple[int, str]]:
    questions = lesson.quiz
    if len(questions) < FEWEST_QUESTIONS:
        example = f"'### {lesson.number}.Q1 …?'"
        yield section, f"a quiz has at least {FEWEST_QUESTIONS} questions ({example}); got {len(questions)}"
    for position, question in enumerate(questions, 1):
        expected = f"{lesson.number}.Q{position}"
        if question.id != expected:
            what = f"the heading of question {position} must begin with '{expected}'"
            yield question.line, f"{what}; got '{question.id}'"
        yield from _question_faults(question)
    for fence in lesson.fences:
        if fence.runs and fence.section == QUIZ:
            yield fence.line, "a python fence runs: write py for code that a question only shows"
    yield from _letter_faults(questions, section)


def _question_faults(question: Question) -> Iterator[tuple[int, str]]:
    name = f"question {question.id}"
    if not question.text.endswith("?"):
        yield question.line, f"{name} is no question: its heading ends with a question mark"
    if not FEWEST_OPTIONS <= len(question.options) <= len(LETTERS):
        wanted = f"{FEWEST_OPTIONS} to {len(LETTERS)} options, a list of '- [ ] …' and one '- [x] …'"
        yield question.line, f"{name} has {len(question.options)} options; expected {wanted}"
    elif all(option.mark is not None for option in question.options):
        right = sum(option.right for option in question.options)
        if right != 1:
            yield question.line, f"{name} has {right} right options; expected one '- [x] …'"
    for option in question.options:
        yield from _option_faults(option, name)
    reasons = Counter(option.reason.casefold() for option in question.options if option.reason)
    for option in question.options:
        if reasons[option.reason.casefold()] > 1:
            yield option.line, f"two options of {name} have the same reason: each option has its own"
            break
    if question.trailing:
        yield question.trailing, f"something follows the options of {name}: put it before them, or into a reason"


def _option_faults(option: Option, name: str) -> Iterator[tuple[int, str]]:
    if option.mark is None:
        yield (
            option.line,
            f"an option of {name} is not a task item: begin it with '- [ ] ', or '- [x] ' when it is right",
        )
    elif option.mark not in "xX ":
        yield option.line, f"an option of {name} is marked '[{option.mark}]': write '[x]' when it is right, else '[ ]'"
    if not option.text:
        yield option.line, f"an option of {name} is empty"
    if not option.reason:
        yield option.line, f"an option of {name} has no reason: write one as a list item nested below it"
    elif len(option.reasons) > 1:
        yield option.line, f"an option of {name} has {len(option.reasons)} reasons: make them one list item"


def _letter_faults(questions: tuple[Question, ...], section: int) -> Iterator[tuple[int, str]]:
    letters = [letter for question in questions for letter, option in question.lettered if option.right]
    if len(letters) < FEWEST_QUESTIONS:
        return
    letter, count = Counter(letters).most_common(1)[0]
    if count > LARGEST_SHARE * len(letters):
        found = f"{count} of {len(letters)} right answers stand at {letter}"
        yield section, f"{found}: spread them over the letters, or the quiz is passed without reading"
