"""Whether probabilities can be trusted: of rows to which an arm gives 80 %, do 80 % come true?

Of two classes it is asked of the second, of several of the one that an arm holds for most probable.

Source: Niculescu-Mizil & Caruana, Predicting Good Probabilities with Supervised Learning, ICML 2005.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "calibrate"]

_PARTS = 10
_FEWEST_ROWS = 10  # in a part


class Calibration(NamedTuple):
    """Rows in up to ten parts of equal size, by probability.

    Attributes:
        predicted: mean probability of each part.
        observed: the share that came true.
        error: mean distance of the two over the rows.
    """

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    error: float

    def to_json(self) -> dict[str, Any]:
        """Everything as plain numbers."""
        return {"predicted": list(self.predicted), "observed": list(self.observed), "error": self.error}


def calibrate(probabilities: NDArray[np.float64], classes: NDArray[np.int64]) -> Calibration:
    """The calibration of probabilities N×C of the N classes that came true."""
    from sklearn.calibration import calibration_curve

    if probabilities.shape[1] == 2:
        stated, came = probabilities[:, 1], classes == 1
    else:
        stated, came = probabilities.max(axis=1), classes == probabilities.argmax(axis=1)
    parts = int(np.clip(len(stated) // _FEWEST_ROWS, 1, _PARTS))
    observed, predicted = calibration_curve(came, np.clip(stated, 0, 1), n_bins=parts, strategy="quantile")
    edges = np.quantile(stated, np.linspace(0, 1, parts + 1)[1:-1])
    rows = np.bincount(np.searchsorted(edges, stated), minlength=parts)
    error = float(np.average(np.abs(observed - predicted), weights=rows[rows > 0]))
    return Calibration(tuple(predicted.tolist()), tuple(observed.tolist()), error)
