"""looplab: learn the training loop by measuring it.

>>> import looplab
>>> recipe = looplab.Recipe(optimizer="adam", lr=0.05, steps=500)
>>> run = looplab.train(lambda: looplab.mlp(2, [8], 1), looplab.load("moons"), recipe)
>>> bool(run.train_loss[-1] < run.train_loss[0])
True
"""

from importlib.metadata import version

from looplab.data import Dataset, load
from looplab.errors import LooplabError
from looplab.loop import Recipe, Run, train
from looplab.models import linear, mlp

__all__ = ["Dataset", "LooplabError", "Recipe", "Run", "linear", "load", "mlp", "train"]
__version__ = version("looplab")
