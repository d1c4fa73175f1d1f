"""The fused backend's one public function."""

import threading
from collections.abc import Callable

import numpy as np

from looplab.replicas.call import Call
from looplab.replicas.fused.workers import InitialParameters, Workers
from looplab.replicas.plan import Floats, Network, Trained

__all__ = ["run_fused"]


def run_fused(
    network: Network,
    call: Call,
    initial_parameters: InitialParameters,
    *,
    statistics: Floats | None = None,
    threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
    cancel: threading.Event | None = None,
) -> Trained:
    """Train R replicas of a network, each from start to end on one thread.

    The first call on a machine compiles the training loop, which takes seconds; later processes load it.

    Args:
        network: the layers.
        call: the data, and how to train each replica.
        initial_parameters: R×P of the data's type (left as it is), or a function that returns the rows start to stop
            of it. The function is called in the calling thread, for one stretch after the other.
        statistics: R×Q, the running statistics of batch norms at first; None where there are none.
        threads: number of threads; None takes one per available core.
        on_progress: called now and then, in the calling thread, with the number of the R×T updates done so far.
        cancel: when set, training stops within a fraction of a second.

    Returns:
        The parameters, losses and failures. Nothing in them depends on the number of threads.

    Raises:
        KeyboardInterrupt: the user interrupted, or `cancel` was set.
    """
    parameters = np.empty((len(call), network.parameter_count), call.number)
    if statistics is None:
        statistics = np.zeros((len(call), network.statistics_count), call.number)
    workers = Workers(network, call, parameters, np.array(statistics, call.number, order="C"), threads)
    return workers.run(initial_parameters, on_progress or _ignore, cancel or threading.Event())


def _ignore(done: int) -> None: ...
