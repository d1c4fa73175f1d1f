"""Dropout masks from a generator without state: a random number is a hash of a key and a counter.

The key comes from the replica's seed, the step and the layer; the counter is the place in the layer. So a mask is the
same however the work is shared out. The mixing of bits is the finalizer of MurmurHash3 (Appleby), applied twice.
"""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

import numpy as np

from looplab.lanes.vectors import at, number, put

__all__ = ["drop"]


def drop(probability: float, Z: Any, slopes: Any, O: int, at_pass: Any, layer: int, layers: int) -> None:
    """Z *= mask / (1 - p), for O rows of Z, one a unit; the factors go to `slopes`.

    The key counts the layers of all steps, and a place is counted from the batch's first row.
    """
    key = _mix_64(np.uint64(at_pass.seed) ^ _mix_64(np.uint64(at_pass.step * layers + layer)))
    low, high = np.uint32(key & np.uint64(0xFFFFFFFF)), np.uint32(key >> np.uint64(32))
    limit = np.uint32(min(probability * 4294967296.0, 4294967295.0))
    scale = number(0.0 if probability >= 1.0 else 1.0 / (1.0 - probability))
    for o in range(O):
        begin = np.uint32((at_pass.first_row + o * 0x10001) & 0xFFFFFFFF) * np.uint32(0x9E3779B1)
        z, slope = Z.begin + o * Z.row, slopes.begin + o * slopes.row
        for n in range(at_pass.N):
            place = np.uint32(begin + np.uint32(n) * np.uint32(0x9E3779B1))
            kept = number(scale if _mix_32(_mix_32(place ^ low) + high) >= limit else number(0.0))
            put(slopes.numbers, slope + n, kept)
            put(Z.numbers, z + n, at(Z.numbers, z + n) * kept)


def _mix_32(x: Any) -> Any:
    x = np.uint32(x)
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    x = np.uint32((x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(x ^ (x >> np.uint32(16)))


def _mix_64(x: Any) -> Any:
    x = (x + np.uint64(0x9E3779B97F4A7C15)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    x = (x ^ (x >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return x ^ (x >> np.uint64(33))
