"""What replaces the functions that kernels name in compiled code."""

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from types import CellType, FunctionType, ModuleType
from typing import Any

from numba.core import types

from looplab.lanes import across, arithmetic, vectors
from looplab.lanes.functions import Elementary
from looplab.replicas.fused import arguments, reports
from looplab.replicas.fused.compiler import instructions as compiled_instructions
from looplab.replicas.fused.compiler import reporting as compiled_reporting
from looplab.replicas.fused.compiler import unpacking as compiled_unpacking
from looplab.replicas.fused.compiler import vectors as compiled_vectors
from looplab.replicas.fused.compiler.parts import part
from looplab.replicas.fused.compiler.switch import switch
from looplab.replicas.fused.kernels.choice import Choice

__all__ = ["Kernels"]


def _by_name(module: ModuleType, *compiled: ModuleType) -> dict[Any, Any]:
    """What the compiler's modules have for the functions of one of looplab's, under the same names."""
    pairs = [(getattr(module, name), getattr(other, name, None)) for name in module.__all__ for other in compiled]
    return {function: other for function, other in pairs if isinstance(function, FunctionType) and other is not None}


_INTRINSICS = {
    **_by_name(vectors, compiled_vectors),
    **_by_name(arithmetic, compiled_vectors, compiled_instructions),
    **_by_name(across, compiled_instructions),
    **_by_name(reports, compiled_reporting),
}


@cache
def _of_type(number: str) -> dict[Any, Any]:
    """What stands for functions whose results have the type of the data, float32 or float64."""
    kind = getattr(types, number)
    return {
        getattr(module, name): other
        for module, compiled in ((vectors, compiled_vectors), (arguments, compiled_unpacking))
        for name, other in compiled.typed(kind).items()
    }


class Kernels:
    """Kernels made ready to be compiled: each function that one names is replaced by what stands for it.

    Args:
        left_out: kernels that no network of this code needs: they give 0.
        number: what the data are, "float32" or "float64".
    """

    def __init__(self, left_out: Sequence[Callable[..., Any]] = (), number: str = "float32") -> None:
        self._intrinsics = _INTRINSICS | _of_type(number)
        self._known: dict[Any, Any] = dict(self._intrinsics)
        self._number = number
        self._left_out = [inspect.unwrap(kernel) for kernel in left_out]
        for kernel in self._left_out:
            self._known[kernel] = self[_NOTHING[len(inspect.signature(kernel).parameters)]]

    def __getitem__(self, function: Callable[..., Any] | Elementary | Choice) -> Any:
        """The replacement of a function."""
        if isinstance(function, FunctionType):
            function = inspect.unwrap(function)  # tests check the arguments of looplab's functions
        if function not in self._known:
            self._known[function] = self._ready(function)
        return self._known[function]

    @property
    def functions(self) -> list[FunctionType]:
        """The kernels among what was asked for so far, as plain Python, without those that are left out."""
        others = [*self._intrinsics, *self._left_out]
        return [known for known in self._known if isinstance(known, FunctionType) and known not in others]

    def with_stand_ins(self, function: Any) -> FunctionType:
        """The function, with what stands for each function that it names."""
        names = function.__code__.co_names
        found = {name: self._stand_in(value) for name, value in function.__globals__.items() if name in names}
        cells = [CellType(self._stand_in(cell.cell_contents)) for cell in function.__closure__ or ()]
        copy = FunctionType(function.__code__, {**function.__globals__, **found}, closure=tuple(cells))
        copy.__qualname__ = function.__qualname__
        return copy

    def _ready(self, function: Any) -> Any:
        if isinstance(function, Elementary):
            return self[function.on_lanes if self._number == "float32" else function.on_doubles]
        if isinstance(function, Choice):
            return switch([self[kernel] for kernel in function.kernels()])
        return part(self.with_stand_ins(function), inlined=vars(function).get("inlined"))

    def _stand_in(self, value: Any) -> Any:
        return self[value] if isinstance(value, FunctionType | Elementary | Choice) else value


def _nothing_with_3(a: Any, b: Any, c: Any) -> float:
    return 0.0


def _nothing_with_4(a: Any, b: Any, c: Any, d: Any) -> float:
    return 0.0


def _nothing_with_5(a: Any, b: Any, c: Any, d: Any, e: Any) -> float:
    return 0.0


_NOTHING: dict[int, Callable[..., Any]] = {3: _nothing_with_3, 4: _nothing_with_4, 5: _nothing_with_5}
"""What stands for a kernel that is left out, by the number of its arguments."""
