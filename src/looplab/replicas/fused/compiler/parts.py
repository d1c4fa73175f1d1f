"""Kernels one by one, and the compiler of the whole that they make up."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import binding, ir
from numba.core import compiler, compiler_machinery, dispatcher, typed_passes, types, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock

from looplab.replicas.fused.machine_code import ENTRY, MachineCode

__all__ = ["compile_here", "compile_to_keep", "part"]

_FunctionCompiler: Any = vars(dispatcher)["_FunctionCompiler"]  # not among the names that numba types
_locked: Any = global_compiler_lock

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False, "_nrt": False}
_C_FUNCTIONS = ("memcpy", "memmove", "memset", "pow")  # which LLVM calls where its own functions of these names stand


def part(function: Function, *, inlined: bool | None = None) -> Function:
    """Make a function that other kernels can call; it is compiled into them, neither holds the GIL nor checks bounds.

    No flag of the compiler assumes that numbers are finite: a loss that becomes NaN stays one.

    Args:
        function: the kernel, ready to be compiled: see `functions`.
        inlined: whether it becomes a part of its callers; None leaves that to LLVM.
    """
    options = _OPTIONS | ({"forceinline": True} if inlined else {})
    compiled: Any = numba.njit(**options)(function)
    compiled._compiler = _PartCompiler.like(compiled._compiler, apart=inlined is False)
    find_template = compiled.get_call_template
    compiled.get_call_template = lambda args, kws: find_template(tuple(map(_without_literals, args)), kws)
    compiled.add_overload = lambda result: compiled.overloads.__setitem__(tuple(result.signature.args), result)
    return cast(Function, compiled)


def _without_literals(kind: Any) -> Any:
    """The type without a known literal value, for which a kernel would be compiled again."""
    if isinstance(kind, types.NamedTuple):
        return types.NamedTuple(tuple(map(_without_literals, kind.types)), kind.instance_class)
    return types.unliteral(kind)


class _WholeLibrary(JITCodeLibrary):
    """LLVM's code of all kernels, optimized together and not made executable here."""

    def _optimize_final_module(self) -> None:
        """Once: numba's earlier round is for counting references, of which kernels have none."""
        manager, builder = self._codegen._module_pass_manager()
        manager.run(self._final_module, builder)

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def machine_code(self) -> MachineCode:
        """The code in the processor's own instructions."""
        module: Any = self._final_module
        code: bytes = self._codegen._tm.emit_object(module)
        declared = [s.name for s in (*module.functions, *module.global_variables) if s.is_declaration]
        needs = [name for name in declared if not name.startswith("llvm.")]
        needs += [name for name in _C_FUNCTIONS if any(other.startswith(f"llvm.{name}.") for other in declared)]
        return MachineCode(code, tuple(needs))


class _PartLibrary(JITCodeLibrary):
    """LLVM's code of a part alone, neither linked with the parts that it calls nor optimized: the whole is, once."""

    apart = False
    """Whether LLVM must leave the functions as they are called, instead of making them parts of their callers."""

    def add_llvm_module(self, ll_module: Any) -> None:
        for function in ll_module.functions:
            if self.apart and not function.is_declaration:
                function.add_function_attribute("noinline")
        self._final_module.link_in(ll_module)

    def finalize(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == binding.Linkage.external:
                function.linkage = "linkonce_odr"  # as numba does it: what nobody calls is left out
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """This part with all that it calls, each once."""
        found, waiting, module = {self}, [self], self._final_module.clone()
        while waiting:
            for library in waiting.pop()._linking_libraries:
                if library not in found:
                    found.add(library)
                    own = isinstance(library, _PartLibrary)
                    module.link_in(library._final_module if own else library._get_module_for_linking(), preserve=True)
                    waiting += [library] if own else []
        return module


class _Pipeline(compiler.CompilerBase):
    """numba's passes without those for what no kernel has: closures, generators, literal loops, array expressions."""

    def define_pipelines(self) -> list[Any]:
        """One: numba takes a list for those to fall back on."""
        passes: Any = compiler_machinery.PassManager("kernel")
        for step in _PASSES:
            passes.add_pass(step, step.__name__)
        passes.finalize()
        return [passes]


_PASSES: tuple[Any, ...] = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    untyped_passes.GenericRewrites,
    untyped_passes.ReconstructSSA,
    typed_passes.NopythonTypeInference,
    typed_passes.PreLowerStripPhis,
    typed_passes.IRLegalization,
    typed_passes.NativeLowering,
    typed_passes.NoPythonBackend,
)


class _PartCompiler(_FunctionCompiler):
    """Compiles a part of something larger, only as far as LLVM's code."""

    @classmethod
    def like(cls, other: Any, *, apart: bool) -> "_PartCompiler":
        """A compiler of the same function."""
        new = cls(other.py_func, other.targetdescr, other.targetoptions, other.locals, other.pipeline_class)
        new.apart = apart
        return new

    def _compile_core(self, args: Any, return_type: Any) -> Any:
        flags: Any = compiler.Flags()
        self.targetdescr.options.parse_as_flags(flags, self.targetoptions)
        flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        context = self.targetdescr.target_context
        library = _PartLibrary(context.codegen(), self.py_func.__qualname__)
        library.apart = self.apart
        part = compiler.compile_extra(
            self.targetdescr.typing_context, context, self.py_func, args, return_type, flags, self.locals, library,
            _Pipeline,
        )  # fmt: skip
        name = object()  # numba knows a function by where it begins in memory; a part begins nowhere
        context.insert_user_function(name, part.fndesc, [part.library])
        return part._replace(entry_point=name)


@_locked
def compile_to_keep(function: Any, signature: tuple[Any, ...]) -> MachineCode:
    """Machine code of a kernel and of all that it calls, which other processes on this processor can load."""
    library: Any = _WholeLibrary(_context(function).codegen(), ENTRY)
    _fill(library, function, signature)
    code: MachineCode = library.machine_code()
    return code


@_locked
def compile_here(function: Any, signature: tuple[Any, ...]) -> int:
    """The same for this process alone, with everything numba puts into it: the address of the function."""
    library: Any = _context(function).codegen().create_library(ENTRY)
    _fill(library, function, signature)
    address: int = library.get_pointer_to_function(ENTRY)
    return address


def _context(function: Any) -> Any:
    return function.targetdescr.target_context


def _fill(library: Any, function: Any, signature: tuple[Any, ...]) -> None:
    """Put a kernel into a library, with a function of C around it: addresses and numbers in, 0 out."""
    function.compile(signature)
    part, context = function.overloads[signature], _context(function)
    module = library.create_ir_module(ENTRY)
    kind = ir.FunctionType(ir.IntType(32), [context.get_value_type(argument) for argument in signature])
    entry = ir.Function(module, kind, ENTRY)
    builder = ir.IRBuilder(entry.append_basic_block())
    called = context.declare_function(module, part.fndesc)
    status, _ = context.call_conv.call_function(builder, called, part.fndesc.restype, signature, entry.args)
    builder.ret(status.code)
    library.add_ir_module(module)
    library.add_linking_library(part.library)
    library.finalize()
