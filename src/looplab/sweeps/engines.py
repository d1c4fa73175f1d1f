"""Where a sweep runs, by name: processes here, a cluster of dask, or one of Ray."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from looplab.errors import ReplicasError, optional_part, require_choice
from looplab.loop.surroundings import in_a_line
from looplab.sweeps.workers import ExecutorLike, Workers

__all__ = ["ENGINES", "engine"]


@contextmanager
def engine(name: str, *, address: str | None = None, workers: int | None = None) -> Iterator[ExecutorLike]:
    """The executor of an engine, until the block ends; what was started for it ends with it.

    Args:
        name: one of `ENGINES`.
        address: of a cluster that is running; None starts one on this machine.
        workers: how many worker processes to start here; None for one a core.

    Raises:
        ChoiceError: an unknown engine.
        MissingExtraError: it is not installed.
        ReplicasError: no cluster at that address.
    """
    require_choice("--on", name, ENGINES)
    if address is not None and (name == "local" or workers is not None):
        what, beside = ("--address", "--on local") if name == "local" else ("--workers", "a cluster that is running")
        raise ReplicasError(what, expected=f"none with {beside}", got="one")
    with ExitStack() as stack:
        yield ENGINES[name](stack, address, workers)


def _local(stack: ExitStack, address: str | None, workers: int | None) -> ExecutorLike:
    from joblib import cpu_count
    from joblib.externals.loky import get_reusable_executor

    del stack, address
    count = workers or int(cpu_count())
    return Workers(lambda: get_reusable_executor(count, timeout=600), count=count)


def _dask(stack: ExitStack, address: str | None, workers: int | None) -> ExecutorLike:
    with optional_part("a sweep on dask", "dask"):
        from distributed import Client, LocalCluster
    if address is None:
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        )
        return stack.enter_context(Client(stack.enter_context(cluster)))  # type: ignore[no-any-return]
    try:
        return stack.enter_context(Client(address))  # type: ignore[no-any-return]
    except (OSError, ValueError) as error:
        raise _nobody(address, error) from error


def _ray(stack: ExitStack, address: str | None, workers: int | None) -> ExecutorLike:
    from looplab.sweeps.ray import RayExecutor

    try:
        executor = RayExecutor(address, **({} if address else {"num_cpus": workers, "include_dashboard": False}))
    except (ConnectionError, ValueError) as error:
        if address is None:
            raise
        raise _nobody(address, error) from error
    stack.callback(executor.shutdown)
    return executor


def _nobody(address: str, error: Exception) -> ReplicasError:
    return ReplicasError("--address", expected="a cluster that answers", got=f"{address} ({in_a_line(error)})")


ENGINES: dict[str, Callable[[ExitStack, str | None, int | None], ExecutorLike]] = {
    "local": _local,
    "dask": _dask,
    "ray": _ray,
}
"""What starts each engine, by its name."""
