"""Live figures, wherever a lesson shows them: on a page, in a post, in a notebook."""

import html
import json
import re
from pathlib import Path
from typing import Any

from looplab.course.reading.live_figures import LiveFigure, live_figures
from looplab.course.reading.parts import Live
from looplab.errors import require_choice

__all__ = ["live_box", "live_element", "live_page", "picture_file", "show_figure"]

STATIC = Path(__file__).with_name("static")
_FRAME_HEIGHT = 660


def live_element(figure: LiveFigure, still: str) -> str:
    """HTML: the figure's element, which holds its still until the script runs, and the figure's data.

    Args:
        figure: the figure.
        still: the SVG of its still picture; empty while it is drawn for the first time.
    """
    place = f'<div class="live" data-live="{html.escape(figure.name)}">{still}</div>'
    data = figure.data()
    return place if data is None else f"{place}\n{_data_script(figure.name, data)}"


def _data_script(name: str, data: Any) -> str:
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f'<script type="application/json" data-live-data="{html.escape(name)}">{text}</script>'


def live_box(live: Live, caption: str, course: Path) -> str:
    """The figure as it stands on a page, for Sphinx.

    Args:
        live: the fence that asks for it.
        caption: its caption as it is to be shown.
        course: the course's folder.
    """
    figure = live_figures(course)[live.name]
    return f"""\
`````{{container}} live-place
````{{raw}} html
{live_element(figure, _described(figure.still(), live.alt))}
````

{{.live-caption}}
{caption}
`````"""


def live_page(figure: LiveFigure, *, caption: str = "", alt: str = "", title: str = "") -> str:
    """The figure on a self-contained page of its own: script and styles are in it.

    Args:
        figure: the figure.
        caption: plain text below it.
        alt: what its still shows, for someone who cannot see it.
        title: the page's title, as plain text; no heading is shown without one.
    """
    still = _described(figure.still(), alt)
    heading = f"<h1>{html.escape(title)}</h1>" if title else ""
    return page_with(f"{heading}{live_element(figure, still)}<p>{html.escape(caption)}</p>", title=title or figure.name)


def page_with(body: str, *, title: str) -> str:
    """A self-contained page, with the script and the styles of the figures in it.

    Args:
        body: the HTML of its content.
        title: plain text, for the window.
    """
    style, script = ((STATIC / name).read_text(encoding="utf-8") for name in ("figures.css", "figures.js"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}{_PLAIN}</style></head><body><main>{body}</main><script>{script}</script></body></html>\n"
    )


_PLAIN = """
body{margin:0;background:#fff;color:#222;font:1rem/1.6 system-ui,"Segoe UI","Noto Sans","Liberation Sans",sans-serif}
main{max-width:680px;margin:0 auto;padding:1px 12px}
@media(prefers-color-scheme:dark){body:not([data-theme=light]){background:#131416;color:#ddd}}
"""


def picture_file(figure: LiveFigure, alt: str) -> str:
    """The still picture as an SVG file of its own, with its colours in it.

    Args:
        figure: the figure.
        alt: what it shows, for someone who cannot see it.
    """
    style = (STATIC / "figures.css").read_text(encoding="utf-8").replace(".live{", "svg{", 1).strip()
    still = _described(figure.still(), alt)
    return re.sub(r"<svg\b[^>]*>", lambda opening: f"{opening[0]}<style>{style}</style>", still, count=1) + "\n"


def _described(still: str, alt: str) -> str:
    """The SVG with this description in place of its own, for someone who cannot see it."""
    if not alt:
        return still
    return re.sub(r"<desc>.*?</desc>", lambda _: f"<desc>{html.escape(alt)}</desc>", still, count=1, flags=re.DOTALL)


def show_figure(name: str) -> None:
    """Show a live figure below the cell of a notebook.

    Args:
        name: as the lesson's page names it.

    Raises:
        ChoiceError: there is no such figure; lists those there are.
    """
    from IPython.display import display

    figures = live_figures()
    require_choice("figure", name, figures)
    page = html.escape(live_page(figures[name]))
    frame = (
        f'<iframe title="{html.escape(name)}" srcdoc="{page}" width="100%" height="{_FRAME_HEIGHT}"'
        ' style="border: 0"></iframe>'
    )
    display({"text/html": frame, "text/plain": f"The figure {name}"}, raw=True)
