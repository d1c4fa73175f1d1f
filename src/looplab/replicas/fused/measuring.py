"""Metrics of replicas that machine code trains: of the outputs that it computes anyway, when a record is due."""

import threading
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from looplab.loop.metrics import measure
from looplab.replicas.call import Call
from looplab.replicas.fused.arguments import Scratch, Shape
from looplab.replicas.fused.reports import BATCH_OVER, OUTPUTS, at_address
from looplab.replicas.plan import Floats

__all__ = ["Measured", "Meter"]


class Measured:
    """Room for the metrics of all replicas; empty where none are asked for.

    Attributes:
        train: R×K values by the metric's name.
        validation: the same for validation rows.
        lock: held while a function of the user's runs, which may not expect to be called by two threads at once.
        error: what such a function raised; then training is to stop.
    """

    def __init__(self, call: Call) -> None:
        names, shape = call.recording.metrics, (len(call), call.records)
        self.train: Mapping[str, Floats] = {name: np.full(shape, np.nan, call.number) for name in names}
        self.validation = {name: np.full(shape, np.nan, call.number) for name in names if call.validation}
        self.lock = threading.Lock()
        self.error: BaseException | None = None


class Meter:
    """Measures what one thread's machine code computes, called by it.

    No more is kept than the outputs of one batch, or of the validation rows.

    Args:
        call: all replicas.
        shape: the network.
        scratch: the thread's memory, where the outputs are found.
        measured: where the values go.
    """

    def __init__(self, call: Call, shape: Shape, scratch: Scratch, measured: Measured) -> None:
        self._call, self._scratch, self._measured = call, scratch, measured
        end = shape.outputs_at + shape.outputs * shape.block_rows
        self._outputs = scratch.values[shape.outputs_at : end].reshape(shape.outputs, shape.block_rows)
        self._kept: list[Floats] = []
        self.address, self._owner = at_address(self._report)

    def _report(self, what: int, replica: int, record: int, first: int, count: int) -> None:
        """Take a report of the training loop; see `reports.report`."""
        try:
            if what == OUTPUTS:
                if first == 0:
                    self._kept.clear()
                self._kept.append(self._outputs[:, :count].T.copy())
            elif what == BATCH_OVER:
                rows = self._scratch.included if first else self._scratch.batch
                targets = self._call.dataset.targets[torch.from_numpy(rows[:count].astype(np.int64))]
                self._measure(self._measured.train, targets, replica, record)
            else:
                assert self._call.validation is not None
                self._measure(self._measured.validation, self._call.validation.targets, replica, record)
        except BaseException as error:  # noqa: BLE001  # nothing may pass through machine code
            self._measured.error = self._measured.error or error
            self._scratch.stop[0] = 1

    def _measure(self, places: Mapping[str, Floats], targets: Tensor, replica: int, record: int) -> None:
        outputs = torch.from_numpy(np.concatenate(self._kept))
        with self._measured.lock:
            for name, values in places.items():
                values[replica, record] = measure(name, self._call.recording.metrics[name], outputs, targets)
