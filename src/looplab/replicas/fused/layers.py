"""What a layer can be, in the numbers that the memory plan writes and the kernels read."""

__all__ = [
    "ACTIVATION",
    "ADD",
    "BATCH_NORM",
    "BLOCK_INPUTS",
    "BY_ROWS_OUTPUTS",
    "COPY",
    "DROPOUT",
    "EMBEDDING",
    "FEW",
    "LAYER_NORM",
    "LINEAR",
    "OPEN",
    "POOL",
    "RECTIFIED",
    "SLOPES",
    "STATE_WORDS",
]

LINEAR, COPY, DROPOUT, ADD, LAYER_NORM, BATCH_NORM, EMBEDDING, POOL, ACTIVATION = range(9)
"""Kinds of layers; an activation's is ACTIVATION plus its place in the table of `looplab.replicas.fusible`."""

OPEN, RECTIFIED, SLOPES = range(3)
"""What a gradient meets on its way back through a layer's inputs: nothing, a ReLU whose values they are, or an
activation whose slopes were kept."""

BLOCK_INPUTS = -1
"""As a source: the block's inputs. As a place by rows: the inputs are not needed by rows."""

FEW = 2
"""Up to this many inputs count as few: their weights stay in registers."""

BY_ROWS_OUTPUTS = 8
"""From this many outputs on, it pays to turn the inputs of a layer, so that they lie by rows."""

STATE_WORDS = 624 + 1
"""Words of a random generator's state: 624, and how many of them have been used."""
