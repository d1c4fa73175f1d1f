"""Runs on disk: one zip file with `runs.json`, `table.parquet` and `tensors.safetensors`, nothing pickled.

The JSON holds the digests of the other two, and one of itself. Networks that `describe_network` knows are kept as a
list of layers; any other architecture is restored by calling its `make_model` again. The table is there for other
programs: it is never read back, since a small Parquet file can unpack to more than a machine has.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors
from torch import Tensor, nn

from looplab.data.dataset import PRECISIONS, type_name
from looplab.errors import LooplabError, ReplicasError, shown
from looplab.files import whole_file
from looplab.loop import Recipe
from looplab.replicas.flat import FlatParameters
from looplab.replicas.initial import make_first_model
from looplab.replicas.memory import free_memory_bytes
from looplab.replicas.parts import Part
from looplab.replicas.plan import Network
from looplab.replicas.results import Backend, Results
from looplab.replicas.saved_arrays import check_parts, check_replicas, check_whole, unusable
from looplab.replicas.saved_columns import column_arrays, columns_of, decoded, encoded
from looplab.replicas.saved_networks import described_layers, layers_of, model_of

__all__ = ["load_results", "save_results"]

_FORMAT = "looplab runs 3"
_TABLE, _TENSORS, _ABOUT = "table.parquet", "tensors.safetensors", "runs.json"
_MOST_ABOUT_BYTES = 16 * 2**20
_SMALL_BYTES = 16 * 2**20


def save_results(runs: Results, path: Path) -> None:
    """Write runs to a file, whole or not at all."""
    _require_no_attributes(runs)
    different, arrays = column_arrays(runs.columns)
    members = {_TABLE: _table_bytes(runs), _TENSORS: safetensors.save(_tensors(runs) | arrays)}
    about = {
        "format": _FORMAT,
        "torch": torch.__version__,
        "recipe": asdict(runs.recipe),
        "backend": asdict(runs.backend),
        "dataset": runs.dataset,
        "record_every": runs.record_every,
        "trajectory_every": runs.trajectory_every,
        "seconds": runs.seconds,
        "columns": different,
        "parts": [_described_part(part) for part in runs.parts],
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()},
    }
    about["own_sha256"] = _own_digest(about)
    text = json.dumps(about, indent=1).encode()
    if len(text) > _MOST_ABOUT_BYTES:
        raise ReplicasError(
            "runs to save",
            expected=f"at most {_MOST_ABOUT_BYTES:,} bytes of varied values and architectures",
            got=f"{len(text):,}",
            fix="Save them in several files: train part of the combinations in a call of their own.",
        )
    with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {_ABOUT: text, **members}.items():
            archive.writestr(name, content)


def _described_part(part: Part) -> dict[str, Any]:
    return {
        "settings": [[name, encoded(name, value)] for name, value in part.settings.items()],
        "parameters": [[name, list(shape)] for name, shape in _named_shapes(part.model_template)],
        "layers": described_layers(part.model_template) if part.make_model is None else None,
        "needs_make_model": part.make_model is not None,
    }


def _require_no_attributes(runs: Results) -> None:
    for part in runs.parts:
        changed = next((f"{path}.{name}" if path else name for each in part.attributes for path, name in each), None)
        if changed is not None:
            raise ReplicasError(
                f"runs of {type(part.model_template).__name__}",
                expected="models whose training changes parameters and buffers alone, which a file can hold",
                got=f"the attribute {changed}, which it changed, too",
                fix=f"Keep it as a buffer: self.register_buffer({changed.rpartition('.')[2]!r}, …).",
            )


def load_results(path: Path, make_model: Callable[..., nn.Module] | None) -> Results:
    """Read runs from a file; see `Runs.load`."""
    members = _read_members(path)
    try:
        return _restored(path, members, make_model)
    except LooplabError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, RuntimeError, SafetensorError) as error:
        raise unusable(path, f"{type(error).__name__}: {error}") from error


def _restored(path: Path, members: dict[str, bytes], make_model: Callable[..., nn.Module] | None) -> Results:
    about = json.loads(members[_ABOUT])
    _check_fields(path, about)
    digests = {name: hashlib.sha256(members[name]).hexdigest() for name in (_TABLE, _TENSORS)}
    for name, digest in digests.items():
        if about["sha256"][name] != digest:
            raise unusable(path, f"a {name} that was altered")
    if about["own_sha256"] != _own_digest(about):
        raise unusable(path, f"a {_ABOUT} that was altered")
    tensors = safetensors.load(members[_TENSORS])
    columns = columns_of(about["columns"], tensors)
    check_whole(path, tensors, columns, about["record_every"])
    parts = tuple(
        _part(path, place, described, tensors, make_model, columns["seed"])
        for place, described in enumerate(about["parts"])
    )
    check_parts(path, tensors, parts)
    betas = about["recipe"]["betas"]
    recipe = {**about["recipe"], "betas": None if betas is None else tuple(betas)}
    return Results(
        train_loss=tensors["train_loss"],
        validation_loss=tensors.get("validation_loss"),
        failed=tensors["failed"],
        steps=tensors["steps"],
        kept_step=tensors["kept_step"],
        train_metrics=_named(tensors, "train metric "),
        validation_metrics=_named(tensors, "validation metric "),
        trajectory_every=about["trajectory_every"],
        parts=parts,
        columns=columns,
        recipe=Recipe(**recipe),
        backend=Backend(**about["backend"]),
        dataset=about["dataset"],
        record_every=about["record_every"],
        seconds=about["seconds"],
    )


def _part(
    path: Path,
    place: int,
    described: dict[str, Any],
    tensors: dict[str, Tensor],
    make_model: Callable[..., nn.Module] | None,
    seeds: list[int],
) -> Part:
    replicas = tensors[f"{place} replicas"]
    check_replicas(path, replicas)
    parameters = tensors[f"{place} parameters"]
    if parameters.ndim != 2 or parameters.dtype not in PRECISIONS:
        raise unusable(path, f"{type_name(parameters.dtype)} parameters of shape {tuple(parameters.shape)}")
    settings = {name: decoded(value) for name, value in described["settings"]}
    made = partial(make_model, **settings) if make_model is not None and settings else make_model
    return Part(
        replicas=replicas,
        model_template=_model(path, described, parameters, made, seeds[int(replicas[0])]),
        parameters=parameters,
        buffers=_named(tensors, f"{place} buffer "),
        trajectory=tensors.get(f"{place} trajectory"),
        settings=settings,
        make_model=made if described["needs_make_model"] is True else None,
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
    "columns": list,
    "parts": list,
    "sha256": dict,
    "own_sha256": str,
}


def _check_fields(path: Path, about: Any) -> None:
    """Raise an error unless `runs.json` has the fields that `save_results` writes, each of its kind."""
    if not isinstance(about, dict) or about.get("format") != _FORMAT:
        found = about.get("format") if isinstance(about, dict) else about
        raise unusable(path, f"the format {shown(found)}")
    for name in _FIELDS.keys() | about.keys():
        if name not in about or name not in _FIELDS:
            raise unusable(path, f"{'no' if name in _FIELDS else 'an unknown'} field {name} in {_ABOUT}")
        if not isinstance(about[name], _FIELDS[name]) or isinstance(about[name], bool):
            raise unusable(path, f"{shown(about[name])} as {name} in {_ABOUT}")
    if min(about["record_every"], about["trajectory_every"] or 1) < 1 or not 0 <= about["seconds"] < float("inf"):
        raise unusable(path, f"numbers in {_ABOUT} that no training has")


def _own_digest(about: dict[str, Any]) -> str:
    """Of all fields of `runs.json` but the digest itself."""
    fields = {name: value for name, value in about.items() if name != "own_sha256"}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _named(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _tensors(runs: Results) -> dict[str, Tensor]:
    names = ("train_loss", "validation_loss", "failed", "steps", "kept_step")
    tensors = {name: getattr(runs, name) for name in names if getattr(runs, name) is not None}
    tensors |= {f"train metric {name}": values for name, values in runs.train_metrics.items()}
    tensors |= {f"validation metric {name}": values for name, values in runs.validation_metrics.items()}
    for place, part in enumerate(runs.parts):
        tensors |= {f"{place} replicas": part.replicas, f"{place} parameters": part.parameters}
        tensors |= {f"{place} buffer {name}": buffer for name, buffer in part.buffers.items()}
        if part.trajectory is not None:
            tensors[f"{place} trajectory"] = part.trajectory
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def _table_bytes(runs: Results) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    places = (runs.steps // runs.record_every - 1)[:, None]
    columns: dict[str, Any] = {}
    for name, values in runs.columns.items():
        try:
            columns[name] = pa.array(values)
        except pa.ArrowException:  # values of several types, which no column holds
            columns[name] = pa.array(map(str, values))
    columns |= {
        "final_train_loss": runs.train_loss.gather(1, places)[:, 0].tolist(),
        "failed": runs.failed.tolist(),
    }
    content = io.BytesIO()
    parquet.write_table(pa.table(columns), content)
    return content.getvalue()


def _model(
    path: Path, described: dict[str, Any], parameters: Tensor, make_model: Callable[[], nn.Module] | None, seed: int
) -> nn.Module:
    """The architecture of a part with these parameters, G×P."""
    numbers = parameters.shape[1]
    wanted = [(name, tuple(shape)) for name, shape in described["parameters"]]
    if make_model is not None:
        model = make_first_model(make_model, seed, parameters.dtype).model
        if _named_shapes(model) != wanted:
            raise ReplicasError(
                "make_model",
                expected=f"a model with the parameters {_spoken(wanted)}, as in {path}",
                got=_spoken(_named_shapes(model)),
            )
        return model
    if described["layers"] is None:
        raise ReplicasError(
            "make_model",
            expected=f"the function that made the models in {path}, which describes no architecture",
            got="None",
            fix="Write Runs.load(path, make_model).",
        )
    layers = layers_of(described["layers"])
    if Network(tuple(layers)).parameter_count != numbers:  # known before memory is taken for them
        raise unusable(path, f"layers that have not {numbers:,} parameters")
    made = model_of(layers).to(parameters.dtype)
    if _named_shapes(made) != wanted:
        raise unusable(path, "layers with other parameters than those that are named")
    return made


def _read_members(path: Path) -> dict[str, bytes]:
    if not path.is_file():
        raise ReplicasError(f"{path}", expected="a file that Runs.save wrote", got="no such file")
    _require_room(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if set(members) != {_ABOUT, _TABLE, _TENSORS}:
                raise unusable(path, f"a zip of {', '.join(sorted(members)[:5]) or 'nothing'}")
            if any(info.compress_type != zipfile.ZIP_STORED for info in members.values()):
                raise unusable(path, "compressed members")
            if members[_ABOUT].file_size > _MOST_ABOUT_BYTES:
                raise unusable(path, f"a {_ABOUT} of {members[_ABOUT].file_size:,} bytes")
            return {name: archive.read(name) for name in members}
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise unusable(path, str(error)) from error


def _require_room(path: Path) -> None:
    """Refuse a file that takes more memory than is free: once as it is read, once as the arrays that it becomes."""
    needed, free = 2 * path.stat().st_size, free_memory_bytes(torch.device("cpu"))
    if needed > _SMALL_BYTES and free is not None and needed > free:
        raise ReplicasError(
            f"{path}",
            expected=f"a file that takes at most the {free:,} bytes of memory that are free",
            got=f"one that takes {needed:,}",
        )


def _named_shapes(model: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    layout = FlatParameters(model)
    return list(zip(layout.names, layout.shapes, strict=True))


def _spoken(parameters: list[tuple[str, tuple[int, ...]]]) -> str:
    return ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in parameters)
