"""`looplab course`: for authors of lessons."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from looplab.cli.terminal import announce

__all__ = ["course_app"]

course_app = typer.Typer(no_args_is_help=True, help="For authors of lessons: new, check, build, export.")

CourseFolder = Annotated[
    Path | None, typer.Option("--course", help="Folder of the course; by default the one that came with looplab.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress, even on a terminal.")]


@course_app.command("new")
def course_new(
    lesson: Annotated[str, typer.Argument(help="The new lesson's number: the module's, a dot and the lesson's own.")],
    title: Annotated[str, typer.Option(help="The words of its heading.")],
    folder: CourseFolder = None,
) -> None:
    """Make the folder of a new lesson, with a place for everything."""
    from looplab.course.template import new_lesson

    print(new_lesson(lesson, title, course=folder))
    print(f"See what is left to write: looplab course check {lesson}{f' --course {folder}' if folder else ''}")


@course_app.command("check")
def course_check(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lessons to check; by default all.")] = None,
    run: Annotated[bool, typer.Option("--run/--no-run", help="Run the lessons' code.")] = True,
    folder: CourseFolder = None,
    quiet: Quiet = False,
) -> None:
    """Check lessons: one line per fault, exit status 1 if there are any."""
    _require_lessons(lessons or [], folder)
    announce("Reading the lessons …", quiet=quiet)
    from looplab.course.checking import check_course

    faults = check_course(lessons or None, run=run, folder=folder, quiet=quiet)
    for fault in faults:
        print(fault)
    raise typer.Exit(1 if faults else 0)


@course_app.command("build")
def course_build(
    output: Annotated[Path | None, typer.Option(help="Folder for the pages; by default build/course.")] = None,
    folder: CourseFolder = None,
    quiet: Quiet = False,
) -> None:
    """Build the pages; they can be read from disk, without a server or network."""
    announce("Reading the lessons …", quiet=quiet)
    from looplab.course.pages import build_course

    print(build_course(output, course=folder, quiet=quiet) / "index.html")


@course_app.command("export")
def course_export(
    lesson: Annotated[str, typer.Argument(help="Lesson, for instance 2.4.")],
    to: Annotated[Literal["notebook", "post"], typer.Option(help="A Jupyter notebook, or Markdown with its figures.")],
    output: Annotated[Path | None, typer.Option(help="Folder to write into; by default the current one.")] = None,
    pages: Annotated[str, typer.Option(help="Address of the built pages, where links then lead.")] = "",
    folder: CourseFolder = None,
    quiet: Quiet = False,
) -> None:
    """Write a lesson as a notebook or as a blog post."""
    _require_lessons([lesson], folder)
    announce(f"Exporting {lesson} as a {to} …", quiet=quiet)
    from looplab.course.pages import export_lesson

    print(export_lesson(lesson, to=to, output=output, pages=pages, course=folder, quiet=quiet))


def _require_lessons(numbers: list[str], folder: Path | None) -> None:
    """A mistake shows at once, not after all that a command needs has been loaded."""
    from looplab.course.reading.finding import require_lesson

    for number in numbers:
        require_lesson(number, folder)
