"""Dropout masks from a generator without state: a random number is a hash of a key and a counter.

The key comes from the replica's seed, the step and the layer; the counter is the place in the layer. So a mask is the
same however the work is shared out. The mixing of bits is the finalizer of MurmurHash3 (Appleby), applied twice.
"""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

import numpy as np

from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import at, put

__all__ = ["drop"]


@kernel
def drop(
    probability: float, seed: int, moment: int, first_row: int, Z: Any, z: int, slope: int, O: int, S: int, N: int
) -> None:
    """Z *= mask / (1 - p), for O lines of N rows, S numbers apart; the factors go to `slope` in the same array.

    `moment` counts the layers of all steps; `first_row` is where in the batch this block begins.
    """
    key = _mix_64(np.uint64(seed) ^ _mix_64(np.uint64(moment)))
    low, high = np.uint32(key & np.uint64(0xFFFFFFFF)), np.uint32(key >> np.uint64(32))
    limit = np.uint32(min(probability * 4294967296.0, 4294967295.0))
    scale = np.float32(0.0 if probability >= 1.0 else 1.0 / (1.0 - probability))
    for o in range(O):
        begin = np.uint32((first_row + o * 0x10001) & 0xFFFFFFFF) * np.uint32(0x9E3779B1)
        for n in range(N):
            place = np.uint32(begin + np.uint32(n) * np.uint32(0x9E3779B1))
            kept = np.float32(scale if _mix_32(_mix_32(place ^ low) + high) >= limit else np.float32(0.0))
            i = o * S + n
            put(Z, slope + i, kept)
            put(Z, z + i, at(Z, z + i) * kept)


@kernel
def _mix_32(x: Any) -> Any:
    x = np.uint32(x)
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    x = np.uint32((x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(x ^ (x >> np.uint32(16)))


@kernel
def _mix_64(x: Any) -> Any:
    x = (x + np.uint64(0x9E3779B97F4A7C15)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    x = (x ^ (x >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return x ^ (x >> np.uint64(33))
