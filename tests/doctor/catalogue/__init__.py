"""Broken trainings, each with its repaired twin, and healthy ones that look odd: what the doctor is judged by.

Each module holds the cases of one family of faults (`data_…`, `shapes`, `loss`, `model_…`, `optimizer_…`, `loop_…`) or
healthy trainings (`healthy_…`), and is found by itself. `CASES[id]` is a case; `case.build()` gives its training,
`case.build_repaired()` the twin. The names of faults and the call of a step are those of `looplab.doctor`.
"""

import importlib
import pkgutil

from .registry import Case, Training, found

__all__ = ["CASES", "FAULTY", "HEALTHY", "Case", "Training"]

for module in pkgutil.iter_modules(__path__):
    importlib.import_module(f".{module.name}", __package__)

CASES: dict[str, Case] = {case.id: case for case in found()}
FAULTY = tuple(case for case in CASES.values() if case.faults)
HEALTHY = tuple(case for case in CASES.values() if not case.faults)
