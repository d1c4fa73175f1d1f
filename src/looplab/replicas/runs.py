"""The result of `train_many`: losses and parameters of all replicas, and what to do with them."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.errors import DataError, ReplicasError, shown
from looplab.loop.checks import new_model
from looplab.loop.surroundings import fresh_state, recording_gradients
from looplab.numbers import whole_number
from looplab.replicas.flat import FlatParameters
from looplab.replicas.results import Backend, Results
from looplab.replicas.solo import copied
from looplab.replicas.stacked import StackedModel, chunks
from looplab.replicas.storage import load_results, save_results

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["Backend", "Runs"]


class Runs(Results):
    """R trainings of one architecture. Replica r has row r of everything."""

    def __repr__(self) -> str:
        lost = int(self.failed.sum())
        return (
            f"<Runs: {len(self):,} replicas on '{self.dataset}', {self.recipe.optimizer}, "
            f"{lost:,} failed, {self.backend.name}, {self.seconds:.2f} s>"
        )

    def table(self) -> "pd.DataFrame":
        """One row a replica: what sets it apart, and how it ended.

        These are seed, varied fields and fold; the losses and metrics that were recorded last, or with `keep="best"`
        those of the parameters that were kept (of the validation rows, where there are any); `kept_step`, where
        replicas differ in it; whether it failed.
        """
        import pandas as pd

        columns: dict[str, Any] = {**self.columns, "train_loss": self._at_the_end(self.train_loss)}
        if self.validation_loss is not None:
            columns["validation_loss"] = self._at_the_end(self.validation_loss)
        for name, values in (self.validation_metrics or self.train_metrics).items():
            columns[name] = self._at_the_end(values)
        if not torch.equal(self.kept_step, self.steps) or bool((self.steps < self.steps.max()).any()):
            columns["kept_step"] = self.kept_step.numpy()
        return pd.DataFrame({**columns, "failed": self.failed.numpy()})

    def _at_the_end(self, records: Float[Tensor, "R K"]) -> "np.ndarray[Any, Any]":
        """Of each replica, what was recorded of the parameters that it kept; NaN of one that failed."""
        place = (self.kept_step // self.record_every - 1).clamp(min=0)
        values = records.gather(1, place[:, None])[:, 0]
        return torch.where(self.failed, records[:, -1], values).numpy()

    def model(self, replica: int) -> nn.Module:
        """The trained model of one replica, a new one at each call.

        Raises:
            ReplicasError: no such replica.
        """
        number = whole_number(replica)
        if not 0 <= number < len(self):
            raise ReplicasError("replica", expected=f"a number from 0 to {len(self) - 1}", got=shown(replica))
        with recording_gradients():
            model = self._untrained(number)
            values = FlatParameters(model).split(self.parameters[number])
            with torch.no_grad():
                for name, parameter in model.named_parameters():
                    parameter.copy_(values[name])
                for name, buffer in model.named_buffers():
                    buffer.copy_(self.buffers[name][number])
        for (path, name), value in self.attributes[number].items() if self.attributes else ():
            setattr(model.get_submodule(path), name, copied(value))
        return model

    def predict(self, inputs: Float[Tensor, "N D"]) -> Float[Tensor, "R N O"]:
        """Outputs of every replica for the same inputs (logits for classes), with dropout and the like off.

        Raises:
            DataError: inputs that are no float32 matrix.
        """
        if not isinstance(inputs, Tensor) or inputs.ndim != 2 or inputs.dtype != torch.float32:
            got = f"{inputs.dtype} of shape {tuple(inputs.shape)}" if isinstance(inputs, Tensor) else repr(type(inputs))
            raise DataError("inputs", expected="a float32 tensor of shape (N, D)", got=got, fix="Use dataset.inputs.")
        if self.make_model is not None:
            return torch.stack([self._outputs(replica, inputs) for replica in range(len(self))])
        with recording_gradients():
            return self._stacked_outputs(inputs.detach())

    def _stacked_outputs(self, inputs: Float[Tensor, "N D"]) -> Float[Tensor, "R N O"]:
        stacked = StackedModel(self.model_template, training=False)
        device = next(self.model_template.parameters()).device
        widest = max(max(shape) for shape in stacked.layout.shapes if shape)
        outputs = []
        for part in chunks(len(self), 4 * (len(inputs) * 4 * widest + stacked.layout.total)):
            buffers = {name: buffer[part].to(device) for name, buffer in self.buffers.items()}
            outputs.append(stacked.all(self.parameters[part].to(device), buffers, inputs.to(device)).cpu())
        return torch.cat(outputs)

    def _untrained(self, replica: int) -> nn.Module:
        """A new model of the replica's seed."""
        if self.make_model is None:
            return copy.deepcopy(self.model_template)
        with fresh_state(self.columns["seed"][replica]):
            return new_model(self.make_model).train()

    def _outputs(self, replica: int, inputs: Float[Tensor, "N D"]) -> Float[Tensor, "N O"]:
        model = self.model(replica).eval()
        with fresh_state(self.columns["seed"][replica]), torch.no_grad():
            outputs: Tensor = model(inputs.to(next(model.parameters()).device)).cpu()
        return outputs

    def save(self, path: str | Path) -> None:
        """Write everything into one file: a zip of a Parquet table, safetensors and JSON; nothing is pickled.

        The file appears whole or not at all; one that was there before is replaced.
        """
        save_results(self, Path(path))

    @classmethod
    def load(cls, path: str | Path, make_model: Callable[[], nn.Module] | None = None) -> "Runs":
        """Read what `save` wrote.

        Args:
            path: the file.
            make_model: the function that made the models. Networks of linear layers, activations and dropout in
                sequence are described in the file and need none.

        Raises:
            ReplicasError: no such file, a cut or altered one, or one that needs another `make_model`.
        """
        return cls(**vars(load_results(Path(path), make_model)))
