"""The result of `train_many`: losses and parameters of all replicas, and what to do with them."""

import copy
from collections.abc import Callable
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from looplab.data.dataset import CATEGORIES, type_name
from looplab.errors import DataError, LooplabError, ReplicasError, shown
from looplab.loop import Recipe
from looplab.loop.checks import new_model
from looplab.loop.surroundings import fresh_state, in_a_line, recording_gradients
from looplab.numbers import whole_number
from looplab.replicas.flat import FlatParameters
from looplab.replicas.parts import Part
from looplab.replicas.results import Backend, Results
from looplab.replicas.solo import copied
from looplab.replicas.stacked import StackedModel, chunks
from looplab.replicas.storage import load_results, save_results
from looplab.replicas.varying import VARIABLE_FIELDS, changed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Backend", "Runs"]


class Runs(Results):
    """R trainings. Replica r has row r of everything.

    >>> from looplab import Recipe, load, mlp, train_many
    >>> recipes = [Recipe(optimizer="sgd", lr=0.1, steps=20), Recipe(optimizer="adam", lr=0.01, steps=50)]
    >>> vary = {"width": [4, 8]}
    >>> runs = train_many(lambda width: mlp(2, [width], 1), load("moons"), recipes=recipes, vary=vary)
    >>> runs.table()[["optimizer", "lr", "steps", "width", "failed"]]
      optimizer    lr  steps  width  failed
    0       sgd  0.10     20      4   False
    1      adam  0.01     50      4   False
    2       sgd  0.10     20      8   False
    3      adam  0.01     50      8   False
    """

    def __repr__(self) -> str:
        lost = int(self.failed.sum())
        optimizers = ", ".join(dict.fromkeys(self.columns.get("optimizer", [self.recipe.optimizer])))
        return (
            f"<Runs: {len(self):,} replicas on '{self.dataset}', {optimizers}, "
            f"{lost:,} failed, {self.backend.name}, {self.seconds:.2f} s>"
        )

    @cached_property
    def parameters(self) -> Float[Tensor, "R P"]:
        """R×P, each row a replica's parameters in the order of `model.parameters()`.

        Where models differ in size, P is the size of the largest, and the rows of the others end in NaN.
        """
        if len(self.parts) == 1:
            return self.parts[0].parameters
        widest = max(part.parameters.shape[1] for part in self.parts)
        rows = torch.full((len(self), widest), torch.nan, dtype=self.train_loss.dtype)
        for part in self.parts:
            rows[part.replicas, : part.parameters.shape[1]] = part.parameters
        return rows

    @property
    def buffers(self) -> dict[str, Tensor]:
        """Tensors of R rows by name: what the modules keep besides their parameters.

        Raises:
            ReplicasError: the models have several architectures.
        """
        if len(self.parts) > 1:
            raise ReplicasError(
                "buffers",
                expected="models of one architecture",
                got=f"{len(self.parts)} architectures",
                fix="Take those of runs.model(r), or of one of runs.parts.",
            )
        return self.parts[0].buffers

    @cached_property
    def trajectory(self) -> Float[Tensor, "R J P"] | None:
        """R×J×P, all parameters before the first step and after every `trajectory_every` steps; None if not asked for.

        NaN stands after a replica's last step, and for what is missing where models differ in size.
        """
        ways = [part.trajectory for part in self.parts if part.trajectory is not None]
        if len(ways) < 2:
            return ways[0] if ways else None
        longest = (max(way.shape[axis] for way in ways) for axis in (1, 2))
        rows = torch.full((len(self), *longest), torch.nan, dtype=self.train_loss.dtype)
        for part, way in zip(self.parts, ways, strict=True):
            rows[part.replicas, : way.shape[1], : way.shape[2]] = way
        return rows

    @property
    def final_train_loss(self) -> Float[Tensor, " R"]:
        """The last recorded loss of each replica, however many steps it made; NaN where it failed before.

        With `keep="best"` it is what was recorded with the parameters that were kept.
        """
        return self._last(self.train_loss)

    @property
    def final_validation_loss(self) -> Float[Tensor, " R"] | None:
        """The same of the validation rows; None without them."""
        return None if self.validation_loss is None else self._last(self.validation_loss)

    def table(self) -> "pd.DataFrame":
        """One row a replica: what sets it apart, and how it ended.

        These are seed, varied fields and settings, fold; final losses and metrics (of the validation rows, where there
        are any); `kept_step`, how many updates are behind its parameters, where replicas differ in it; whether it
        failed.
        """
        import pandas as pd

        columns: dict[str, Any] = {**self.columns, "train_loss": self.final_train_loss.numpy()}
        validation = self.final_validation_loss
        if validation is not None:
            columns["validation_loss"] = validation.numpy()
        for name, values in (self.validation_metrics or self.train_metrics).items():
            columns[name] = self._last(values).numpy()
        if bool((self.kept_step != self.kept_step[0])[~self.failed].any()):
            columns["kept_step"] = self.kept_step.numpy()
        return pd.DataFrame({**columns, "failed": self.failed.numpy()})

    def recipe_of(self, replica: int) -> Recipe:
        """The recipe that one replica followed, its seed included.

        Raises:
            ReplicasError: no such replica.
        """
        number = self._number(replica)
        own = {name: values[number] for name, values in self.columns.items() if name in ("seed", *VARIABLE_FIELDS)}
        return changed(self.recipe, own)

    def model(self, replica: int) -> nn.Module:
        """The trained model of one replica, a new one at each call.

        Raises:
            ReplicasError: no such replica.
        """
        number = self._number(replica)
        part, row = self._place(number)
        with recording_gradients():
            model = self._untrained(part, number)
            values = FlatParameters(model).split(part.parameters[row])
            with torch.no_grad():
                for name, parameter in model.named_parameters():
                    parameter.copy_(values[name])
                for name, buffer in model.named_buffers():
                    buffer.copy_(part.buffers[name][row])
        for (path, name), value in part.attributes[row].items() if part.attributes else ():
            setattr(model.get_submodule(path), name, copied(value))
        return model

    def predict(self, inputs: Float[Tensor, "N D"] | Int[Tensor, "N D"]) -> Float[Tensor, "R N O"]:
        """Outputs of every replica for the same inputs (logits for classes), with dropout and the like off.

        Raises:
            DataError: inputs that are no matrix of the type of the data that the models were trained on, or that the
                models do not take.
        """
        dtype = self.train_loss.dtype
        if not isinstance(inputs, Tensor) or inputs.ndim != 2 or inputs.dtype not in (dtype, CATEGORIES):
            got = f"{inputs.dtype} of shape {tuple(inputs.shape)}" if isinstance(inputs, Tensor) else repr(type(inputs))
            expected = f"a {type_name(dtype)} tensor of shape (N, D), or an int64 one of categories"
            raise DataError("inputs", expected=expected, got=got, fix="Use dataset.inputs.")
        try:
            outputs = [self._outputs_of(part, inputs) for part in self.parts]
        except LooplabError:
            raise
        except Exception as error:  # a model is the user's code, which may raise anything
            expected = "inputs like those that the models were trained on"
            raise DataError("inputs", expected=expected, got=in_a_line(error)) from error
        if len(outputs) == 1:
            return outputs[0]
        together = outputs[0].new_empty(len(self), *outputs[0].shape[1:])
        for part, each in zip(self.parts, outputs, strict=True):
            together[part.replicas] = each
        return together

    def _number(self, replica: int) -> int:
        number = whole_number(replica)
        if not 0 <= number < len(self):
            raise ReplicasError("replica", expected=f"a number from 0 to {len(self) - 1}", got=shown(replica))
        return number

    def _place(self, replica: int) -> tuple[Part, int]:
        """The part that a replica belongs to, and its row there."""
        for part in self.parts:
            row = int(torch.searchsorted(part.replicas, replica))
            if row < len(part.replicas) and int(part.replicas[row]) == replica:
                return part, row
        raise AssertionError("every replica belongs to a part")

    def _last(self, records: Float[Tensor, "R K"]) -> Float[Tensor, " R"]:
        """Of each replica, what was recorded of the parameters that it kept; of one that failed, the last of all."""
        place = (self.kept_step // self.record_every - 1).clamp(min=0)
        values = records.gather(1, place[:, None])[:, 0]
        return torch.where(self.failed, records[:, -1], values)

    def _outputs_of(self, part: Part, inputs: Float[Tensor, "N D"]) -> Float[Tensor, "G N O"]:
        if part.make_model is not None:
            return torch.stack([self._outputs(replica, inputs) for replica in part.replicas.tolist()])
        with recording_gradients():
            return _stacked_outputs(part, inputs.detach())

    def _untrained(self, part: Part, replica: int) -> nn.Module:
        """A new model of the replica's seed."""
        if part.make_model is None:
            return copy.deepcopy(part.model_template)
        with fresh_state(self.columns["seed"][replica]):
            return new_model(part.make_model, self.train_loss.dtype).train()

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
    def load(cls, path: str | Path, make_model: Callable[..., nn.Module] | None = None) -> "Runs":
        """Read what `save` wrote.

        Args:
            path: the file.
            make_model: the function that made the models; it is given again what `vary` gave it. Networks of linear
                layers, activations and dropout in sequence are described in the file and need none.

        Raises:
            ReplicasError: no such file, a cut or altered one, or one that needs another `make_model`.
        """
        results = load_results(Path(path), make_model)
        return cls(**{field.name: getattr(results, field.name) for field in fields(results)})


def _stacked_outputs(part: Part, inputs: Float[Tensor, "N D"]) -> Float[Tensor, "G N O"]:
    stacked = StackedModel(part.model_template, training=False)
    device = next(part.model_template.parameters()).device
    widest = max(max(shape) for shape in stacked.layout.shapes if shape)
    outputs = []
    for rows in chunks(len(part.replicas), inputs.itemsize * (len(inputs) * 4 * widest + stacked.layout.total)):
        buffers = {name: buffer[rows].to(device) for name, buffer in part.buffers.items()}
        outputs.append(stacked.all(part.parameters[rows].to(device), buffers, inputs.to(device)).cpu())
    return torch.cat(outputs)
