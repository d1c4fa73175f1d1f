"""Models: linear, mlp, and the table of activations."""

from looplab.models.activations import ACTIVATIONS, Activation, activation
from looplab.models.networks import linear, mlp

__all__ = ["ACTIVATIONS", "Activation", "activation", "linear", "mlp"]
