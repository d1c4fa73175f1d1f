"""The training loop as machine code, one for all networks: as an earlier process cached it, or compiled."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from looplab.replicas.fused.code_cache import cache_code, read_cached_code
from looplab.replicas.fused.machine_code import Training, at_address, load
from looplab.replicas.fusible import has_guests, tables
from looplab.replicas.layers import Extent

__all__ = ["compiled_training"]

_LOCK = threading.Lock()


def compiled_training(extent: Extent = "plain", number: str = "float32") -> Training:
    """`train_replicas` as machine code: loaded, or compiled within seconds when it has changed or is new here.

    Args:
        extent: which networks it is to train; more of them take longer to compile.
        number: what the data and the networks are, "float32" or "float64": a piece of machine code for each.
    """
    with _LOCK:
        return _training(tables(), extent, number)


@cache
def _training(registered: object, extent: Extent, number: str) -> Training:
    """The training loop with these optimizers, losses and activations; if there are guests, for this process alone."""
    cached = None if has_guests() else read_cached_code(_name(extent, number))
    training = None if cached is None else load(cached)
    return training or _compiled(extent, number)


def _name(extent: Extent, number: str) -> str:
    return ("" if extent == "plain" else f"-{extent}") + ("" if number == "float32" else f"-{number}")


def _compiled(extent: Extent, number: str) -> Training:
    from looplab.replicas.fused.compiler.training import training_address, training_code  # numba is slow to load

    with _no_garbage_collection():
        machine_code = training_code(extent, number)
        training = load(machine_code)
        if training is None:
            return at_address(training_address(extent, number))
    if not has_guests():
        cache_code(machine_code, _name(extent, number))
    return training


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """The compiler makes millions of objects that live to its end; looking through them again and again takes long."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
