"""Shapes in annotations are checked at run time in all tests (but not inside numba's compiled kernels)."""

from jaxtyping import install_import_hook

CHECKED = ["looplab.data", "looplab.models", "looplab.loop", "looplab.statistics", "looplab.figures"]

install_import_hook(CHECKED, "beartype.beartype")
