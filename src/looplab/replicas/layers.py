"""The layers that the fused backend can train, and networks made of them."""

from dataclasses import dataclass, field, replace
from typing import Literal

__all__ = [
    "ActivationLayer", "Add", "BatchNorm", "Dropout", "Embedding", "Extent", "Layer", "LayerNorm", "Linear", "Network",
    "Pool",
]  # fmt: skip

Extent = Literal["plain", "layered", "embedded"]
"""What a network needs of the kernels: those of layers that follow each other; of norms and sums as well; all."""

INPUTS = -1
"""As the source of a layer: the inputs of the network."""


@dataclass(frozen=True)
class Linear:
    """A layer X @ Wᵀ + b with W of outputs×inputs, as `nn.Linear` stores it."""

    inputs: int
    outputs: int
    bias: bool

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return self.outputs * (self.inputs + self.bias)


@dataclass(frozen=True)
class ActivationLayer:
    """An activation by its name in `looplab.models.ACTIVATIONS`, with its settings, up to two numbers."""

    name: str
    numbers: tuple[float, ...] = ()

    parameter_count = 0


@dataclass(frozen=True)
class Dropout:
    """Each value becomes 0 with probability p, else value / (1 - p), in training only."""

    p: float

    parameter_count = 0


@dataclass(frozen=True)
class LayerNorm:
    """Each row by itself: (x - mean) / √(variance + eps), times a weight and plus a bias where there are such."""

    width: int
    eps: float
    weight: bool
    bias: bool

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return self.width * (self.weight + self.bias)


@dataclass(frozen=True)
class BatchNorm:
    """Each unit by itself: (x - mean) / √(variance + eps), of the batch in training, else of the running statistics.

    With `affine`, that is multiplied with a weight and a bias is added. `momentum` is what a batch counts in the
    running statistics; where it is -1, these are the mean of all batches. `name` is the path of the module, whose
    buffers these are.
    """

    width: int
    eps: float
    momentum: float
    affine: bool
    name: str

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return 2 * self.width * self.affine


@dataclass(frozen=True)
class Add:
    """The sum of what two layers give: x + f(x)."""

    parameter_count = 0


@dataclass(frozen=True)
class Embedding:
    """Of each category of a row its own vector, side by side: rows of a table of categories×width.

    `positions` is how many categories a row has. The vector of the category `padding`, -1 for none, learns nothing.
    """

    categories: int
    width: int
    positions: int
    padding: int = -1

    @property
    def inputs(self) -> int:
        """How many categories it takes of a row."""
        return self.positions

    @property
    def outputs(self) -> int:
        """How many numbers it gives for a row."""
        return self.positions * self.width

    @property
    def parameter_count(self) -> int:
        """Number of weights."""
        return self.categories * self.width


@dataclass(frozen=True)
class Pool:
    """The sum of vectors that lie side by side, times `scale`: 1 / positions gives their mean."""

    width: int
    scale: float

    parameter_count = 0

    @property
    def outputs(self) -> int:
        """How many numbers it gives for a row."""
        return self.width


Layer = Linear | ActivationLayer | Dropout | LayerNorm | BatchNorm | Add | Embedding | Pool


@dataclass(frozen=True)
class Network:
    """Layers in an order in which each comes after those that it takes its inputs from.

    Args:
        layers: the layers.
        sources: of each layer where its inputs come from: the place of another layer, or -1 for the network's inputs;
            an `Add` has two. If they are left out, each follows the one before.
        places: where the parameters of each layer begin among those of the model. If they are left out, they follow
            each other as the layers do; 0 where there are none.

    >>> network = Network((Linear(2, 8, True), ActivationLayer("relu"), Linear(8, 1, True)))
    >>> network.inputs, network.outputs, network.parameter_count, network.places
    (2, 1, 33, (0, 0, 24))
    """

    layers: tuple[Layer, ...]
    sources: tuple[tuple[int, ...], ...] = ()
    places: tuple[int, ...] = ()
    inputs: int = field(init=False)
    outputs: int = field(init=False)
    parameter_count: int = field(init=False)

    def __post_init__(self) -> None:
        sizes = [layer.parameter_count for layer in self.layers]
        for name, value in {
            "sources": self.sources or tuple((place - 1,) for place in range(len(self.layers))),
            "places": self.places or tuple(sum(sizes[:place]) if size else 0 for place, size in enumerate(sizes)),
            "inputs": next(_width_before(layer) for layer in self.layers if _width_before(layer)),
            "parameter_count": sum(sizes),
        }.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "outputs", self.widths[-1])

    @property
    def widths(self) -> tuple[int, ...]:
        """How many numbers each layer gives for a row."""
        widths: list[int] = []
        for layer, sources in zip(self.layers, self.sources, strict=True):
            before = self.inputs if sources[0] == INPUTS else widths[sources[0]]
            widths.append(layer.outputs if isinstance(layer, Linear | Embedding | Pool) else before)
        return tuple(widths)

    @property
    def is_plain(self) -> bool:
        """Whether linear layers, activations and dropout follow each other, and nothing else."""
        kinds = all(isinstance(layer, Linear | ActivationLayer | Dropout) for layer in self.layers)
        return kinds and self.sources == tuple((place - 1,) for place in range(len(self.layers)))

    @property
    def extent(self) -> Extent:
        """What it needs of the kernels."""
        if self.is_embedded:
            return "embedded"
        return "plain" if self.is_plain else "layered"

    @property
    def is_embedded(self) -> bool:
        """Whether the inputs are categories, of each of which a vector is learned."""
        return any(isinstance(layer, Embedding) for layer in self.layers)

    @property
    def norms(self) -> tuple[BatchNorm, ...]:
        """The layers with running statistics, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, BatchNorm))

    @property
    def statistics_count(self) -> int:
        """Number of running means and variances."""
        return sum(2 * layer.width for layer in self.norms)

    def without_dropout(self) -> "Network":
        """The same network in which nothing is dropped."""
        kept = [place for place, layer in enumerate(self.layers) if not isinstance(layer, Dropout)]
        new = {INPUTS: INPUTS}
        for place, sources in enumerate(self.sources):
            new[place] = kept.index(place) if place in kept else new[sources[0]]
        return replace(
            self,
            layers=tuple(self.layers[place] for place in kept),
            sources=tuple(tuple(new[source] for source in self.sources[place]) for place in kept),
            places=tuple(self.places[place] for place in kept),
        )


def _width_before(layer: Layer) -> int:
    """How many inputs a layer takes; 0 for any number."""
    if isinstance(layer, Linear | Embedding):
        return layer.inputs
    return layer.width if isinstance(layer, LayerNorm | BatchNorm) else 0
