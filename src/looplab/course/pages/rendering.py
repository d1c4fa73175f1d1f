"""Running Sphinx in this process."""

import io
import re
import warnings
from collections.abc import Callable
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

from looplab.course.pages.preview import preview_place, preview_tags
from looplab.course.pages.search_data import write_search_data
from looplab.errors import LooplabError
from looplab.files import write_whole
from looplab.files.system_errors import as_file_error

__all__ = ["render"]

_DESCRIPTION = re.compile(r'<meta content="([^"]*)" name="description"')
_TAG = re.compile(r"<[^>]+>")
_SUMMARY = re.compile(r"<summary>\s*<p>(.*?)</p>\s*</summary>", re.DOTALL)

CONFIGURATION = """\
from looplab.course.pages.sphinx_settings import sphinx_settings

globals().update(sphinx_settings({title!r}))
"""


def render(
    source: Path, output: Path, doctrees: Path, title: str, report: Callable[[str], object] | None = None
) -> list[str]:
    """Render what is new or has changed since last time.

    Args:
        source: the folder that Sphinx reads.
        output: the folder of the pages.
        doctrees: where Sphinx remembers what it has read.
        title: the course's title.
        report: called with what is being done, in words, page by page.

    Returns:
        Sphinx's warnings, one line each.

    Raises:
        LooplabError: Sphinx could not go on.
    """
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.console import nocolor
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    nocolor()
    warned = io.StringIO()
    configuration = doctrees.parent / "configuration"
    write_whole(configuration / "conf.py", CONFIGURATION.format(title=title))
    try:
        with (
            as_file_error(output, expected="a folder that pages can be written to"),
            patch_docutils(configuration),
            docutils_namespace(),
            warnings.catch_warnings(),
        ):
            for kind in (DeprecationWarning, PendingDeprecationWarning):  # these are for the authors of extensions
                warnings.simplefilter("ignore", kind)
            app = Sphinx(
                srcdir=source,
                confdir=configuration,
                outdir=output,
                doctreedir=doctrees,
                buildername="html",
                status=None,
                warning=warned,
            )
            html: Any = app.builder  # the kind that the name above stands for
            html.search = False  # search_data writes what is searched
            app.connect("html-page-context", _give_headings_a_level, priority=900)
            app.connect("html-page-context", _unwrap_summaries, priority=901)
            app.connect("html-page-context", _describe, priority=902)
            if report is not None:
                _tell(app, report)
            app.build()
            write_search_data(app.env, output)
    except SphinxError as error:
        raise LooplabError(f"Sphinx stopped: {error}") from error
    return [line for line in warned.getvalue().splitlines() if line.strip()]


def _tell(app: Any, report: Callable[[str], object]) -> None:
    """Have it said which page is read, and which is written."""
    for event, doing in (("source-read", "Reading"), ("html-page-context", "Writing")):
        numbers = count(1)

        def tell(_app: Any, page: str, *_: Any, doing: str = doing, numbers: "count[int]" = numbers) -> None:
            report(f"{doing} pages: {next(numbers)}, {page}")

        app.connect(event, tell)


def _give_headings_a_level(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give headings in the navigation a level: screen readers cannot place Sphinx's, which have none."""
    del app, page, template, doctree
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def _describe(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Say in a page's head what a link to it shows."""
    del template, doctree
    known = _DESCRIPTION.search(context.get("metatags", ""))
    if known is not None:
        title, site = unescape(_TAG.sub("", context.get("title", ""))), app.config.project
        picture = context["pathto"](preview_place(f"{page}.html"), 1)
        tags = preview_tags(title=title, description=unescape(known[1]), site=site, picture=picture)
        context["metatags"] += f"\n{tags}"


def _unwrap_summaries(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Unwrap the paragraphs of summaries: HTML allows only text there, but Markdown puts all text into paragraphs."""
    del app, page, template, doctree
    context["body"] = _SUMMARY.sub(r"<summary><span>\1</span></summary>", context.get("body", ""))
