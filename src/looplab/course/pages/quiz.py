"""Checklists and quizzes, for pages, notebooks and posts."""

from collections.abc import Callable, Sequence

from looplab.course.quiz.questions import Checklist, Option, Question, is_prediction

__all__ = [
    "PREDICT",
    "Relink",
    "answers_markdown",
    "checklist_boxes",
    "question_box",
    "question_check",
    "question_markdown",
    "question_to_answer",
]

_LEAD = "Open the option that you choose. It says whether it is the right one, and why."
_FIRST = "Choose before you read on. An option that you open says whether it is right, and why."

_LETTER = "Write the letter of your answer between the last two quotation marks below, and run the cell."

PREDICT = "Predict:"
"""What the heading of a prediction begins with on a page."""

Relink = Callable[[str], str]


def question_box(question: Question, relink: Relink) -> str:
    """A question on a page: each option opens by itself and says whether it is right, without a script.

    Closed, all options look alike.
    """
    if is_prediction(question.id):
        options = [_option_box(letter, option, relink) for letter, option in question.lettered]
        return "\n\n".join([_head(question, relink), _FIRST, *options])
    options = [
        _option_box(letter, option, relink, f' data-question="{question.id}" data-letter="{letter}"')
        for letter, option in question.lettered
    ]
    lead = [_LEAD] if question.id.endswith(".Q1") else []
    chosen = f'<p class="quiz-answer" data-question="{question.id}" role="status" hidden></p>'
    return "\n\n".join([*lead, _head(question, relink), *options, chosen])


def question_markdown(question: Question, relink: Relink) -> str:
    """A question with its options, for notebooks and posts; it does not say which one is right."""
    options = "\n".join(f"- **{letter}.** {relink(option.text)}" for letter, option in question.lettered)
    return f"{_head(question, relink)}\n\n{options}"


def question_to_answer(question: Question, relink: Relink) -> str:
    """A question in a notebook, and how to answer it in the cell below."""
    return f"{question_markdown(question, relink)}\n\n{_LETTER}"


def question_check(question: Question) -> str:
    """The cell that checks an answer."""
    return f'from looplab.course import check; check("{question.id}", "")'


def answers_markdown(questions: Sequence[Question], relink: Relink) -> str:
    """The end of a post: for each question, the right letter and the reason for every option."""
    parts = ["## Answers"]
    for question in questions:
        right = " and ".join(letter for letter, option in question.lettered if option.right)
        reasons = [f"- {letter}: {_verdict(option)} {relink(option.reason)}" for letter, option in question.lettered]
        parts.append(f"**{question.id}: {right}**\n\n" + "\n".join(reasons))
    return "\n\n".join(parts)


def checklist_boxes(checklist: Checklist, relink: Relink) -> str:
    """A checklist on a page: boxes that can be ticked, each with its sentence as label."""
    items = [f'- <label><input type="checkbox"> <span>{relink(task.text)}</span></label>' for task in checklist.tasks]
    return "{.checklist}\n" + "\n".join(items)


def _head(question: Question, relink: Relink) -> str:
    name = PREDICT if is_prediction(question.id) else question.id
    head = f"### {name} {relink(question.text)}"
    return f"{head}\n\n{relink(question.body)}" if question.body else head


def _option_box(letter: str, option: Option, relink: Relink, recorded_as: str = "") -> str:
    kind = "right" if option.right else "wrong"
    sign = "✓" if option.right else "✗"
    return f"""\
<details class="quiz-option"{recorded_as}><summary>

{letter}. {relink(option.text)}

</summary>

<span class="quiz-verdict quiz-{kind}">{sign} {_verdict(option)}</span> {relink(option.reason)}

</details>"""


def _verdict(option: Option) -> str:
    return "Right." if option.right else "Not this one."
