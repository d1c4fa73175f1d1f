"""What the layout of a call and the kernels agree on, in plain numbers: nothing here needs numba."""

__all__ = [
    "ACTIVATION", "ACTIVATION_CODES", "BIAS", "BLOCK_INPUTS", "BY_ROWS", "CODE", "COLUMNS", "COPY", "DROPOUT", "FEW",
    "GATE", "INPUTS", "LINEAR", "LOSS_CODES", "OPEN", "OPTIMIZER_CODES", "OUTPUTS", "RECTIFIED", "SLOPE", "SLOPES",
    "SOURCE", "STATE_WORDS", "TARGET", "WEIGHTS", "WIDTH",
]  # fmt: skip

WIDTH = 16
"""Lanes of a vector; rows are filled up to a multiple of it."""

FEW = 2
"""So many inputs are few: their weights stay in registers."""

COLUMNS = 10
CODE, INPUTS, OUTPUTS, WEIGHTS, BIAS, SOURCE, TARGET, SLOPE, BY_ROWS, GATE = range(COLUMNS)
"""Columns of the table, a line per layer: what it is, its widths, where in the parameters its weights and biases begin,
where among the values its inputs, outputs and slopes begin, and where its inputs by rows.

The slopes of a linear layer are those of the activation before it, and its gate says what the gradient meets there. So
the gradient passes an activation together with the layer after it; elsewhere the activation's own gate is `SLOPES`."""

OPEN, RECTIFIED, SLOPES = range(3)
"""What a gradient meets on its way back through a layer's inputs: nothing, a ReLU whose values they are, or an
activation whose slopes were kept."""

LINEAR, COPY, DROPOUT, ACTIVATION = range(4)
"""Codes of layers; an activation has ACTIVATION plus its own code. A ReLU between two linear layers has no line of its
own: it is the least value of the first, the first of a line's two numbers."""

BLOCK_INPUTS = -1
"""As a source: the block's inputs. As a place by rows: the inputs are not needed by rows."""

_ACTIVATIONS = ("relu", "leaky-relu", "elu", "gelu", "gelu-tanh", "silu", "softplus", "hardtanh", "tanh", "sigmoid")
ACTIVATION_CODES = {name: code for code, name in enumerate(_ACTIVATIONS)}

LOSS_CODES = {"regression": 0, "binary": 1, "multiclass": 2}

OPTIMIZER_CODES = {"sgd": 0, "adam": 1, "adamw": 2, "rmsprop": 3, "adagrad": 4}

STATE_WORDS = 624 + 1
"""Words of a random generator's state: 624, and how many of them have been used."""
