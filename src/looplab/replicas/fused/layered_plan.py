"""Where everything lies for a network with norms, sums of layers or embeddings: each layer has room of its own."""

import numpy as np

from looplab.lanes.vectors import WIDTH
from looplab.replicas.call import Call
from looplab.replicas.fused import layers
from looplab.replicas.fused.arguments import Node, Scratch, Shape
from looplab.replicas.fused.memory_plan import MemoryPlan, kind_and_numbers, whole_vectors
from looplab.replicas.layers import Add, BatchNorm, Embedding, Layer, LayerNorm, Linear, Network, Pool

__all__ = ["LayeredPlan", "longest_batch"]


def longest_batch(call: Call) -> int:
    """The most rows that a replica of a call learns from in a step."""
    sizes = np.where(call.batch_size > 0, np.minimum(call.batch_size, call.row_counts), call.row_counts)
    return int(sizes.max())


class LayeredPlan(MemoryPlan):
    """Where everything lies, for one such network in one call.

    Where there are batch norms, a whole batch is one block, since each row depends on all others.
    """

    lines: list[Node]  # type: ignore[assignment]

    def __init__(self, network: Network, call: Call) -> None:
        self._gradients: list[int] = []
        self._upstream = 0
        super().__init__(network, call)

    def shape(self) -> Shape:
        """The network for the training loop."""
        return super().shape()._replace(layered=True, shallow=False)

    def scratch(self) -> Scratch:
        """One thread's memory."""
        return super().scratch()._replace(upstream=self._aligned(self._upstream))

    def _block_rows(self) -> int:
        each = zip(self.network.layers, self.network.widths, strict=True)
        self.evaluated_rows = self._rows_of_block(2 * sum(self._room(layer, width) for layer, width in each))
        if self.network.norms:
            return max(self.evaluated_rows, whole_vectors(longest_batch(self.call)))
        return self.evaluated_rows

    def _room(self, layer: Layer, width: int) -> int:
        """About how many numbers of a row a layer that gives so many needs."""
        return width if isinstance(layer, Linear) else max(width, self._widest())

    def _lines(self) -> tuple[list[Node], int]:  # type: ignore[override]
        network, nodes = self.network, []
        turned = self._place(max((whole_vectors(layer.inputs) for layer in self._hidden_wide()), default=0))
        widths, statistics = network.widths, 0
        targets = [self._place(width) for width in widths]
        for place in reversed(range(len(widths))):  # the gradient of the outputs is the first
            self._gradients.insert(0, self._upstream)
            self._upstream += widths[place] * self.block_rows
        for place, (layer, sources) in enumerate(zip(network.layers, network.sources, strict=True)):
            kept = 0 if isinstance(layer, Linear | Add | Embedding | Pool) else self._place(widths[place])
            weights, bias = _weights_and_bias(layer, network.places[place])
            kind, a, b = kind_and_numbers(layer)
            wide = isinstance(layer, Linear) and layer.inputs >= WIDTH and layer.outputs >= layers.BY_ROWS_OUTPUTS
            node = Node(
                kind=kind, inputs=widths[sources[0]] if sources[0] >= 0 else network.inputs, outputs=widths[place],
                weights=weights, bias=bias, source=self._at(targets, sources[0]), second=self._at(targets, sources[-1]),
                target=targets[place], kept=kept, spread=self._spread(layer), by_rows=turned if wide else -1,
                gradient=self._gradients[place], back=self._at(self._gradients, sources[0]),
                second_back=self._at(self._gradients, sources[-1]), statistics=statistics, a=a, b=b,
            )  # fmt: skip
            statistics += 2 * layer.width if isinstance(layer, BatchNorm) else 0
            nodes.append(node)
        return nodes, targets[-1]

    def _spread(self, layer: Layer) -> int:
        """Room for 1 / √(variance + eps): of each row of a block, or of each unit."""
        lines = -(-layer.width // self.block_rows) if isinstance(layer, BatchNorm) else isinstance(layer, LayerNorm)
        return self._place(int(lines))

    @staticmethod
    def _at(places: list[int], source: int) -> int:
        return places[source] if source >= 0 else layers.BLOCK_INPUTS


def _weights_and_bias(layer: Layer, place: int) -> tuple[int, int]:
    """Where weights and biases begin among the parameters; -1 where there are none."""
    if isinstance(layer, Linear):
        return place, place + layer.inputs * layer.outputs if layer.bias else -1
    if isinstance(layer, Embedding):
        return place, -1
    if isinstance(layer, BatchNorm):
        return (place, place + layer.width) if layer.affine else (-1, -1)
    if isinstance(layer, LayerNorm):
        return place if layer.weight else -1, place + layer.width * layer.weight if layer.bias else -1
    return -1, -1
