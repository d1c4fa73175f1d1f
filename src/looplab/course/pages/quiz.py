"""Checklists and quizzes, for pages, notebooks and posts."""

from collections.abc import Callable, Sequence

from looplab.course.quiz.questions import Checklist, Option, Question, is_prediction

__all__ = ["answers_markdown", "checklist_boxes", "question_box", "question_check", "question_markdown"]

_LEAD = "Open the option that you choose. It says whether it is the right one, and why."
_FIRST = "Choose before you read on. An option that you open says whether it is right, and why."

Relink = Callable[[str], str]


def question_box(question: Question, relink: Relink) -> str:
    """A question on a page: each option opens by itself and says whether it is right, without a script.

    Closed, all options look alike.
    """
    options = "\n\n".join(_option_box(letter, option, relink) for letter, option in question.lettered)
    if is_prediction(question.id):
        return "\n\n".join([_head(question, relink), _FIRST, options])
    lead = [_LEAD] if question.id.endswith(".Q1") else []
    return "\n\n".join([*lead, _head(question, relink), options])


def question_markdown(question: Question, relink: Relink) -> str:
    """A question with its options, for notebooks and posts; it does not say which one is right."""
    options = "\n".join(f"- **{letter}.** {relink(option.text)}" for letter, option in question.lettered)
    return f"{_head(question, relink)}\n\n{options}"


def question_check(question: Question) -> str:
    """The code of the cell that checks an answer: it prints the verdict and never raises."""
    return f"""\
# Write the letter of your answer between the quotation marks, then run this cell.
answer = ""
try:
    from looplab.course import check
except ImportError:
    print("The check needs looplab. Install it with: pip install 'looplab[course]'")
else:
    print(check("{question.id}", answer))"""


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
    name = "Predict:" if is_prediction(question.id) else question.id
    head = f"### {name} {relink(question.text)}"
    return f"{head}\n\n{relink(question.body)}" if question.body else head


def _option_box(letter: str, option: Option, relink: Relink) -> str:
    kind = "right" if option.right else "wrong"
    sign = "✓" if option.right else "✗"
    return f"""\
<details class="quiz-option"><summary>

{letter}. {relink(option.text)}

</summary>

<span class="quiz-verdict quiz-{kind}">{sign} {_verdict(option)}</span> {relink(option.reason)}

</details>"""


def _verdict(option: Option) -> str:
    return "Right." if option.right else "Not this one."
