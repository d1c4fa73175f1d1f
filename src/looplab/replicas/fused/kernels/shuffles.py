"""Batch orders, to the bit those of `torch.randperm` with a seeded generator on the CPU: MT19937 and a shuffle.

Source: Matsumoto & Nishimura, Mersenne Twister, 1998.
"""

from typing import Any

import numpy as np

from looplab.replicas.fused.layers import STATE_WORDS

__all__ = ["seed_generator", "shuffle"]

_N, _M = STATE_WORDS - 1, 397

_LOW_32 = np.uint32(0xFFFFFFFF)


def seed_generator(state: Any, seed: int) -> None:
    """Start the generator; like torch's, it takes the seed's lowest 32 bits."""
    word = np.uint32(seed & 0xFFFFFFFF)
    state[0] = word
    for i in range(1, _N):
        word = np.uint32(np.uint32(1812433253) * np.uint32(word ^ (word >> np.uint32(30))) + np.uint32(i))
        state[i] = word
    state[_N] = _N


def shuffle(state: Any, order: Any, rows: int) -> None:
    """Let order[:rows] be the next random permutation of 0 to rows - 1."""
    for i in range(rows):
        order[i] = i
    for i in range(rows - 1):
        j = i + np.int64(_next(state)) % (rows - i)
        order[i], order[j] = order[j], order[i]


def _next(state: Any) -> Any:
    used = state[_N]
    if used >= _N:
        _twist(state)
        used = np.uint32(0)
    state[_N] = used + np.uint32(1)
    y = state[used]
    y ^= y >> np.uint32(11)
    y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
    y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
    return np.uint32(y ^ (y >> np.uint32(18)))


def _twist(state: Any) -> None:
    for i in range(_N):
        y = (state[i] & np.uint32(0x80000000)) | (state[(i + 1) % _N] & np.uint32(0x7FFFFFFF))
        odd = np.uint32(0x9908B0DF) if y & np.uint32(1) else np.uint32(0)
        state[i] = state[(i + _M) % _N] ^ (y >> np.uint32(1)) ^ odd
