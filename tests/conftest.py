"""Shapes in annotations are checked at run time in all tests.

Left out are numba's compiled kernels, and the modules whose business is to check what a user passes in: they must get
it to see, however wrong, so that the message is theirs.
"""

import signal

from hypothesis import settings
from jaxtyping import install_import_hook

CHECKED = [
    *(f"looplab.data.{module}" for module in ("batches", "named", "tables")),
    *(f"looplab.loop.{module}" for module in ("losses", "optimizers", "run", "schedules", "setup", "train")),
    "looplab.models.activations",
    "looplab.statistics",
    "looplab.figures",
]

install_import_hook(CHECKED, "beartype.beartype")

# A process that is started in the background ignores Ctrl-C, and so does all that it starts. Tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on what else the machine does; pytest-timeout ends a test that hangs.
settings.register_profile("looplab", deadline=None)
settings.load_profile("looplab")
