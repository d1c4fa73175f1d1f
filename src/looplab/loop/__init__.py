"""The readable loop: a recipe, `train`, and the run that it returns."""

from looplab.loop.progress import ProgressBar, progress
from looplab.loop.recipe import Recipe
from looplab.loop.run import Run
from looplab.loop.train import evaluate, train

__all__ = ["ProgressBar", "Recipe", "Run", "evaluate", "progress", "train"]
