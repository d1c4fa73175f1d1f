"""Running Sphinx in this process."""

import io
import re
import warnings
from pathlib import Path
from typing import Any

from looplab.errors import LooplabError
from looplab.files import write_whole
from looplab.files.system_errors import as_file_error

__all__ = ["render"]

_SUMMARY = re.compile(r"<summary>\s*<p>(.*?)</p>\s*</summary>", re.DOTALL)

CONFIGURATION = """\
from looplab.course.pages.sphinx_settings import sphinx_settings

globals().update(sphinx_settings({title!r}))
"""


def render(source: Path, output: Path, doctrees: Path, title: str) -> list[str]:
    """Render what is new or has changed since last time.

    Args:
        source: the folder that Sphinx reads.
        output: the folder of the pages.
        doctrees: where Sphinx remembers what it has read.
        title: the course's title.

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
            app.connect("html-page-context", _give_headings_a_level, priority=900)
            app.connect("html-page-context", _unwrap_summaries, priority=901)
            app.build()
    except SphinxError as error:
        raise LooplabError(f"Sphinx stopped: {error}") from error
    return [line for line in warned.getvalue().splitlines() if line.strip()]


def _give_headings_a_level(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give headings in the navigation a level: screen readers cannot place Sphinx's, which have none."""
    del app, page, template, doctree
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def _unwrap_summaries(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Unwrap the paragraphs of summaries: HTML allows only text there, but Markdown puts all text into paragraphs."""
    del app, page, template, doctree
    context["body"] = _SUMMARY.sub(r"<summary><span>\1</span></summary>", context.get("body", ""))
