"""Real clusters with worker processes of their own, on this machine alone: dask's scheduler and Ray's head.

Each is started, used and ended by a process of its own: what clusters leave behind them is no matter of other tests.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from looplab.errors import MissingExtraError
from looplab.sweeps.engines import engine

SCRIPT = Path(__file__).parent / "processes" / "cluster.py"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "module"), [("dask", "distributed"), ("ray", "ray")])
def test_a_cluster_whose_workers_are_killed(name: str, module: str, tmp_path: Path) -> None:
    pytest.importorskip(module)
    done = subprocess.run([sys.executable, SCRIPT, name, tmp_path], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {"fuses_left": 0, "same": [True, True], "same_losses": [True, True], "failed": 0}
    assert done.stderr.count("is sent out again") >= (3 if name == "ray" else 0)  # dask's scheduler tries again itself


@pytest.mark.parametrize(("name", "module"), [("dask", "distributed"), ("ray", "ray")])
def test_a_cluster_that_is_not_installed_is_a_sentence(name: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'looplab\[{name}\]'"), engine(name):
        pass
