"""Computing a training in parts: rows at a time, by several processes, in bfloat16, with activations computed anew."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from looplab.data import Dataset
from looplab.loop.callbacks.best import Best
from looplab.loop.callbacks.callback import Callback, FunctionCallback
from looplab.loop.checkpoints import Checkpoint
from looplab.loop.checkpoints.asked import described_models
from looplab.loop.computing.blocks import recompute, stop_recomputing
from looplab.loop.computing.computation import Computation
from looplab.loop.computing.history import HistoryOfParts
from looplab.loop.computing.plain import Computing
from looplab.loop.computing.processes import Processes, lost_processes, seed_of
from looplab.loop.computing.rows import tried
from looplab.loop.computing.shares import LossOfShares, Part, parts_of
from looplab.loop.losses import Objective
from looplab.loop.recipe import Recipe
from looplab.loop.recording import Recording
from looplab.loop.setup import Batch
from looplab.loop.surroundings import seed_random_state
from looplab.loop.training import Training

__all__ = ["InParts"]


class InParts(Computing):
    """Computes a training as a `Computation` asks; see there.

    Args:
        computation: what was asked for.
        processes: those of the training; None if there is only this one.
        dataset: the rows to learn from.
        recipe: how to learn from them.
        objective: what is minimized over a batch.
        described: what else makes the training the one that it is, by name, which all processes must have alike.
    """

    def __init__(
        self,
        computation: Computation,
        processes: Processes | None,
        dataset: Dataset,
        recipe: Recipe,
        objective: Objective,
        described: Mapping[str, object],
    ) -> None:
        self._cuts = processes is not None or computation.micro_batch_size is not None
        self._of_batch = objective
        super().__init__(LossOfShares(objective) if self._cuts else objective)
        self._computation, self._dataset, self._recipe = computation, dataset, recipe
        self.processes = processes
        self.is_first = processes is None or processes.rank == 0
        self.asked = _asked(computation, processes)
        self._network: Any = None
        self._history: HistoryOfParts | None = None
        self._training: Training | None = None
        self._stack = ExitStack()
        self._skeleton: Any = None
        self._described = dict(described)
        self._of_model: dict[str, str] = {}

    def __enter__(self) -> "InParts":
        if self.processes is not None:
            self._stack.enter_context(lost_processes())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Say in a sentence that a process was lost."""
        self._stack.__exit__(kind, error, traceback)

    def network(self, model: nn.Module) -> Any:
        """What gives the outputs of a model for this process's rows.

        Raises:
            ModelError: the model cannot be computed so.
            ProcessesError: the processes are to train different models.
        """
        how, trial = self._computation, tried(model, self._dataset, self._of_batch)
        for asked, no_mixing in (
            (f"parallel='{how.parallel}'" if how.parallel else None, True),
            (f"micro_batch_size={how.micro_batch_size}" if how.micro_batch_size else None, True),
            ("activation_checkpointing=True" if how.activation_checkpointing else None, False),
        ):
            if asked:
                no_keeping = bool(how.micro_batch_size) or how.activation_checkpointing
                trial.require(asked, no_mixing=no_mixing, no_keeping=no_keeping)
        device, dtype = next(model.parameters()).device, next(model.parameters()).dtype
        self._network = model
        if self.processes is not None:
            self._of_model.update(described_models([model]))
            self.processes.require_alike({**self._described, "model": self._of_model})
        if how.parallel == "fsdp":
            from looplab.loop.computing.sharding import Skeleton, shard  # takes a second to load

            self._skeleton = Skeleton(model)
        if how.activation_checkpointing:
            recompute(model)
            self._stack.callback(stop_recomputing, model)
        if how.parallel == "fsdp":
            shard(model)
        elif how.parallel == "ddp":
            self._network = DistributedDataParallel(model, find_unused_parameters=trial.unused)
        if self.processes is not None and self.processes.rank:
            seed_random_state(seed_of(self._recipe.seed, self.processes.rank))
        return self._network if how.precision is None else _autocast(self._network, device.type, dtype)

    def history(self, model: nn.Module, recipe: Recipe, recording: Recording) -> HistoryOfParts:
        """What adds up the losses of the parts, and writes them down."""
        self._history = HistoryOfParts(model, recipe, recording, self.objective, self.processes, self.become_whole)
        return self._history

    def parts(self, batch: Batch) -> Iterator[Batch]:
        """The parts of a batch that are this process's; after the last one, gradients are summed over the processes."""
        assert self._history is not None, "the history is made before the first step"
        rank, size = (0, 1) if self.processes is None else (self.processes.rank, self.processes.size)
        cut: Iterable[Part] = [Part(batch, len(batch[0]), True)]
        if self._cuts:
            most, dtype = self._computation.micro_batch_size, self._dataset.dtype
            cut = parts_of(batch, self._of_batch, rank, size, most, dtype)
        for part in cut:
            self._history.part = part
            if self._computation.parallel == "ddp":
                self._network.require_backward_grad_sync = part.is_last
            elif self._computation.parallel == "fsdp":
                self._network.set_requires_gradient_sync(part.is_last)
            yield part.batch

    def callbacks(self, others: Iterable[Callback]) -> list[Callback]:
        """What the processes have to agree upon after each step."""
        return [] if self.processes is None else [_Together(self, self.processes, others)]

    def saving(self, checkpoint: Checkpoint) -> Checkpoint:
        """What saves the training: of several processes, each what it has, into one folder."""
        if self.processes is None:
            return checkpoint
        from looplab.loop.computing.saving import SharedCheckpoint  # loads torch.distributed.checkpoint

        self._described["checkpoint"] = str(checkpoint.path)
        return SharedCheckpoint(checkpoint, self.processes, self._of_model)

    def starts(self, training: Training) -> None:
        """Get to know the training whose model is to become whole."""
        self._training = training

    def become_whole(self) -> None:
        """Put the whole model in the place of its shards; all processes do it together."""
        if self._skeleton is not None and self._training is not None:
            self._training.model = self._skeleton.filled(self._training.model)
            assert self._history is not None
            self._history.of_model(self._training.model)


class _Together(Callback):
    """Stops all processes where one is stopped, and makes the model whole at the end."""

    def __init__(self, computing: InParts, processes: Processes, others: Iterable[Callback]) -> None:
        self._computing, self._processes = computing, processes
        self._may_stop = any(isinstance(each, Best | FunctionCallback) or _is_users(each) for each in others)

    def start(self, training: Training) -> None:
        """Agree on whether there will be something to agree upon: a process may have callbacks of its own."""
        self._computing.starts(training)
        self._may_stop = self._processes.any(self._may_stop)

    def after_step(self, training: Training) -> None:
        """Agree to stop."""
        if self._may_stop and self._processes.any(training.stopped is not None):
            reasons = self._processes.gathered(training.stopped)
            training.stop(next(reason for reason in reasons if reason is not None))

    def end(self, training: Training) -> None:
        """Make the model whole."""
        self._computing.become_whole()


def _is_users(callback: Callback) -> bool:
    return not type(callback).__module__.startswith("looplab.")


def _asked(computation: Computation, processes: Processes | None) -> dict[str, object]:
    """What changes the numbers: of several processes, by more than another number of them would."""
    changing: dict[str, object] = {"precision": computation.precision}
    if processes is None:
        changing |= {"micro_batch_size": computation.micro_batch_size}
    return {"computation": changing} if any(changing.values()) else {}


def _autocast(network: Any, kind: str, dtype: torch.dtype) -> Any:
    def outputs(inputs: Tensor) -> Any:
        with torch.autocast(kind, dtype=torch.bfloat16):
            given = network(inputs)
        return given.to(dtype) if isinstance(given, Tensor) else given

    return outputs
