"""The report: one self-contained HTML file with the figures inside."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from matplotlib.figure import Figure

from looplab.comparison.answer import share
from looplab.comparison.result import Result
from looplab.comparison.scoring import measure_in_words
from looplab.errors import CompareError
from looplab.figures import alternative_text
from looplab.figures.comparison import fold_losses, learning_curve
from looplab.files import write_whole
from looplab.version import __version__

__all__ = ["write_report"]


def write_report(result: Result, path: Path) -> Path:
    """Write the report; the file appears whole or not at all."""
    path = path.resolve()
    if not path.parent.is_dir():
        raise CompareError(f"folder {path.parent}", expected="to exist", got="nothing there", fix="Make it first.")
    return write_whole(path, _render(result))


def _render(result: Result) -> str:
    loss = result.scoring.metric.loss
    folds = {name: arm.losses for name, arm in result.arms.items()}
    figures = [_picture(fold_losses(folds, loss), "Each dot is one fold; the line is the mean. Lower is better.")]
    if (curve := result.learning) is not None:
        caption = "If a line still falls at its right end, more rows would help that arm."
        figures.append(_picture(learning_curve(curve.rows, curve.losses, loss), caption))
    environment = Environment(loader=PackageLoader("looplab.comparison"), autoescape=True)
    return environment.get_template("report.html.j2").render(
        c=result,
        loss=loss,
        rows=_rows(result),
        figures=figures,
        version=__version__,
        share=share,
        measured=measure_in_words,
    )


def _rows(result: Result) -> list[dict[str, Any]]:
    return [
        {str(key): None if value != value else value for key, value in row.items()}  # only NaN differs from itself
        for row in result.scores().to_dict(orient="records")
    ]


def _picture(figure: Figure, caption: str) -> dict[str, str]:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return {
        "data": base64.b64encode(buffer.getvalue()).decode(),
        "alt": alternative_text(figure),
        "caption": caption,
    }
