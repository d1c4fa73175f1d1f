"""The fused backend: the whole training loop compiled once by numba, each replica trained by one thread.

Importing this package is cheap; numba is loaded by the first call of `run_fused`.
"""

from looplab.replicas.fused.entry import run_fused

__all__ = ["run_fused"]
