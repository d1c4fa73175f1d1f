"""`looplab learn`, `check`, `watch`, `progress` and `certificate`: what a learner calls."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from looplab.cli.terminal import announce
from looplab.errors import ExerciseError

__all__ = ["certificate", "check", "learn", "progress", "watch"]


def learn(
    lesson: Annotated[str | None, typer.Argument(help="Lesson to open, for instance 2.1.")] = None,
    port: Annotated[int, typer.Option(help="Port to try first; if it is taken, the next free one is used.")] = 8888,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
) -> None:
    """Read and run the course in your browser."""
    if lesson is not None:
        from looplab.course.reading.finding import require_lesson

        require_lesson(lesson)
    announce("Starting the course …")
    from looplab.course.serve import learn

    learn(lesson, port=port, browser=browser)


def check(
    exercise: Annotated[str, typer.Argument(help="Exercise or question of a quiz, for instance 2.4.3 or 1.6.Q1.")],
    file: Annotated[Path | None, typer.Option(help="Python file with your answer to an exercise.")] = None,
    answer: Annotated[str | None, typer.Option(help="Letter of your answer to a question.")] = None,
) -> None:
    """Check your answer to an exercise, or to a question of a quiz."""
    from looplab.course.quiz.questions import question_id

    if question_id(exercise) and file is None:
        from looplab.course.answers.question_check import check_question

        verdict = check_question(exercise, answer)
    elif file is not None and answer is None:
        from looplab.course.answers.files import read_answer
        from looplab.course.exercises.outline import require_exercise

        outline = require_exercise(exercise)
        read_answer(file)  # a file that cannot be read shows at once
        announce(f"Checking {outline.id} {outline.title} …")
        from looplab.course.answers.file_check import check_file

        verdict = check_file(exercise, file)
    else:
        fix = "Try --file answer.py for an exercise, --answer B for a question of a quiz."
        raise ExerciseError(exercise, expected="a file for an exercise, a letter for a question", fix=fix)
    print(verdict.message)
    raise typer.Exit(0 if verdict.passed else 1)


def watch(
    lesson: Annotated[str, typer.Argument(help="Lesson whose exercises you want to answer, for instance 2.4.")],
    folder: Annotated[
        Path | None, typer.Option(help="Folder for the files; by default `answers/2.4` in your looplab folder.")
    ] = None,
) -> None:
    """Answer a lesson's exercises in files of your own: each save is checked, and a right answer leads to the next."""
    from looplab.course.watch import watch as watch_answers

    try:
        watch_answers(lesson, folder=folder, say=partial(print, flush=True))
    except KeyboardInterrupt:  # the way to end it
        print(f"\nEnded. Go on where you were: looplab watch {lesson}", flush=True)


def progress() -> None:
    """Show which exercises you have passed."""
    from looplab.course.answers.progress_table import print_progress

    print_progress()


def certificate(
    output: Annotated[Path, typer.Option(help="The file to write (.html); one that is there is replaced.")] = Path(
        "certificate.html"
    ),
    name: Annotated[str, typer.Option(help="Your name, if it is to stand there.")] = "",
) -> None:
    """Write a page that lists what you have passed; it is self-made, and says so."""
    announce("Reading your progress …")
    from looplab.course.pages.certificate import write_certificate

    trouble = write_certificate(output, name=name)
    typer.echo(f"written: {output}")
    if trouble:
        typer.echo(trouble)
