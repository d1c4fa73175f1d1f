"""The rules: one fault a file in this folder; nothing else names them."""

from looplab.doctor.rules.rule import Rule
from looplab.registry import Registry

__all__ = ["RULES"]

RULES = Registry("rule", Rule)
"""The rules by the names of their faults."""

RULES.register_folder(__name__, __path__)
