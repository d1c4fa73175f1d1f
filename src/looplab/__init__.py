"""looplab: learn the training loop by measuring it.

Names are loaded when they are first used (`looplab.lazy`): `import looplab` alone does not load PyTorch.

>>> import looplab
>>> recipe = looplab.Recipe(optimizer="adam", lr=0.05, steps=500)
>>> run = looplab.train(lambda: looplab.mlp(2, [8], 1), looplab.load("moons"), recipe)
>>> bool(run.train_loss[-1] < run.train_loss[0])
True
"""

from typing import TYPE_CHECKING

from looplab.lazy import lazy_names
from looplab.version import __version__ as __version__

if TYPE_CHECKING:
    from looplab.comparison.compare import compare
    from looplab.comparison.predict import predict
    from looplab.data import Dataset, load
    from looplab.errors import LooplabError
    from looplab.loop import Callback, Checkpoint, Computation, Recipe, Run, Training, train
    from looplab.models import linear, mlp
    from looplab.replicas import Runs
    from looplab.sweeps import train_many
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "looplab.comparison.compare": ["compare"],
            "looplab.comparison.predict": ["predict"],
            "looplab.data": ["Dataset", "load"],
            "looplab.errors": ["LooplabError"],
            "looplab.loop": ["Callback", "Checkpoint", "Computation", "Recipe", "Run", "Training", "train"],
            "looplab.models": ["linear", "mlp"],
            "looplab.replicas": ["Runs"],
            "looplab.sweeps": ["train_many"],
        },
    )

__all__ = [
    "Callback",
    "Checkpoint",
    "Computation",
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
