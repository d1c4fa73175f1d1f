"""Files that come back damaged: whatever was done to one, it is read or refused in a sentence, never in a raw error."""

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save

from looplab.comparison.predict import predict
from looplab.comparison.saved import _digest, read_model
from looplab.course.answers import read_progress
from looplab.course.answers.progress import progress_and_trouble, record
from looplab.errors import CompareError, ExperimentError, FileError, LooplabError
from looplab.experiments import ExperimentFile, find_file, load_ledger
from looplab.files import parsed, read_bounded

DEEP = json.loads("[" * 500 + "]" * 500)
OTHERS: tuple[Any, ...] = (None, True, -1, 0, 7, 0.5, 1e300, 2**70, "x", "", "\x1b[31m", [], {}, [[]], DEEP)
TABLE = pd.DataFrame(
    {"x": [1.0, 2.0, 3.0], "kind": ["a", "b", "c"], "post code": ["1", "2", "9"], "d": ["1.2.2024"] * 3}
)

PROGRESS = {"exercises": {"9.9.1": {"attempts": 3, "passed": "2026-01-02T03:04:05+00:00"}}}
MODEL = {
    "format": 4,
    "arm": "linear",
    "task": "regression",
    "target_names": ["y"],
    "scale": [1.0, 2.0],
    "readings": {
        "x": {"kind": "number", "missing": ["na"], "decimal": ".", "thousands": "", "whole": False},
        "d": {"kind": "date", "missing": [], "format": "%d.%m.%Y"},
        "kind": {"kind": "category", "missing": [], "numbered": False, "declared": False},
        "post code": {"kind": "category", "missing": [], "numbered": True, "declared": False},
    },
    "preparation": {
        "numbers": [["x", 2.0, 1.0, 2.0, 0.8], ["d", 19000.0, 1.0, 19000.0, 5.0]],
        "texts": [["kind", ["a", "b"]]],
        "encoded": [["post code", ["1", "2"], [[0.5], [-0.5]], [0.0]]],
    },
    "widths": [],
    "pairs": [],
    "log": False,
    "ranges": {"x": [1.0, 3.0], "d": [19000.0, 20000.0]},
}
FEATURES = 5


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The learner's folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LOOPLAB_HOME", str(folder))
    return folder


def damages(document: Any) -> Iterator[tuple[str, bytes, bool]]:
    """What can happen to a document: a label, the file's bytes, and whether it must be refused."""
    whole = json.dumps(document).encode()
    random = np.random.default_rng(0)
    for at in random.integers(1, len(whole), 12):
        yield f"cut at {at}", whole[:at], True
        flipped = bytearray(whole)
        flipped[at] ^= 1 << int(random.integers(8))
        yield f"bit flipped at {at}", bytes(flipped), False
    yield "deeper than any reader follows", b'{"exercises":' + b"[" * 100_000, True
    yield "no text", b"\xff\xfe\x00", True
    for path in paths(document):
        shown = "/".join(map(str, path))
        yield f"{shown} missing", json.dumps(changed(document, path)).encode(), False
        yield f"{shown} NaN", json.dumps(changed(document, path, float("nan"))).encode(), True
        yield f"{shown} beyond numbers", json.dumps(changed(document, path, "@")).replace('"@"', "1e999").encode(), True
        for other in OTHERS:
            is_other_kind = isinstance(other, list | dict) != isinstance(at_path(document, path), list | dict)
            must = is_other_kind or other is DEEP
            yield f"{shown} = {str(other)[:20]!r}", json.dumps(changed(document, path, other)).encode(), must


def paths(document: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value of a document."""
    if above:
        yield above
    items = document.items() if isinstance(document, dict) else enumerate(document) if type(document) is list else ()
    for key, value in items:
        yield from paths(value, (*above, key))


def at_path(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


_NOTHING = object()


def changed(document: Any, path: tuple[Any, ...], value: Any = _NOTHING) -> Any:
    """A copy with another value, or none, at the end of a way."""
    copy = json.loads(json.dumps(document))
    inner = at_path(copy, path[:-1])
    if value is _NOTHING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copy


def report_of_few() -> dict[str, Any]:
    """An entry of the course's own ledger, with few seeds so that it is short."""
    file = experiment()
    entry: dict[str, Any] = json.loads(file.entry.read_text(encoding="utf-8"))
    entry["seeds"]["count"] = 3
    return entry | {"arms": [arm | {"values": arm["values"][:3]} for arm in entry["arms"]]}


def write_model(path: Path, description: bytes) -> None:
    """A saved model whose digest is right, as a forger would write it."""
    tensors = {"weights": torch.ones(2, FEATURES, 1), "biases": torch.zeros(2, 1)}
    text = description.decode(errors="surrogateescape").encode(errors="replace").decode()
    path.write_bytes(save(tensors, {"looplab": text, "digest": _digest(tensors, text)}))


@cache
def experiment() -> ExperimentFile:
    return find_file("zero-grad-order")


def read_ledger(path: Path) -> None:
    report = load_ledger(experiment(), path)
    assert report.summary()
    assert report.arms[0].failure_rate()


@pytest.mark.filterwarnings("ignore::looplab.errors.TableWarning")
@pytest.mark.parametrize("kind", ["progress", "ledger", "model"])
def test_whatever_happens_to_a_file_it_is_read_or_refused_in_a_sentence(kind: str, tmp_path: Path, home: Path) -> None:
    documents: dict[str, tuple[Any, Callable[[Path], object]]] = {
        "progress": (PROGRESS, lambda path: None),
        "ledger": (report_of_few(), read_ledger),
        "model": (MODEL, lambda path: predict(path, TABLE)),
    }
    document, read = documents[kind]
    path, tried, refused = tmp_path / "file.safetensors", 0, 0
    for label, content, must in damages(document):
        if kind == "progress":
            was_refused = _progress_is_set_aside(home, content)
        else:
            path.write_bytes(content) if kind == "ledger" else write_model(path, content)
            was_refused = _is_refused(read, path, label)
        assert was_refused or not must, label
        tried, refused = tried + 1, refused + was_refused
    assert tried > 60
    assert refused > tried / 2


def test_the_files_are_read_as_long_as_nothing_happened_to_them(tmp_path: Path, home: Path) -> None:
    entry, model = tmp_path / "entry.json", tmp_path / "model.safetensors"
    entry.write_text(json.dumps(report_of_few()))
    read_ledger(entry)
    write_model(model, json.dumps(MODEL).encode())
    with pytest.warns(match="training had not seen"):
        assert len(predict(model, TABLE)) == 3
    home.mkdir()
    (home / "progress.json").write_text(json.dumps(PROGRESS))
    assert read_progress()["9.9.1"].attempts == 3


@pytest.mark.parametrize("kind", ["ledger", "model"])
def test_another_version_is_named(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if kind == "ledger":
        path.write_text(json.dumps(report_of_few() | {"format": 9}))
        with pytest.raises(ExperimentError, match="format 9 instead of 1"):
            read_ledger(path)
    else:
        write_model(path, json.dumps(MODEL | {"format": 9}).encode())
        with pytest.raises(CompareError, match=r"expected format 4, got 9\. Save it again"):
            read_model(path)


@pytest.mark.parametrize(
    "tensors",
    [
        {"weights": torch.full((2, FEATURES, 1), torch.nan), "biases": torch.zeros(2, 1)},
        {"weights": torch.full((2, FEATURES, 1), torch.inf), "biases": torch.zeros(2, 1)},
        {"weights": torch.zeros(2, FEATURES, 1), "biases": torch.zeros(3, 1)},
        {"weights": torch.zeros(0, FEATURES, 1), "biases": torch.zeros(0, 1)},
        {"weights": torch.zeros(2, FEATURES, 1, dtype=torch.bfloat16), "biases": torch.zeros(2, 1)},
        {"weights": torch.zeros(2, FEATURES, 1, dtype=torch.int64), "biases": torch.zeros(2, 1)},
        {"weights": torch.zeros(()), "biases": torch.zeros(())},
        {},
    ],
)
def test_parameters_that_are_no_models_are_refused(tensors: dict[str, torch.Tensor], tmp_path: Path) -> None:
    path, text = tmp_path / "model", json.dumps(MODEL)
    digest = "" if any(tensor.dtype == torch.bfloat16 for tensor in tensors.values()) else _digest(tensors, text)
    path.write_bytes(save(tensors, {"looplab": text, "digest": digest}))
    with pytest.raises(CompareError, match=r"got one that was cut short or altered \((parameters|another)"):
        read_model(path)


def test_a_file_that_is_none_or_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 101)
    os.mkfifo(tmp_path / "pipe")
    for path, words in ((tmp_path / "large", "at most 100 bytes"), (tmp_path / "pipe", "a pipe"), (tmp_path, "folder")):
        with pytest.raises(FileError, match=words):
            read_bounded(path, most_bytes=100)
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "none", most_bytes=100)
    assert read_bounded(tmp_path / "large", most_bytes=101) == b"x" * 101


def test_what_is_nested_too_deeply_is_said() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parsed("[" * 100_000, Any)


def _is_refused(read: Callable[[Path], object], path: Path, label: str) -> bool:
    said = ""
    try:
        read(path)
    except LooplabError as error:
        said = str(error)
    assert "\n" not in said, label
    return bool(said)


def _progress_is_set_aside(home: Path, content: bytes) -> bool:
    """Whether the file cannot be understood; then nothing stands in the way, and what was there is kept."""
    home.mkdir(exist_ok=True)
    (home / "progress.json").write_bytes(content)
    known, trouble = progress_and_trouble()
    assert all(entry.passed is None or entry.passed.astimezone() for entry in known.values())
    before, said = len(list(home.glob("progress.unreadable-*"))), record("9.9.2", passed=True)
    assert read_progress()["9.9.2"].attempts == 1 or not trouble
    assert bool(said) == bool(trouble) == (len(list(home.glob("progress.unreadable-*"))) == before + 1)
    return bool(trouble)
