"""The readable loop: a recipe, `train`, and the run that it returns."""

from looplab.loop.losses import LOSSES
from looplab.loop.optimizers import OPTIMIZERS
from looplab.loop.progress import ProgressBar, progress
from looplab.loop.recipe import Recipe
from looplab.loop.run import Run
from looplab.loop.schedules import SCHEDULES
from looplab.loop.train import evaluate, train

__all__ = ["LOSSES", "OPTIMIZERS", "SCHEDULES", "ProgressBar", "Recipe", "Run", "evaluate", "progress", "train"]
