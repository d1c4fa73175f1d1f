"""Loss curves: of one run, or of many with their median."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from looplab.figures.style import NETWORK, new_figure, with_alternative_text
from looplab.loop import Run

__all__ = ["loss_curves"]


def loss_curves(runs: Run | Sequence[Run], *, logarithmic: bool = True, title: str = "") -> Figure:
    """Loss against step: training solid, validation dashed; several runs are thin lines, their median thick.

    Args:
        runs: one run, or several of the same length (seeds of one recipe, say).
        logarithmic: whether the loss axis is; its label says so.
        title: above the figure.
    """
    all_runs = [runs] if isinstance(runs, Run) else list(runs)
    curves = {"training": torch.stack([run.train_loss for run in all_runs])}
    validation = [run.validation_loss for run in all_runs if run.validation_loss is not None]
    if validation:
        curves["validation"] = torch.stack(validation)
    figure, [axes] = new_figure()
    for name, losses in curves.items():
        _draw(axes, losses, name, "-" if name == "training" else "--")
    axes.set_yscale("log" if logarithmic else "linear")
    axes.set_xlabel("step")
    axes.set_ylabel("loss (logarithmic)" if logarithmic else "loss")
    axes.set_title(title or ("Loss curve" if len(all_runs) == 1 else f"Loss curves of {len(all_runs)} runs"))
    return with_alternative_text(figure, _words(curves))


def _draw(axes: Axes, losses: Float[Tensor, "R T"], name: str, dashes: str) -> None:
    steps = np.arange(losses.shape[1])
    if len(losses) > 1:
        axes.plot(steps, losses.T.numpy(), color=NETWORK, linestyle=dashes, linewidth=0.7, alpha=0.35)
    median = losses.quantile(0.5, dim=0).numpy()
    axes.plot(steps, median, color=NETWORK, linestyle=dashes, linewidth=2.5)
    label = name if len(losses) == 1 else f"{name} (median)"
    axes.annotate(label, (steps[-1], median[-1]), xytext=(6, 0), textcoords="offset points", color=NETWORK, va="center")


def _words(curves: dict[str, Tensor]) -> str:
    parts = []
    for name, losses in curves.items():
        first, last = losses[:, 0].median().item(), losses[:, -1].median().item()
        part = f"{name} loss from {first:.3g} to {last:.3g} over {losses.shape[1]} recorded steps"
        if len(losses) > 1:
            part += f" (medians of {len(losses)} runs; the last losses lie between {losses[:, -1].min():.3g}"
            part += f" and {losses[:, -1].max():.3g})"
        parts.append(part)
    return f"Line chart of {' and '.join(parts)}."
