"""The frameworks are loaded when a callback is asked for, and where one is missing, that is said in a sentence."""

import subprocess
import sys

import pytest

CALLBACKS = {"LightningWatch": "pytorch_lightning", "SkorchWatch": "skorch", "TransformersWatch": "transformers"}


def said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("name", "package"),
    [*CALLBACKS.items(), ("LightningWatch", "lightning_utilities"), ("TransformersWatch", "accelerate")],
)
def test_a_missing_package_is_said_in_a_sentence(name: str, package: str) -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys(({package!r}, "lightning")))
import looplab.doctor
from looplab.errors import MissingExtraError
try:
    looplab.doctor.{name}
except MissingExtraError as error:
    print(error)
"""
    extra = name.removesuffix("Watch").lower()
    assert said(code) == (
        f"looplab.doctor.{name} needs the optional part '{extra}'. Install it with: pip install 'looplab[{extra}]'"
    )


def test_none_is_loaded_by_whoever_asks_for_no_callback() -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys({[*CALLBACKS.values(), "lightning", "accelerate"]!r}))
from looplab.doctor import *
import inspect, looplab.doctor
print(len(inspect.getmembers(looplab.doctor)) > 0, watch.__name__)
"""
    assert said(code) == "True watch"
