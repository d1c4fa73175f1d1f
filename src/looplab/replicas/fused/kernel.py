"""The decorator of every kernel, and where compiled kernels are kept between processes."""

import contextlib
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import compiler, dispatcher, types
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary

__all__ = ["compile_or_load", "kernel"]

_FunctionCompiler: Any = vars(dispatcher)["_FunctionCompiler"]  # not among the names that numba types

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}


def kernel(function: Function) -> Function:
    """Make a function that other kernels can call; it is compiled into them, neither holds the GIL nor checks bounds.

    No flag of the compiler assumes that numbers are finite: a loss that becomes NaN stays one.
    """
    compiled: Any = numba.njit(**_OPTIONS)(function)
    compiled._compiler = _PartCompiler.like(compiled._compiler)
    find_template = compiled.get_call_template
    compiled.get_call_template = lambda args, kws: find_template(tuple(map(types.unliteral, args)), kws)
    compiled.add_overload = lambda result: compiled.overloads.__setitem__(tuple(result.signature.args), result)
    return cast(Function, compiled)


class _PartLibrary(JITCodeLibrary):
    """LLVM's code of a part, which is neither optimized nor made executable: both happen once, in the whole."""

    def _optimize_final_module(self) -> None: ...

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _PartCompiler(_FunctionCompiler):
    """Compiles a part of something larger, only as far as LLVM's code."""

    @classmethod
    def like(cls, other: Any) -> "_PartCompiler":
        """A compiler of the same function."""
        return cls(other.py_func, other.targetdescr, other.targetoptions, other.locals, other.pipeline_class)

    def _compile_core(self, args: Any, return_type: Any) -> Any:
        flags: Any = compiler.Flags()
        self.targetdescr.options.parse_as_flags(flags, self.targetoptions)
        flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        context = self.targetdescr.target_context
        library = _PartLibrary(context.codegen(), self.py_func.__qualname__)
        part = compiler.compile_extra(
            self.targetdescr.typing_context, context, self.py_func, args, return_type, flags, self.locals, library,
            self.pipeline_class,
        )  # fmt: skip
        name = object()  # numba knows a function by where it begins in memory; a part begins nowhere
        context.insert_user_function(name, part.fndesc, [part.library])
        return part._replace(entry_point=name)


def compile_or_load(function: Callable[..., Any], signature: Any) -> Callable[..., Any]:
    """Compile a function, with all kernels that it calls, for one signature, or load it as compiled before.

    It is kept beside its source, or in the user's cache directory where that is read-only. Where that cannot be written
    either, it is compiled anew in each process.
    """
    compiled: Any = numba.njit(**_OPTIONS)(function)
    with contextlib.suppress(RuntimeError):  # no directory can be written
        compiled._cache = _Cache(function)
    compiled.compile(signature)
    result: Callable[..., Any] = compiled
    return result


class _CacheFiles(CompileResultCacheImpl):
    """Numba's cache of one function, which notices a change in any kernel that was compiled into it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self.locator.get_source_stamp = _stamp


class _Cache(FunctionCache):
    _impl_class = _CacheFiles

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save a compiled function; a full or read-only disk only costs time."""
        with contextlib.suppress(OSError):
            super().save_overload(sig, data)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load a compiled function; one that cannot be read is compiled."""
        with contextlib.suppress(OSError):
            return super().load_overload(sig, target_context)
        return None


@cache
def _stamp() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
