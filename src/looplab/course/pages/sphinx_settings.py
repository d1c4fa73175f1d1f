"""Sphinx's settings: everything local, light and dark."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from looplab.version import __version__

__all__ = ["EXTRA", "sphinx_settings"]

HERE = Path(__file__).parent
MATHJAX = "tex-svg-full.js"
"""One file with all of TeX that draws formulas as SVG: no fonts, which a browser may refuse to load from `file://`."""

EXTRA = "../extra"
"""The folder whose content lies among the pages as it is, seen from the folder of the settings."""

THEME: dict[str, Any] = {
    "navigation_with_keys": True,
    "light_css_variables": {
        "color-brand-primary": "#1f5fa8",
        "color-brand-content": "#1f5fa8",
        "color-brand-visited": "#6f3fa0",
    },
    "dark_css_variables": {
        "color-brand-primary": "#8fbcf0",
        "color-brand-content": "#8fbcf0",
        "color-brand-visited": "#c9a8ec",
    },
}


def sphinx_settings(title: str) -> dict[str, Any]:
    """The contents of a `conf.py`.

    Args:
        title: the course's title.
    """
    return {
        "project": title,
        "html_title": title,
        "html_short_title": "looplab",
        "language": "en",
        "copyright": f"The looplab authors · looplab {__version__}",
        "extensions": ["myst_nb", "sphinx.ext.mathjax"],
        "source_suffix": {".ipynb": "myst-nb", ".md": "myst-nb"},
        "root_doc": "index",
        "nb_execution_mode": "off",
        "nb_merge_streams": True,
        "nb_ipywidgets_js": {},
        "myst_enable_extensions": ["dollarmath", "attrs_block"],
        "myst_dmath_double_inline": True,
        "myst_heading_anchors": 4,
        "html_theme": "furo",
        "html_theme_options": THEME,
        "html_static_path": [str(HERE / "static"), str(_mathjax_folder() / MATHJAX)],
        "templates_path": [str(HERE / "templates")],
        "html_additional_pages": {"search": "search.html"},  # ours; Sphinx's own may not fetch what it shows from disk
        "html_extra_path": [EXTRA],
        "html_favicon": str(HERE / "static" / "icon.svg"),
        "html_css_files": ["looplab.css", "boxes.css", "figures.css"],
        "html_js_files": [(name, {"defer": "defer"}) for name in ("looplab.js", "copy.js", "figures.js")],
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_permalinks_icon": "#",
        "html_show_sphinx": False,
        "html_use_index": False,
        "pygments_style": "a11y-high-contrast-light",
        "pygments_dark_style": "a11y-high-contrast-dark",
        "mathjax_path": MATHJAX,
        "mathjax3_config": {"options": {"enableMenu": False}, "svg": {"fontCache": "local"}},
    }


def _mathjax_folder() -> Path:
    """Where the installed MathJax lies; its package's name has hyphens and cannot be imported."""
    spec = find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'sphinx-mathjax-offline'", name="sphinx-mathjax-offline")
    return Path(spec.origin).parent / "static" / "mathjax"
