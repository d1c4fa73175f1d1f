"""Draws the still picture of each figure, which stands on the page where no script runs, in posts and in notebooks.

`make web` calls it. A still is one SVG: the figure as it draws itself in a browser, with what it paints once for day
and once for night. It lies beside the figure's source.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from looplab.course.pages.live import live_element, page_with
from looplab.course.reading.live_figures import LiveFigure, live_figures
from looplab.files import write_whole

WIDTH = 680
DRAWN = Path(__file__).with_name("still.js").read_text()
"""JavaScript: the figure's drawing as the text of an SVG, with its canvases as pictures."""

SETTLED = "() => document.querySelector('[data-live-state=on] .live-drawing > *') !== null"


def still(browser: Browser, figure: LiveFigure) -> str:
    """The SVG of a figure's still."""
    element = live_element(figure, "").replace("data-live=", "data-live-still data-live=", 1)
    scenes = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(
            viewport={"width": WIDTH, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        page = context.new_page()
        page.set_content(page_with(element, title=figure.name))
        page.wait_for_function(SETTLED)
        page.wait_for_function("() => document.querySelector('[data-live-busy]') === null")
        scenes[scheme] = page.evaluate(DRAWN, figure.name)
        context.close()
    day, night = scenes["light"], scenes["dark"]
    pictures = "".join(
        f'<image class="live-{when}" {picture["box"]} href="{picture["data"]}"/>'
        for when, scene in (("day", day), ("night", night))
        for picture in scene["pictures"]
    )
    return str(day["svg"]).replace("<!--pictures-->", pictures) + "\n"


def main(names: list[str]) -> None:
    """Draw the stills of these figures; of all where none is named."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("stills: no Chromium is installed; on Debian: apt-get install chromium")
    figures = live_figures()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name in names or figures:
            path = write_whole(figures[name].source.with_suffix(".svg"), still(browser, figures[name]))
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
