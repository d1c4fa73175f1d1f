"""The fused backend: the whole training loop compiled once by numba, each replica trained by one thread.

The first call of `run_fused` on a machine loads numba and compiles; later processes need neither.
"""

from looplab.replicas.fused.entry import run_fused

__all__ = ["run_fused"]
