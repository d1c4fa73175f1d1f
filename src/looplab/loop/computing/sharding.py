"""A model whose parameters lie in shards on several processes (FSDP2), and how it becomes whole again."""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from looplab.errors import ModelError
from looplab.loop.computing.blocks import blocks_of
from looplab.loop.surroundings import in_a_line
from looplab.models.particulars import attributes

__all__ = ["Skeleton", "shard", "sharded_like"]


class Skeleton:
    """A model without the numbers of its parameters, to which they come back at the end of a training.

    Args:
        model: the model, before it is sharded.

    Raises:
        ModelError: it cannot be copied.
    """

    def __init__(self, model: nn.Module) -> None:
        empty = {
            id(parameter): nn.Parameter(parameter.detach().to("meta"), parameter.requires_grad)
            for parameter in model.parameters()
        }
        try:
            self._model = copy.deepcopy(model, dict(empty))
        except Exception as error:  # the user's code, which may raise anything
            expected = "a model that can be copied, to become whole again"
            raise ModelError("the model with parallel='fsdp'", expected=expected, got=in_a_line(error)) from error

    def filled(self, model: nn.Module) -> nn.Module:
        """The whole model, in each process, with what the sharded one has learned."""
        parameters = {
            name: nn.Parameter(_whole(parameter.detach()), parameter.requires_grad)
            for name, parameter in model.named_parameters()
        }
        places = {id(mine): parameters[name] for name, mine in self._model.named_parameters()}
        modules = dict(model.named_modules())
        for path, module in self._model.named_modules():
            for name, mine in module._parameters.items():
                if mine is not None:
                    module._parameters[name] = places[id(mine)]
            module._buffers.update(modules[path]._buffers)
            module.training = modules[path].training
        own = dict(self._model.named_modules())
        for path, _, name, value in attributes(model):
            if name in vars(own[path]):
                setattr(own[path], name, value)
        return self._model


def shard(model: nn.Module) -> None:
    """Leave of each parameter this process's rows, block by block.

    A block's parameters come together when it is needed, and go again. Where blocks share a parameter, the whole model
    is one block.
    """
    mesh = init_device_mesh(next(model.parameters()).device.type, (torch.distributed.get_world_size(),))
    each = len(list(model.parameters()))
    if each == len(list(model.named_parameters(remove_duplicate=False))):
        for block in blocks_of(model):
            if block is not model:
                fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)


def sharded_like(tree: Any, named: Mapping[str, Tensor]) -> Any:
    """A tree of a checkpoint with whole tensors as shards, where they belong to parameters by their names."""
    if isinstance(tree, list | tuple):
        return type(tree)(sharded_like(each, named) for each in tree)
    if not isinstance(tree, dict):
        return tree
    return {
        key: as_shard(value, named[key]) if key in named else sharded_like(value, named) for key, value in tree.items()
    }


def as_shard(value: Any, like: Tensor) -> Any:
    """A whole tensor as a shard, if it is to lie beside a parameter that is one."""
    if isinstance(value, Tensor) and isinstance(like, DTensor) and value.shape == like.shape:
        return distribute_tensor(value.to(like.device), like.device_mesh, like.placements, src_data_rank=None)
    return value


def _whole(tensor: Tensor) -> Tensor:
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
