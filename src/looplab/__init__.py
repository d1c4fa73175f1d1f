"""looplab: learn the training loop by measuring it.

>>> import looplab
>>> recipe = looplab.Recipe(optimizer="adam", lr=0.05, steps=500)
>>> run = looplab.train(lambda: looplab.mlp(2, [8], 1), looplab.load("moons"), recipe)
>>> bool(run.train_loss[-1] < run.train_loss[0])
True
"""

from typing import TYPE_CHECKING, Any

from looplab.data import Dataset, load
from looplab.errors import LooplabError
from looplab.loop import Callback, Checkpoint, Recipe, Run, Training, train
from looplab.models import linear, mlp
from looplab.replicas import Runs, train_many
from looplab.version import __version__ as __version__

if TYPE_CHECKING:
    from looplab.comparison.compare import compare
    from looplab.comparison.predict import predict

__all__ = [
    "Callback",
    "Checkpoint",
    "Dataset",
    "LooplabError",
    "Recipe",
    "Run",
    "Runs",
    "Training",
    "compare",
    "linear",
    "load",
    "mlp",
    "predict",
    "train",
    "train_many",
]


def __getattr__(name: str) -> Any:  # these need pandas and scikit-learn, so they are loaded on first use
    if name == "compare":
        from looplab.comparison.compare import compare

        return compare
    if name == "predict":
        from looplab.comparison.predict import predict

        return predict
    raise AttributeError(f"module 'looplab' has no attribute '{name}'")
