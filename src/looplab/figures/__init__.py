"""Figures in the course's one style; each function returns a matplotlib figure with alternative text.

They need the optional part `figures`. Nothing here draws into pyplot's state: show a figure by returning it from a
notebook cell, save it with `figure.savefig`.
"""

from looplab.errors import MissingExtraError

try:
    import matplotlib as _matplotlib  # noqa: F401  # only to say what is missing
except ModuleNotFoundError as error:
    raise MissingExtraError("looplab.figures", "figures") from error

from looplab.figures.activations import activation
from looplab.figures.boundary import decision_boundary
from looplab.figures.fits import fit
from looplab.figures.losses import loss_curves
from looplab.figures.scatter import scatter
from looplab.figures.style import alternative_text
from looplab.figures.success_map import success_map

__all__ = ["activation", "alternative_text", "decision_boundary", "fit", "loss_curves", "scatter", "success_map"]
