"""What a caller of `train` wants to know, keep and stop for, as callbacks; and the run that they make of a training."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from looplab.data import Dataset
from looplab.loop.averages import AVERAGES
from looplab.loop.callbacks.averaging import Averaging
from looplab.loop.callbacks.best import Best
from looplab.loop.callbacks.callback import Callback
from looplab.loop.callbacks.progress_of_steps import Progress
from looplab.loop.callbacks.trajectory import Trajectory
from looplab.loop.callbacks.watch import Watch, checked_callbacks
from looplab.loop.checkpoints import Checkpoint
from looplab.loop.checkpoints.asked import dataset_digest, loss_traits
from looplab.loop.checkpoints.digest import digest_of
from looplab.loop.computing import Computing
from looplab.loop.losses import Objective
from looplab.loop.recipe import Recipe
from looplab.loop.recording import Recording
from looplab.loop.run import Run
from looplab.loop.training import Training

__all__ = ["run_of", "watch_for"]


def watch_for(
    dataset: Dataset,
    recipe: Recipe,
    weights: Float[Tensor, " N"] | None,
    objective: Objective,
    recording: Recording,
    callbacks: Iterable[Callback | Callable[[Training], object]],
    checkpoint: str | Path | Checkpoint | None,
    computing: Computing,
) -> Watch:
    """The callbacks that record, keep and save what `train` was asked for; see there.

    Raises:
        RecipeError: what is no callback, or no path.
    """
    watching: list[Callback] = []
    if recording.trajectory_every is not None:
        watching.append(Trajectory(recording.trajectory_every))
    if AVERAGES[recipe.average].share is not None:
        watching.append(Averaging(recipe))
    if recording.keep == "best" or recording.patience is not None:
        watching.append(Best(keep=recording.keep == "best", patience=recording.patience))
    watching += checked_callbacks(callbacks)
    saving = None
    if checkpoint is not None:
        saving = checkpoint if isinstance(checkpoint, Checkpoint) else Checkpoint(checkpoint)
        asked = {
            "recipe": asdict(recipe),
            "dataset": dataset_digest(dataset),
            "row_weights": None if weights is None else digest_of({"weights": weights}),
            "loss": loss_traits(objective, dataset),
            "validation": dataset_digest(recording.validation),
            "record_every": int(recording.every),
            "metrics": list(recording.metrics),
            "keep": recording.keep,
            "patience": recording.patience,
            "trajectory_every": recording.trajectory_every,
            "callbacks": [type(callback).__name__ for callback in watching],
            **computing.asked,
        }
        saving = computing.saving(saving)
        saving.watch(watching, asked)
    shown = [Progress()] if computing.is_first else []
    return Watch([*watching, *shown, *computing.callbacks(watching)], run_of, saving)


def run_of(training: Training, callbacks: Iterable[Callback]) -> Run:
    """The run that a training is, or was until an error ended it."""
    best = next((callback for callback in callbacks if isinstance(callback, Best)), None)
    trajectory = next((callback for callback in callbacks if isinstance(callback, Trajectory)), None)
    kept = best.step if best is not None else None
    history = training.history

    def numbers(values: list[float]) -> Float[Tensor, " T"]:
        return torch.tensor(values, dtype=training.dataset.dtype)

    return Run(
        model=training.model,
        train_loss=numbers(history.train_loss),
        validation_loss=numbers(history.validation_loss) if history.validation_loss else None,
        recipe=training.recipe,
        seconds=history.seconds,
        steps=training.step,
        kept_step=training.step if kept is None else kept,
        stopped=training.stopped,
        train_metrics={name: numbers(values) for name, values in history.train_metrics.items()},
        validation_metrics={name: numbers(values) for name, values in history.validation_metrics.items()},
        trajectory=None if trajectory is None else trajectory.parameters,
        trajectory_steps=None if trajectory is None else trajectory.steps,
    )
