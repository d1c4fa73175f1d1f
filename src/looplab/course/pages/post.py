"""A lesson as a blog post: Markdown, with the outputs of its code as text and its figures as files."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from looplab.course.pages.claims import claim_markdown, measured
from looplab.course.pages.excerpts import included_markdown
from looplab.course.pages.links import elsewhere
from looplab.course.pages.live import live_page, picture_file
from looplab.course.pages.quiz import answers_markdown, question_markdown
from looplab.course.pages.segments import Code, HintList, Prose, lines_of, segments
from looplab.course.quiz.questions import Checklist, Question
from looplab.course.reading import Claim, Included, Lesson, Live
from looplab.course.reading.live_figures import live_figures
from looplab.course.running.cache import executed
from looplab.course.running.shown import ShownProgress
from looplab.files import write_whole

__all__ = ["write_post"]


def write_post(lesson: Lesson, folder: Path, cache: Path | None, pages: str = "", *, quiet: bool = False) -> Path:
    """Write the post and, beside it, the folder of its figures; the post is written last."""
    with ShownProgress(1, quiet=quiet) as progress:
        execution = executed(lesson, cache, lambda fences, total: progress.ran(lesson, fences, total))
        progress.ended(lesson)
    relinked = elsewhere(lesson, pages)
    name = lesson.name
    parts = [_front_matter(lesson)]
    figures: dict[str, bytes] = {}
    for segment in segments(lesson):
        if isinstance(segment, Prose):
            parts.append(relinked(segment.text))
        elif isinstance(segment, HintList):
            parts.append(relinked(lines_of(segment.hints, lesson)))
        elif isinstance(segment, Claim):
            found = measured(segment, lesson)
            path = f"{name}/{found.picture.name}"
            figures[path] = found.picture.png
            parts.append(relinked(claim_markdown(found, path)))
        elif isinstance(segment, Included):
            parts.append(relinked(included_markdown(segment)))
        elif isinstance(segment, Live):
            parts += _live(segment, lesson, figures, relinked)
        elif isinstance(segment, Checklist):
            parts.append(relinked(lines_of(segment, lesson)))
        elif isinstance(segment, Question):
            parts.append(question_markdown(segment, relinked))
        else:
            parts.append(f"```python\n{segment.fence.code.strip()}\n```")
            parts += _outputs(segment, execution.outputs[segment.position], name, figures)
    if lesson.predictions or lesson.quiz:
        parts.append(answers_markdown([*lesson.predictions, *lesson.quiz], relinked))
    for path, data in figures.items():
        write_whole(folder / path, data)
    return write_whole(folder / f"{name}.md", "\n\n".join(parts) + "\n")


def _front_matter(lesson: Lesson) -> str:
    fields = {"title": f"{lesson.number} {lesson.title}", "description": lesson.description}
    return f"---\n{yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=1000).rstrip()}\n---"


def _live(live: Live, lesson: Lesson, figures: dict[str, bytes], relinked: Callable[[str], str]) -> list[str]:
    """The still picture of a figure, and a link to the figure itself, which lies beside it as a page of its own."""
    figure = live_figures(lesson.course)[live.name]
    place, caption = f"{lesson.name}/{live.name}", relinked(live.caption)
    figures[f"{place}.svg"] = picture_file(figure, live.alt).encode()
    figures[f"{place}.html"] = live_page(figure, caption=caption, alt=live.alt, title=lesson.title).encode()
    return [f"![{_escaped(live.alt)}]({place}.svg)", f"*{caption}* [Move it yourself.]({place}.html)"]


def _outputs(code: Code, outputs: tuple[Any, ...], name: str, figures: dict[str, bytes]) -> Iterator[str]:
    for output in outputs:
        data = output.get("data", {})
        if "image/png" in data:
            path = f"{name}/figure-{1 + sum(path.startswith(f'{name}/figure-') for path in figures)}.png"
            figures[path] = base64.b64decode(data["image/png"])
            figure = code.fence.figure
            alt, caption = (figure.alt, figure.caption) if figure else ("", "")
            yield f"![{_escaped(alt)}]({path})"
            yield f"*{caption}*"
        else:
            text = str(output.get("text") or data.get("text/plain", "")).rstrip()
            if text:
                yield f"```text\n{text}\n```"


def _escaped(text: str) -> str:
    return text.replace("[", "\\[").replace("]", "\\]")
