"""A study in a TOML file: data, model, recipe, and what varies, for people who write no code."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from looplab.data import Dataset, load
from looplab.errors import ChoiceError, FileError, LooplabError, ReplicasError, require_choice, shown
from looplab.files import read_bounded
from looplab.loop import Recipe
from looplab.models import linear, mlp
from looplab.numbers import real_number
from looplab.replicas import Runs
from looplab.sweeps.many import train_many
from looplab.sweeps.workers import ExecutorLike

__all__ = ["Study", "read_study"]

_MOST_BYTES = 2**20
_SECTIONS = ("data", "model", "recipe", "vary", "record")
_DATA = ("name", "table", "target", "validation", "standardize", "options")
_MODELS: dict[str, tuple[str, ...]] = {"linear": (), "mlp": ("widths", "activation")}
_RECIPE = tuple(field.name for field in fields(Recipe) if field.name != "seed")
_RECORD = {"every": "record_every", "metrics": "metrics", "keep": "keep", "patience": "patience"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """What a file asks for, read and checked.

    Attributes:
        path: the file.
        dataset: the rows to learn from.
        validation: rows to measure on; None for none.
        make_model: makes the models.
        recipe: how to train.
        seeds: how many seeds, or which.
        vary: what varies.
        record: what is recorded, as arguments of `train_many`.
    """

    path: Path
    dataset: Dataset
    validation: Dataset | None
    make_model: Callable[..., nn.Module]
    recipe: Recipe
    seeds: Any
    vary: Mapping[str, Any]
    record: Mapping[str, Any]

    def run(self, executor: ExecutorLike | None, folder: Path | None) -> Runs:
        """Train all of it; see `train_many`.

        Args:
            executor: who trains; None for this process.
            folder: where chunks are kept, and from where to go on.
        """
        with _errors_of(self.path):
            return train_many(
                self.make_model,
                self.dataset,
                self.recipe,
                seeds=self.seeds,
                vary=self.vary,
                validation=self.validation,
                executor=executor,
                checkpoint=folder,
                **self.record,
            )


def read_study(path: Path) -> Study:
    """Read a study and the data that it names.

    Raises:
        LooplabError: no such file, or a mistake in it; names the file and the place.
    """
    try:
        content = tomllib.loads(read_bounded(path, most_bytes=_MOST_BYTES).decode())
    except FileNotFoundError:
        raise ReplicasError(f"study {path}", expected="a TOML file", got="no such file") from None
    except FileError:
        raise
    except (ValueError, RecursionError) as error:
        raise ReplicasError(f"study {path}", expected="TOML", got=str(error)) from None
    with _errors_of(path):
        return _study(path, content)


def _study(path: Path, content: Mapping[str, Any]) -> Study:
    _check_names("", content, ("seeds", *_SECTIONS))
    data, model, recipe, vary, record = (_section(content, name) for name in _SECTIONS)
    if "seeds" not in content:
        raise ReplicasError("seeds", expected="how many, or a list of them", got="none", fix="Write seeds = 64.")
    dataset, validation = _data(path, data)
    kind = model.get("kind", "mlp")
    require_choice("[model] kind", kind, _MODELS)
    _check_names("[model] ", model, ("kind", *_MODELS[kind]))
    if kind == "mlp" and "widths" not in {**model, **vary}:
        raise ReplicasError("[model] widths", expected="the widths of the hidden layers", got="none", fix="Try [16].")
    _check_names("[vary] ", vary, (*_RECIPE, *_MODELS[kind]))
    _check_names("[recipe] ", recipe, _RECIPE)
    _check_names("[record] ", record, _RECORD)
    for name, values in vary.items():
        if not isinstance(values, list) or not values:
            raise ReplicasError(f"[vary] {name}", expected="a list of values", got=shown(values))
    for name in ("optimizer", "lr"):
        if name not in {**recipe, **vary}:
            raise ReplicasError(f"[recipe] {name}", expected="one, here or in [vary]", got="none")
    return Study(
        path=path,
        dataset=dataset,
        validation=validation,
        make_model=_maker(kind, dataset, {name: value for name, value in model.items() if name != "kind"}, vary),
        recipe=Recipe(**{name: _plain(name, value) for name, value in _with_first(recipe, vary).items()}),
        seeds=content["seeds"],
        vary=vary,
        record={_RECORD[name]: value for name, value in record.items()},
    )


def _section(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = content.get(name, {})
    if not isinstance(section, dict):
        fix = f"Write [{name}] on a line of its own."
        raise ReplicasError(f"[{name}]", expected="a section", got=shown(section), fix=fix)
    return section


def _check_names(where: str, found: Mapping[str, Any], known: Any) -> None:
    for name in found:
        if name not in known:
            raise ChoiceError(f"{where}{name}", name, known)


def _data(path: Path, data: Mapping[str, Any]) -> tuple[Dataset, Dataset | None]:
    """The rows to learn from, and those to measure on."""
    _check_names("[data] ", data, _DATA)
    if ("name" in data) == ("table" in data):
        raise ReplicasError(
            "[data]",
            expected="either the name of a dataset or a table",
            got="both" if "name" in data else "neither",
            fix="Write name = 'moons', or table = 'houses.csv' and target = 'price'.",
        )
    if "table" in data and "target" not in data:
        raise ReplicasError("[data] target", expected="the column to predict", got="none")
    options = data.get("options", {})
    if not isinstance(options, dict):
        raise ReplicasError("[data] options", expected="names and values", got=shown(options))
    if "target" in data:
        options = {**options, "target": data["target"]}
    name = data["name"] if "name" in data else data["table"]
    if not isinstance(name, str):
        raise ReplicasError("[data] name", expected="a text", got=shown(name))
    dataset = load(name if "name" in data else str(path.parent / name), **options)
    share, standardize = data.get("validation"), data.get("standardize", False)
    if not isinstance(standardize, bool):
        raise ReplicasError("[data] standardize", expected="true or false", got=shown(standardize))
    validation = None
    if share is not None:
        if not 0 < real_number(share) < 1:
            raise ReplicasError("[data] validation", expected="a share of the rows between 0 and 1", got=shown(share))
        dataset, validation = dataset.split(1 - share, seed=0)
    if standardize:
        plain = dataset
        dataset = plain.standardized()
        validation = None if validation is None else validation.standardized(like=plain)
    return dataset, validation


def _maker(kind: str, dataset: Dataset, own: Mapping[str, Any], vary: Mapping[str, Any]) -> Callable[..., nn.Module]:
    """What makes the models; called with what varies of them."""
    if kind == "linear":
        return partial(linear, dataset.features, dataset.outputs)
    given = {name: value for name, value in own.items() if name not in vary}
    return partial(mlp, dataset.features, outputs=dataset.outputs, **given)


def _with_first(recipe: Mapping[str, Any], vary: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe, with the first of the values of what only varies: a recipe is whole."""
    first = {name: values[0] for name, values in vary.items() if name in _RECIPE}
    return {**first, **recipe}


def _plain(name: str, value: Any) -> Any:
    return tuple(value) if name == "betas" and isinstance(value, list) else value


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """Say of a mistake in which file it is."""
    try:
        yield
    except LooplabError as error:
        raise ReplicasError(f"study {path}: {error}") from error
