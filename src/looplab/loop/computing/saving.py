"""Saving a training of several processes, so that as many or others go on with it."""

import warnings
from collections.abc import Mapping
from typing import Any

import torch

from looplab.loop.checkpoints import Checkpoint
from looplab.loop.computing.folder import read_folder, write_folder
from looplab.loop.computing.processes import Processes, seed_of
from looplab.loop.computing.sharding import as_shard, sharded_like
from looplab.loop.surroundings import seed_random_state
from looplab.loop.training import Training

__all__ = ["SharedCheckpoint"]


class SharedCheckpoint(Checkpoint):
    """A `Checkpoint` that several processes write and read together: its path is a folder that all of them see.

    Another number of processes can go on from it, and with "fsdp" what "ddp" began, and the other way round: tensors
    are whole to whoever reads them, however they lay when they were written (`torch.distributed.checkpoint`).

    Args:
        checkpoint: what the caller asked for.
        processes: those of the training.
        of_model: the model as it was made, in a text and hashes, filled in before the training starts.
    """

    def __init__(self, checkpoint: Checkpoint, processes: Processes, of_model: Mapping[str, str]) -> None:
        super().__init__(checkpoint.path, every=checkpoint._every)
        self._processes, self._of_model = processes, of_model

    def _described(self, training: Training) -> dict[str, str]:
        return dict(self._of_model)

    def _is_due(self, training: Training) -> bool:
        is_due = super()._is_due(training)
        return is_due if self._every is not None else self._processes.any(is_due)  # clocks differ, counts do not

    def _read(self) -> dict[str, Any] | None:
        return read_folder(self.path, self._processes)

    def _write(self, state: dict[str, Any]) -> None:
        write_folder(self.path, state, self._processes)

    def _state(self, training: Training) -> dict[str, Any]:
        """The state, with the random numbers of each process."""
        state = super()._state(training)
        names = ("random", "random_on_gpu")
        of_each = self._processes.gathered([state[name] for name in names])
        return {**state, **{name: [each[place] for each in of_each] for place, name in enumerate(names)}}

    def _restore(self, training: Training, saved: Mapping[str, Any]) -> None:
        """Go on as before; what there are no random numbers for goes on with new ones."""
        state, rank = dict(saved), self._processes.rank
        if saved["processes"] == self._processes.size:
            state["random"], state["random_on_gpu"] = saved["random"][rank], saved["random_on_gpu"][rank]
        else:
            seed_random_state(seed_of(training.recipe.seed, rank, saved["step"]))
            state["random"], state["random_on_gpu"] = torch.get_rng_state(), None
        named = dict(training.model.named_parameters())
        state["model"], state["callbacks"] = (sharded_like(saved[name], named) for name in ("model", "callbacks"))
        ordered = [each for group in training.optimizer.param_groups for each in group["params"]]
        state["optimizer"] = {
            **saved["optimizer"],
            "state": {
                place: {name: as_shard(value, ordered[place]) for name, value in values.items()}
                for place, values in saved["optimizer"]["state"].items()
            },
        }
        super()._restore(training, state)

    def _warn_of_other_numbers(self, saved: Mapping[str, Any]) -> None:
        if self._processes.rank == 0:
            super()._warn_of_other_numbers(saved)
        there, here = saved["processes"], self._processes.size
        if there != here and self._processes.rank == 0:
            warnings.warn(
                f"{self.path} was written by {_processes(there)}, and goes on in {_processes(here)}: sums may be "
                "rounded otherwise, and dropout has other masks.",
                stacklevel=2,
            )


def _processes(number: int) -> str:
    return f"{number} process{'es' if number != 1 else ''}"
