"""Ray as an executor: each call is one of its tasks, on one core of whichever machine has a core free."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from looplab.errors import optional_part

__all__ = ["RayExecutor"]


class RayExecutor:
    """Calls functions on a Ray cluster, to which this process is connected, or is connected now.

    Args:
        address: of a cluster, as `ray.init` takes it: "auto" for the one of this machine, "ray://head:10001" for
            another's. None starts one here, unless the process is connected already.
        options: further arguments of `ray.init`, which is called only if the process is not connected.

    Raises:
        MissingExtraError: the extra `ray` is not installed.
        ConnectionError: there is no such cluster.
    """

    def __init__(self, address: str | None = None, **options: Any) -> None:
        with optional_part("a sweep on Ray", "ray"):
            import ray
        self._ray = ray
        self._started = not ray.is_initialized()
        if self._started:
            ray.init(address=address, **{"log_to_driver": False, **options})
        self._tasks: dict[Callable[..., Any], Any] = {}

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> "Future[Any]":
        """Have a function called by a task; Ray itself tries none again, which is left to whoever asks."""
        if function not in self._tasks:
            self._tasks[function] = self._ray.remote(max_retries=0, num_cpus=1)(function)
        future: Future[Any] = self._tasks[function].remote(*arguments).future()
        return future

    def share(self, content: bytes) -> Any:
        """A handle of what goes to each machine once."""
        return self._ray.put(content)

    @property
    def num_workers(self) -> int:
        """How many cores the cluster has now."""
        return int(self._ray.cluster_resources().get("CPU", 1))

    def shutdown(self) -> None:
        """Leave the cluster, and end it if it was started here."""
        if self._started:
            self._ray.shutdown()
