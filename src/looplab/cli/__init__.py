"""The command line: each command hands over to the part of looplab that does the work, and loads it only then."""

import io
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from looplab.cli.compare import compare_command, predict_command
from looplab.cli.experiment import experiment_app
from looplab.cli.terminal import guard_streams, on_one_line
from looplab.errors import ExerciseError, LooplabError
from looplab.files.system_errors import file_error
from looplab.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Learn the training loop with PyTorch by measuring it.",
)
course = typer.Typer(no_args_is_help=True, help="For authors of lessons: new, check, build, export.")
app.add_typer(course, name="course")
app.add_typer(experiment_app, name="experiment")
app.command("compare")(compare_command)
app.command("predict")(predict_command)


def main() -> None:
    """Run the command line; a user's mistake prints one line on stderr and exits with status 2."""
    guard_streams()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except LooplabError as error:
        _fail(error)
    except BrokenPipeError:  # whoever reads has seen enough
        sys.stdout = io.StringIO()
        sys.exit(1)
    except OSError as error:
        sys.stdout = io.StringIO()  # what a full disk has not taken, it will not take at the end either
        _fail(file_error(error.filename or "output", error, expected="to be read and written"))


def _fail(error: Exception) -> NoReturn:
    print(on_one_line(f"looplab: {error}"), file=sys.stderr)
    sys.exit(2)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"looplab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version  # its callback has done the work


@app.command()
def learn(
    lesson: Annotated[str | None, typer.Argument(help="Lesson to open, for instance 2.1.")] = None,
    port: Annotated[int, typer.Option(help="Port to try first; if it is taken, the next free one is used.")] = 8888,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
) -> None:
    """Read and run the course in your browser."""
    from looplab.course.serve import learn

    learn(lesson, port=port, browser=browser)


@app.command()
def check(
    exercise: Annotated[str, typer.Argument(help="Exercise or question of a quiz, for instance 2.4.3 or 1.6.Q1.")],
    file: Annotated[Path | None, typer.Option(help="Python file with your answer to an exercise.")] = None,
    answer: Annotated[str | None, typer.Option(help="Letter of your answer to a question.")] = None,
) -> None:
    """Check your answer to an exercise, or to a question of a quiz."""
    from looplab.course.answers import check as check_answer
    from looplab.course.answers import check_file
    from looplab.course.quiz.questions import question_id

    if question_id(exercise) and file is None:
        verdict = check_answer(exercise, answer)
    elif file is not None and answer is None:
        verdict = check_file(exercise, file)
    else:
        fix = "Try --file answer.py for an exercise, --answer B for a question of a quiz."
        raise ExerciseError(exercise, expected="a file for an exercise, a letter for a question", fix=fix)
    print(verdict.message)
    raise typer.Exit(0 if verdict.passed else 1)


@app.command()
def progress() -> None:
    """Show which exercises you have passed."""
    from looplab.course.answers import print_progress

    print_progress()


CourseFolder = Annotated[
    Path | None, typer.Option("--course", help="Folder of the course; by default the one that came with looplab.")
]


@course.command("new")
def course_new(
    lesson: Annotated[str, typer.Argument(help="The new lesson's number: the module's, a dot and the lesson's own.")],
    title: Annotated[str | None, typer.Option(help="Its title; by default the planned one.")] = None,
    folder: CourseFolder = None,
) -> None:
    """Make the folder of a new lesson, with a place for everything."""
    from looplab.course.template import new_lesson

    print(new_lesson(lesson, title, course=folder))
    print(f"See what is left to write: looplab course check {lesson}{f' --course {folder}' if folder else ''}")


@course.command("check")
def course_check(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lessons to check; by default all.")] = None,
    run: Annotated[bool, typer.Option("--run/--no-run", help="Run the lessons' code.")] = True,
    folder: CourseFolder = None,
) -> None:
    """Check lessons: one line per fault, exit status 1 if there are any."""
    from looplab.course.checking import check_course

    faults = check_course(lessons or None, run=run, folder=folder)
    for fault in faults:
        print(fault)
    raise typer.Exit(1 if faults else 0)


@course.command("build")
def course_build(
    output: Annotated[Path | None, typer.Option(help="Folder for the pages; by default build/course.")] = None,
    folder: CourseFolder = None,
) -> None:
    """Build the pages; they can be read from disk, without a server or network."""
    from looplab.course.pages import build_course

    print(build_course(output, course=folder) / "index.html")


@course.command("export")
def course_export(
    lesson: Annotated[str, typer.Argument(help="Lesson, for instance 2.4.")],
    to: Annotated[Literal["notebook", "post"], typer.Option(help="A Jupyter notebook, or Markdown with its figures.")],
    output: Annotated[Path | None, typer.Option(help="Folder to write into; by default the current one.")] = None,
    folder: CourseFolder = None,
) -> None:
    """Write a lesson as a notebook or as a blog post."""
    from looplab.course.pages import export_lesson

    print(export_lesson(lesson, to=to, output=output, course=folder))
