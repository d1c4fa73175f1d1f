"""A name for a call: a hash of everything that decides its numbers."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from looplab.replicas.call import Call
from looplab.replicas.initial import FirstModel
from looplab.replicas.kept import described_call
from looplab.sweeps.code import code_digest
from looplab.sweeps.versions import versions
from looplab.sweeps.work import UNITS

__all__ = ["named_call"]

_FORMAT = 1


def named_call(call: Call, firsts: Sequence[FirstModel], wanted: str) -> tuple[str, dict[str, Any]]:
    """The key of a call, and what it stands for.

    Args:
        call: the call.
        firsts: the first model of each group.
        wanted: the backend that was asked for, or "auto".
    """
    metrics = [call.recording.metrics[name] for name in call.recording.metrics]
    asked = described_call(call, firsts, wanted)
    asked["code"] = code_digest([call.make_model, *(first.original for first in firsts), *metrics, call.loss])
    asked["versions"] = json.loads(versions())
    asked["format"] = [_FORMAT, UNITS]
    text = json.dumps(asked, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest(), asked
