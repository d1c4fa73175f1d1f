"""The readable loop: a recipe, `train`, and the run that it returns."""

from looplab.loop.averages import AVERAGES
from looplab.loop.callbacks import Callback, TensorBoard
from looplab.loop.checkpoints import Checkpoint
from looplab.loop.computing import Computation
from looplab.loop.evaluation import evaluate
from looplab.loop.losses import LOSSES
from looplab.loop.metrics import METRICS
from looplab.loop.optimizers import OPTIMIZERS
from looplab.loop.progress import ProgressBar
from looplab.loop.recipe import Recipe
from looplab.loop.run import Run
from looplab.loop.schedules import SCHEDULES
from looplab.loop.train import train
from looplab.loop.training import Training

__all__ = [
    "AVERAGES",
    "LOSSES",
    "METRICS",
    "OPTIMIZERS",
    "SCHEDULES",
    "Callback",
    "Checkpoint",
    "Computation",
    "ProgressBar",
    "Recipe",
    "Run",
    "TensorBoard",
    "Training",
    "evaluate",
    "train",
]
