"""Embeddings among the steps of a model: from there on a row is some vectors, until they are made one list."""

from torch import nn

from looplab.replicas.layers import ActivationLayer, Add, Dropout, Embedding, Layer, Pool
from looplab.replicas.leaves import NotFusedError, layer_of
from looplab.replicas.reductions import OverPositions
from looplab.replicas.tracing import Step

__all__ = ["Vectors"]

_MOST_CATEGORIES = 2**24
"""Kernels are given categories as numbers of the type of the weights, and float32 has all whole numbers up to here."""

_Shape = tuple[int, int] | None
"""How many vectors a row is, and how long they are; None where it is one list of numbers."""


class Vectors:
    """Knows of each step whether it gives vectors.

    Args:
        features: how many categories a row has; None where that is not known.
    """

    def __init__(self, features: int | None) -> None:
        self._features = features
        self._shapes: dict[int, _Shape] = {-1: None}

    def layers_of(self, number: int, step: Step) -> list[Layer]:
        """The layers that a step is, one after the other; none where it leaves all numbers where they are.

        Args:
            number: of the step; those before it have been asked for.
            step: the step.

        Raises:
            NotFusedError: it does to vectors what kernels do not.
        """
        given = [self._shapes[source] for source in step.sources]
        if any(shape != given[0] for shape in given):
            raise NotFusedError("vectors of categories are added to something else")
        layers, self._shapes[number] = self._known(step, given[0])
        return layers

    def check_outputs(self, last: int) -> None:
        """Raise an error where the last step gives vectors."""
        if self._shapes[last] is not None:
            raise NotFusedError("the outputs are a vector for each category")

    def _known(self, step: Step, given: _Shape) -> tuple[list[Layer], _Shape]:
        module = step.module
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            return self._embedded(module, step.name)
        if isinstance(module, nn.Flatten):
            if (module.start_dim, module.end_dim) != (1, -1):
                raise NotFusedError("a Flatten is one of other axes than all but the first")
            return [], None
        if isinstance(module, OverPositions):
            if given is None or not module.is_over_positions:
                raise NotFusedError(f"a {module.kind} is taken over something else than the vectors of a row")
            return [_pool(given, module.kind)], None
        layer = layer_of(step)
        if given is not None and not isinstance(layer, ActivationLayer | Dropout | Add | None):
            raise NotFusedError(f"a {type(module).__name__} is given a vector for each category")
        return [] if layer is None else [layer], given

    def _embedded(self, module: nn.Embedding | nn.EmbeddingBag, name: str) -> tuple[list[Layer], _Shape]:
        if self._features is None:
            kind = type(module).__name__
            raise NotFusedError(f"layer {name} is an {kind}, and how many categories it gets is not known")
        _check_table(module)
        padding = -1 if module.padding_idx is None else module.padding_idx
        table = Embedding(module.num_embeddings, module.embedding_dim, self._features, padding)
        vectors = table.positions, table.width
        if isinstance(module, nn.Embedding):
            return [table], vectors
        if module.mode not in ("mean", "sum") or padding >= 0:
            raise NotFusedError("an embedding bag takes the maximum, or leaves a category out")
        return [table, _pool(vectors, module.mode)], None


def _pool(vectors: tuple[int, int], kind: str) -> Pool:
    count, width = vectors
    return Pool(width, 1.0 / count if kind == "mean" else 1.0)


def _check_table(module: nn.Embedding | nn.EmbeddingBag) -> None:
    shape = module.num_embeddings, module.embedding_dim
    own = {name: tuple(parameter.shape) for name, parameter in module._parameters.items() if parameter is not None}
    if own != {"weight": shape} or 0 in shape:
        raise NotFusedError("an embedding has other parameters than a vector for each category")
    if module.num_embeddings > _MOST_CATEGORIES:
        raise NotFusedError(f"an embedding has more than {_MOST_CATEGORIES:,} vectors")
    if module.max_norm is not None:
        raise NotFusedError("an embedding bounds the norm of its vectors")
    if module.scale_grad_by_freq or module.sparse:
        raise NotFusedError("an embedding has a gradient that is sparse, or scaled by how often a category comes")
