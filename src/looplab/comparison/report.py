"""The report: one self-contained HTML file with the figures inside."""

import base64
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader
from matplotlib.figure import Figure
from numpy.typing import NDArray

from looplab.comparison.answer import share
from looplab.comparison.result import Result
from looplab.comparison.scoring import measure_in_words
from looplab.comparison.why.reasons import Reasons
from looplab.data.words import printable
from looplab.errors import CompareError
from looplab.figures import alternative_text
from looplab.figures.comparison import fold_losses, learning_curve
from looplab.figures.reasons import calibration, column_importance, dependence_on
from looplab.files import write_whole
from looplab.version import __version__

__all__ = ["write_report"]

_MOST_CLASSES = 3  # lines of each arm in one picture


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
    environment.filters["printable"] = printable
    return environment.get_template("report.html.j2").render(
        c=result,
        loss=loss,
        rows=_rows(result),
        figures=figures,
        why=[] if result.reasons is None else _why(result, result.reasons),
        version=__version__,
        share=share,
        measured=measure_in_words,
    )


def _why(result: Result, reasons: Reasons) -> list[dict[str, str]]:
    loss, table = result.scoring.metric.loss, result.table
    pictures = [
        _picture(
            column_importance(reasons.importances, loss),
            f"By how much the {loss} grows on rows that were not learnt from, when the column is shuffled among them; "
            "bars are 95 % intervals over folds. Of columns that say the same, each looks less important than they are "
            "together.",
        )
    ]
    if reasons.calibration:
        event = table.target_names[1] if table.task == "binary" else "the class that was predicted"
        arms = {arm: (each.predicted, each.observed) for arm, each in reasons.calibration.items()}
        caption = "Rows that were not learnt from, in parts of equal size; the diagonal is perfect."
        pictures.append(_picture(calibration(arms, event), caption))
    for each in reasons.dependence:
        drawn, names = _outputs(each.predictions, result)
        caption = "The mean prediction over all rows, if they all had this value and were otherwise as they are."
        pictures.append(_picture(dependence_on(each.column, each.values, drawn, names), caption))
    return pictures


def _outputs(
    predictions: dict[str, NDArray[np.float64]], result: Result
) -> tuple[dict[str, NDArray[np.float64]], list[str]]:
    """Of two classes the second, of several the most frequent ones, of a regression all."""
    names, table = list(result.table.target_names), result.table
    if table.task == "binary":
        places = [1]
    elif table.task == "multiclass":
        places = sorted(np.argsort(-np.bincount(table.targets.astype(np.int64)), kind="stable")[:_MOST_CLASSES])
    else:
        places = list(range(min(len(names), _MOST_CLASSES)))
    return {arm: each[:, places] for arm, each in predictions.items()}, [names[place] for place in places]


def _rows(result: Result) -> list[dict[str, Any]]:
    return [
        {str(key): None if value != value else value for key, value in row.items()}  # only NaN differs from itself
        for row in result.scores().to_dict(orient="records")
    ]


def _picture(figure: Figure, caption: str) -> dict[str, str]:
    buffer = BytesIO()
    with warnings.catch_warnings():  # a letter that the font lacks is a box; the alternative text has it
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        figure.savefig(buffer, format="png", dpi=144)
    return {
        "data": base64.b64encode(buffer.getvalue()).decode(),
        "alt": printable(alternative_text(figure)),
        "caption": caption,
    }
