"""A mode for torch's functions that comes and goes at any time, whatever modes the person's code enters and leaves."""

import torch
from torch.overrides import TorchFunctionMode

__all__ = ["lay_under", "take_out"]

# A mode that is entered within a call and left after it would be on top when the person's `with torch.device(…):`
# ends, which takes away whatever is on top. At the bottom of the stack it is nobody's top but its own.


def lay_under(mode: TorchFunctionMode) -> None:
    """Enter a mode beneath all that are entered."""
    _put_back([mode, *_taken()])


def take_out(mode: TorchFunctionMode) -> None:
    """Leave a mode, wherever it lies; nothing happens if it is not entered."""
    _put_back([each for each in _taken() if each is not mode])


def _taken() -> list[TorchFunctionMode]:
    """All modes, taken off the stack; the bottom one first."""
    count = torch._C._len_torch_function_stack()
    return [torch._C._pop_torch_function_stack() for _ in range(count)][::-1]


def _put_back(modes: list[TorchFunctionMode]) -> None:
    for mode in modes:
        torch._C._push_on_torch_function_stack(mode)
