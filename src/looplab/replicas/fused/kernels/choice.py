"""One kernel among several, chosen by a number: the only place where kernels branch on what is registered."""

from collections.abc import Callable
from typing import Any

__all__ = ["Choice", "inlined", "not_inlined"]

Kernel = Callable[..., Any]


class Choice:
    """Calls `kernels()[place](…)`.

    Args:
        kernels: returns the kernels, from what is registered when it is asked. All take and give the same types.
    """

    def __init__(self, kernels: Callable[[], list[Kernel]]) -> None:
        self.kernels = kernels

    def __call__(self, place: int, *arguments: Any) -> Any:
        """Call the kernel that stands at a place."""
        return self.kernels()[place](*arguments)


def inlined(kernel: Kernel) -> Kernel:
    """Make a kernel a part of each of its callers in compiled code; of the others LLVM decides by their length.

    For the few between the step and the loops over rows of a small network, where handing over a dozen arguments would
    take as long as the work. Of a kernel that much goes through, it multiplies the time that compiling takes.
    """
    vars(kernel)["inlined"] = True
    return kernel


def not_inlined(kernel: Kernel) -> Kernel:
    """Keep a kernel a function of its own in compiled code.

    For those among which one is chosen: side by side in one function, they would have to share its registers.
    """
    vars(kernel)["inlined"] = False
    return kernel
