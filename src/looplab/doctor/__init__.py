"""The doctor: why does a training not learn?

>>> import torch, looplab.doctor
>>> model = torch.nn.Linear(2, 1)
>>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
>>> x = torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
>>> batches = [(x, x.sum(dim=1, keepdim=True))]
>>> looplab.doctor.examine(model, optimizer, torch.nn.MSELoss(), batches, epochs=200).healthy
True
"""

from typing import TYPE_CHECKING

from looplab.doctor.diagnosis import Diagnosis
from looplab.doctor.examine import examine
from looplab.doctor.finding import Finding
from looplab.doctor.watch_loop import Watch, watch
from looplab.lazy import lazy_names

if TYPE_CHECKING:
    from looplab.doctor.callbacks.lightning import LightningWatch as LightningWatch
    from looplab.doctor.callbacks.skorch import SkorchWatch as SkorchWatch
    from looplab.doctor.callbacks.transformers import TransformersWatch as TransformersWatch
else:
    __getattr__, _ = lazy_names(
        "looplab.doctor",
        {
            "looplab.doctor.callbacks.lightning": ["LightningWatch"],
            "looplab.doctor.callbacks.skorch": ["SkorchWatch"],
            "looplab.doctor.callbacks.transformers": ["TransformersWatch"],
        },
    )

# The callbacks are not listed, so that `import *` and `help` do not ask for packages that are not installed.
__all__ = ["Diagnosis", "Finding", "Watch", "examine", "watch"]
