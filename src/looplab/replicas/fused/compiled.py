"""The training loop, compiled once for all networks: the arguments' types say nothing of their sizes."""

import threading
from functools import cache
from typing import Any

import numba
import numpy as np

from looplab.replicas.fused.kernel import compile_or_load
from looplab.replicas.fused.layout import Layout
from looplab.replicas.fused.training import train_replicas
from looplab.replicas.plan import Activation, Linear, Network, Problem, Settings

__all__ = ["compiled_training"]

_LOCK = threading.Lock()


def compiled_training() -> Any:
    """`train_replicas` as machine code: loaded, or compiled within seconds when it has changed or is new here."""
    with _LOCK:
        return _compiled()


@cache
def _compiled() -> Any:
    shape, data, replicas, scratch = example_arguments()
    kinds = tuple(numba.typeof(group) for group in (shape, data, replicas, scratch))
    return compile_or_load(train_replicas, (*kinds, numba.int64, numba.int64))


def example_arguments() -> tuple[Any, Any, Any, Any]:
    """Arguments of the right types, for a small network."""
    network = Network((Linear(1, 1, True), Activation("relu"), Linear(1, 1, True)))
    one = np.ones(1)
    problem = Problem(inputs=np.zeros((1, 1), np.float32), targets=np.zeros((1, 1), np.float32), task="regression")
    settings = Settings(
        optimizer="sgd", steps=1, seeds=np.zeros(1, np.int64), batch_size=np.zeros(1, np.int64), lr=one, momentum=one,
        beta1=one, beta2=one, eps=one, weight_decay=one, clip_norm=one,
    )  # fmt: skip
    layout = Layout(network, problem, settings)
    parameters = np.zeros((1, network.parameter_count), np.float32)
    return layout.shape(), layout.data(), layout.replicas(parameters), layout.scratch()
