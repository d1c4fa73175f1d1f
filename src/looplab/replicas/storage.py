"""Runs on disk: one zip file with `runs.json`, `table.parquet` and `tensors.safetensors`, nothing pickled.

The JSON holds the digests of the other two, and one of itself. Networks that `describe_network` knows are kept as a
list of layers; any other architecture is restored by calling its `make_model` again.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors
from torch import Tensor, nn

from looplab.errors import LooplabError, ReplicasError, shown
from looplab.files import whole_file
from looplab.loop import Recipe
from looplab.models import activation
from looplab.replicas.flat import FlatParameters
from looplab.replicas.initial import make_first_model
from looplab.replicas.plan import ActivationLayer, Dropout, Layer, Linear, Network, describe_network
from looplab.replicas.results import Backend, Results

__all__ = ["load_results", "save_results"]

_FORMAT = "looplab runs 3"
_TABLE, _TENSORS, _ABOUT = "table.parquet", "tensors.safetensors", "runs.json"


def save_results(runs: Results, path: Path) -> None:
    """Write runs to a file, whole or not at all."""
    _require_no_attributes(runs)
    layout = FlatParameters(runs.model_template)
    network = describe_network(runs.model_template)
    members = {_TABLE: _table_bytes(runs), _TENSORS: safetensors.save(_tensors(runs))}
    about = {
        "format": _FORMAT,
        "torch": torch.__version__,
        "recipe": asdict(runs.recipe),
        "backend": asdict(runs.backend),
        "dataset": runs.dataset,
        "record_every": runs.record_every,
        "trajectory_every": runs.trajectory_every,
        "seconds": runs.seconds,
        "parameters": [[name, list(shape)] for name, shape in zip(layout.names, layout.shapes, strict=True)],
        "layers": _described(network) if runs.make_model is None and isinstance(network, Network) else None,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()},
    }
    about["own_sha256"] = _own_digest(about)
    with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {_ABOUT: json.dumps(about, indent=1).encode(), **members}.items():
            archive.writestr(name, content)


def _require_no_attributes(runs: Results) -> None:
    changed = next((f"{path}.{name}" if path else name for each in runs.attributes for path, name in each), None)
    if changed is not None:
        raise ReplicasError(
            f"runs of {type(runs.model_template).__name__}",
            expected="models whose training changes parameters and buffers alone, which a file can hold",
            got=f"the attribute {changed}, which it changed, too",
            fix=f"Keep it as a buffer: self.register_buffer({changed.rpartition('.')[2]!r}, …).",
        )


def load_results(path: Path, make_model: Callable[[], nn.Module] | None) -> Results:
    """Read runs from a file; see `Runs.load`."""
    members = _read_members(path)
    try:
        return _restored(path, members, make_model)
    except LooplabError:
        raise
    except (KeyError, TypeError, ValueError, SafetensorError) as error:
        raise _unusable(path, f"{type(error).__name__}: {error}") from error


def _restored(path: Path, members: dict[str, bytes], make_model: Callable[[], nn.Module] | None) -> Results:
    about = json.loads(members[_ABOUT])
    _check_fields(path, about)
    digests = {name: hashlib.sha256(members[name]).hexdigest() for name in (_TABLE, _TENSORS)}
    for name, digest in digests.items():
        if about["sha256"][name] != digest:
            raise _unusable(path, f"a {name} that was altered")
    if about["own_sha256"] != _own_digest(about):
        raise _unusable(path, f"a {_ABOUT} that was altered")
    tensors, columns = safetensors.load(members[_TENSORS]), _columns(members[_TABLE])
    model = _model(path, about, make_model, columns["seed"][0])
    betas = about["recipe"]["betas"]
    recipe = {**about["recipe"], "betas": None if betas is None else tuple(betas)}
    _check_tensors(path, tensors, columns, model)
    return Results(
        train_loss=tensors["train_loss"],
        validation_loss=tensors.get("validation_loss"),
        failed=tensors["failed"],
        parameters=tensors["parameters"],
        steps=tensors["steps"],
        kept_step=tensors["kept_step"],
        buffers=_named(tensors, "buffer"),
        train_metrics=_named(tensors, "train metric"),
        validation_metrics=_named(tensors, "validation metric"),
        trajectory=tensors.get("trajectory"),
        trajectory_every=about["trajectory_every"],
        columns=columns,
        model_template=model,
        recipe=Recipe(**recipe),
        backend=Backend(**about["backend"]),
        dataset=about["dataset"],
        record_every=about["record_every"],
        seconds=about["seconds"],
        make_model=make_model if about["backend"]["name"] == "loop" else None,
    )


_FIELDS: dict[str, type | tuple[type, ...]] = {
    "format": str,
    "torch": str,
    "recipe": dict,
    "backend": dict,
    "dataset": str,
    "record_every": int,
    "trajectory_every": (int, type(None)),
    "seconds": (int, float),
    "parameters": list,
    "layers": (list, type(None)),
    "sha256": dict,
    "own_sha256": str,
}


def _check_fields(path: Path, about: Any) -> None:
    """Raise an error unless `runs.json` has the fields that `save_results` writes, each of its kind."""
    if not isinstance(about, dict) or about.get("format") != _FORMAT:
        found = about.get("format") if isinstance(about, dict) else about
        raise _unusable(path, f"the format {shown(found)}")
    for name in _FIELDS.keys() | about.keys():
        if name not in about or name not in _FIELDS:
            raise _unusable(path, f"{'no' if name in _FIELDS else 'an unknown'} field {name} in {_ABOUT}")
        if not isinstance(about[name], _FIELDS[name]) or isinstance(about[name], bool):
            raise _unusable(path, f"{shown(about[name])} as {name} in {_ABOUT}")
    every = (about["record_every"], about["trajectory_every"] or 1)
    if min(every) < 1 or not 0 <= about["seconds"] < float("inf"):
        raise _unusable(path, f"numbers in {_ABOUT} that no training has")


def _own_digest(about: dict[str, Any]) -> str:
    """Of all fields of `runs.json` but the digest itself."""
    fields = {name: value for name, value in about.items() if name != "own_sha256"}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _check_tensors(path: Path, tensors: dict[str, Tensor], columns: dict[str, list[Any]], model: nn.Module) -> None:
    """Raise an error unless the arrays fit each other and the model, and hold numbers."""
    rows, total = len(columns["seed"]), FlatParameters(model).total
    losses = tensors["train_loss"]
    wanted = {"parameters": ((rows, total), torch.float32), "failed": ((rows,), torch.bool)}
    wanted["train_loss"] = ((rows, losses.shape[1] if losses.ndim == 2 else 0), torch.float32)
    wanted |= {"steps": ((rows,), torch.int64), "kept_step": ((rows,), torch.int64)}
    like_losses = [name for name in tensors if name == "validation_loss" or " metric " in name.partition("buffer ")[0]]
    wanted |= dict.fromkeys(like_losses, wanted["train_loss"])
    if "trajectory" in tensors:
        way = tensors["trajectory"]
        wanted["trajectory"] = ((rows, way.shape[1] if way.ndim == 3 else 0, total), torch.float32)
    wanted |= {f"buffer {name}": ((rows, *buffer.shape), buffer.dtype) for name, buffer in model.named_buffers()}
    for name in wanted.keys() | tensors.keys():
        if name not in wanted or name not in tensors:
            raise _unusable(path, f"{'no' if name in wanted else 'an unknown'} array {name}")
        found = tensors[name]
        if (tuple(found.shape), found.dtype) != wanted[name]:
            raise _unusable(path, f"{name} of shape {tuple(found.shape)} for {wanted[name][0]}")
    if torch.isnan(tensors["parameters"][~tensors["failed"]]).any():
        raise _unusable(path, "NaN in parameters of a replica that has not failed")


def _named(tensors: dict[str, Tensor], kind: str) -> dict[str, Tensor]:
    """The tensors of a kind by their own names."""
    return {name.removeprefix(f"{kind} "): tensor for name, tensor in tensors.items() if name.startswith(f"{kind} ")}


def _tensors(runs: Results) -> dict[str, Tensor]:
    names = ("parameters", "train_loss", "validation_loss", "failed", "steps", "kept_step", "trajectory")
    tensors = {name: getattr(runs, name) for name in names if getattr(runs, name) is not None}
    for kind, named in (
        ("buffer", runs.buffers),
        ("train metric", runs.train_metrics),
        ("validation metric", runs.validation_metrics),
    ):
        tensors.update({f"{kind} {name}": tensor for name, tensor in named.items()})
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def _table_bytes(runs: Results) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    columns = {**runs.columns, "final_train_loss": runs.train_loss[:, -1].tolist(), "failed": runs.failed.tolist()}
    content = io.BytesIO()
    parquet.write_table(pa.table(columns), content)
    return content.getvalue()


def _columns(content: bytes) -> dict[str, list[Any]]:
    from pyarrow import parquet

    table = parquet.read_table(io.BytesIO(content)).drop_columns(["final_train_loss", "failed"])
    columns: dict[str, list[Any]] = table.to_pydict()
    return {
        name: [tuple(value) if isinstance(value, list) else value for value in values]
        for name, values in columns.items()
    }


def _described(network: Network) -> list[dict[str, Any]]:
    names = {kind: name for name, kind in _LAYERS.items()}
    return [{"layer": names[type(layer)], **asdict(layer)} for layer in network.layers]


def _model(path: Path, about: dict[str, Any], make_model: Callable[[], nn.Module] | None, seed: int) -> nn.Module:
    wanted = [(name, tuple(shape)) for name, shape in about["parameters"]]
    if make_model is not None:
        model = make_first_model(make_model, seed).model
        layout = FlatParameters(model)
        if list(zip(layout.names, layout.shapes, strict=True)) != wanted:
            raise ReplicasError(
                "make_model",
                expected=f"a model with the parameters {_spoken(wanted)}, as in {path}",
                got=_spoken(list(zip(layout.names, layout.shapes, strict=True))),
            )
        return model
    if about["layers"] is None:
        raise ReplicasError(
            "make_model",
            expected=f"the function that made the models in {path}, which describes no architecture",
            got="None",
            fix="Write Runs.load(path, make_model).",
        )
    modules = [_module(_LAYERS[layer.pop("layer")](**layer)) for layer in about["layers"]]
    return modules[0] if len(modules) == 1 else nn.Sequential(*modules)


_LAYERS: dict[str, type[Layer]] = {"Linear": Linear, "Activation": ActivationLayer, "Dropout": Dropout}


def _module(layer: Layer) -> nn.Module:
    if isinstance(layer, Linear):
        return nn.Linear(layer.inputs, layer.outputs, bias=layer.bias)
    if isinstance(layer, Dropout):
        return nn.Dropout(layer.p)
    return activation(layer.name).module(*layer.numbers)


def _read_members(path: Path) -> dict[str, bytes]:
    if not path.is_file():
        raise ReplicasError(f"{path}", expected="a file that Runs.save wrote", got="no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if set(members) != {_ABOUT, _TABLE, _TENSORS}:
                raise _unusable(path, f"a zip of {', '.join(sorted(members)) or 'nothing'}")
            if any(info.compress_type != zipfile.ZIP_STORED for info in members.values()):
                raise _unusable(path, "compressed members")
            return {name: archive.read(name) for name in members}
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _unusable(path, str(error)) from error


def _unusable(path: Path, got: str) -> ReplicasError:
    return ReplicasError(
        f"{path}",
        expected="a file that Runs.save wrote, whole and unaltered",
        got=got,
        fix="Save the runs again, or copy the file anew.",
    )


def _spoken(parameters: list[tuple[str, tuple[int, ...]]]) -> str:
    return ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in parameters)
