"""Where the tensors of a step came from: the operations between the inputs, the model's output and the loss."""

from collections.abc import Callable

from looplab.doctor.operations import Operation

__all__ = ["ADDING", "PASSING", "Lineage", "layer_name"]

PASSING = frozenset(
    {
        *("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "transpose", "permute", "t", "T", "mT"),
        *("contiguous", "clone", "float", "double", "half", "to", "type", "getitem", "expand", "movedim", "swapaxes"),
        *("requires_grad_", "view_as", "reshape_as", "expand_as", "type_as", "ravel", "select", "narrow", "unbind"),
        *("split", "chunk", "cpu", "cuda", "swapdims", "moveaxis", "requires_grad", "pin_memory"),
    }
)
"""Operations that hand on the numbers they are given, in another shape, or some of them."""
ADDING = frozenset({"add", "radd", "iadd", "sub", "rsub", "isub", "cat", "stack", "concat"})
"""Operations that put several tensors together."""
_PRODUCTS = {
    "linear",
    "matmul",
    "mm",
    "bmm",
    "addmm",
    "einsum",
    "conv1d",
    "conv2d",
    "conv3d",
    "mul",
    "rmul",
    "bilinear",
}
_PRODUCTS |= {
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "rmatmul",
    "tensordot",
    "baddbmm",
    "mv",
    "dot",
}


class Lineage:
    """The operations of a step as a graph.

    Args:
        operations: in the order in which they ran.
    """

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations
        self._ancestors: set[int] | None = None

    @property
    def loss(self) -> int:
        """The operation that made the loss: where the backward pass began, else the last single number."""
        marked = [index for index, each in enumerate(self.operations) if each.is_loss]
        if marked:
            return marked[-1]
        single = [index for index, each in enumerate(self.operations) if each.output is not None and _is_single(each)]
        learnable = [index for index in single if self.operations[index].needs_gradient]
        return (learnable or single or [-1])[-1]

    @property
    def answer(self) -> int:
        """The operation whose result the model returned, the last time it was called; -1 where there is none."""
        found = [index for index, each in enumerate(self.operations) if "." in each.returned_by]
        return found[-1] if found else -1

    def to_loss(self) -> set[int]:
        """The operations that the loss was made from, itself included; all of them where there is no loss."""
        if self._ancestors is None:
            loss = self.loss
            self._ancestors = set(range(len(self.operations))) if loss < 0 else self.ancestors(loss)
        return self._ancestors

    def ancestors(self, index: int) -> set[int]:
        """The operations that this one was made from, itself included."""
        found, waiting = set(), [index]
        while waiting:
            here = waiting.pop()
            if here >= 0 and here not in found:
                found.add(here)
                waiting += self.operations[here].sources
        return found

    def origin(self, index: int, through: frozenset[str] = PASSING) -> int:
        """The nearest operation at or before this one that is none of those named; -1 where it began outside."""
        while index >= 0 and self.operations[index].name in through:
            index = self.operations[index].sources[0]
        return index

    def followers(self, index: int) -> list[int]:
        """The operations that take what this one gave."""
        return [number for number, each in enumerate(self.operations) if index in each.sources]

    def followers_through(self, index: int, through: frozenset[str]) -> list[int]:
        """The operations that take what this one gave, directly or handed on by those named."""
        found: list[int] = []
        waiting = [index]
        while waiting:
            for number in self.followers(waiting.pop()):
                if number not in found:
                    found.append(number)
                    if self.operations[number].name in through:
                        waiting.append(number)
        return found

    def parameters_of(self, index: int) -> set[int]:
        """The ids of the parameters an operation takes, reshaped ones included."""
        operation = self.operations[index]
        found = set(operation.parameters)
        for source in operation.sources:
            while source >= 0 and self.operations[source].name in PASSING:
                found |= set(self.operations[source].parameters)
                source = self.operations[source].sources[0]
        return found

    def weighted(self) -> list[int]:
        """The operations that multiply what they are given with parameters: layers, however they are written."""
        return [
            index for index, each in enumerate(self.operations) if each.name in _PRODUCTS and self.parameters_of(index)
        ]

    def before(self, index: int, wanted: Callable[[Operation], bool], through: frozenset[str]) -> int:
        """The nearest wanted operation before this one, with none but those named between; -1 if there is none."""
        waiting = [source for source in self.operations[index].sources if source >= 0]
        while waiting:
            here = waiting.pop()
            if wanted(self.operations[here]):
                return here
            if self.operations[here].name in through:
                waiting += [source for source in self.operations[here].sources if source >= 0]
        return -1


def layer_name(operation: Operation) -> str:
    """Where an operation ran, in words."""
    return f"'{operation.module}'" if operation.module not in {"", "."} else "the model's own forward"


def _is_single(operation: Operation) -> bool:
    return operation.output is not None and operation.output.numel() == 1 and operation.output.is_floating_point()
