"""Nested state as plain JSON beside tensors, and back: nothing is pickled."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from looplab.errors import CheckpointError, shown

__all__ = ["flattened", "rebuilt"]

_PLAIN = (bool, int, float, str, type(None))
_DICTIONARIES = (dict, OrderedDict)  # others would come back as plain ones, without what sets them apart


def flattened(tree: object, where: str) -> tuple[Any, dict[str, Tensor]]:
    """A tree of dictionaries, lists, tuples, numbers, text, generators and tensors as JSON, and its tensors by name.

    Args:
        tree: the tree.
        where: what it is, to be told of what cannot be kept.

    Raises:
        CheckpointError: it holds something else.
    """
    tensors: dict[str, Tensor] = {}

    def plain(value: object, place: str) -> Any:
        if isinstance(value, Tensor) and value.layout == torch.strided and value.device.type != "meta":
            name = f"{place}#{len(tensors)}"
            tensors[name] = value.detach().cpu().contiguous().clone()
            return {"tensor": name}
        if type(value) in _PLAIN:
            return value
        if isinstance(value, torch.Generator):
            return {"generator": plain(value.get_state(), place), "device": str(value.device)}
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf":
            return {"numpy": plain(torch.from_numpy(np.array(value)), place), "scalar": isinstance(value, np.generic)}
        if type(value) is list:
            return [plain(each, f"{place}[{i}]") for i, each in enumerate(value)]
        if type(value) is tuple:
            return {"tuple": [plain(each, f"{place}[{i}]") for i, each in enumerate(value)]}
        if isinstance(value, dict) and type(value) in _DICTIONARIES:
            items = [[plain(key, place), plain(each, f"{place}.{key}")] for key, each in value.items()]
            return {"items": items}
        raise CheckpointError(
            place,
            expected="tensors, numbers, text, and lists, tuples and dictionaries of them, which a checkpoint can keep",
            got=shown(value),
        )

    return plain(tree, where), tensors


def rebuilt(tree: Any, tensors: Mapping[str, Tensor]) -> Any:
    """What `flattened` was given.

    Raises:
        KeyError, TypeError: no such tree.
    """
    if isinstance(tree, list):
        return [rebuilt(each, tensors) for each in tree]
    if not isinstance(tree, dict):
        return tree
    if "tensor" in tree:
        return tensors[tree["tensor"]]
    if "numpy" in tree:
        array = rebuilt(tree["numpy"], tensors).numpy()
        return array[()] if tree["scalar"] else array
    if "generator" in tree:
        return torch.Generator(tree["device"]).set_state(rebuilt(tree["generator"], tensors))
    if "tuple" in tree:
        return tuple(rebuilt(tree["tuple"], tensors))
    return {rebuilt(key, tensors): rebuilt(each, tensors) for key, each in tree["items"]}
