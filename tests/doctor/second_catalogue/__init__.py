"""A second set of broken trainings, repaired twins and odd healthy ones, kept from those who write the doctor's rules.

Each module holds the cases of one family; `odd_…` modules hold healthy ones. `CASES[id]` is a case: `case.build()`
gives its training, `case.build_repaired()` the twin. The fields of a training are handed to `looplab.doctor.examine`.
"""

from . import loops, losses, nets, odd_data, odd_training, optimizers, outputs, rates, rows, starts
from .training import Case, Training, found

__all__ = ["CASES", "FAULTY", "HEALTHY", "MODULES", "Case", "Training"]

MODULES = (loops, losses, nets, odd_data, odd_training, optimizers, outputs, rates, rows, starts)
CASES = found()
FAULTY = tuple(case for case in CASES.values() if case.faults)
HEALTHY = tuple(case for case in CASES.values() if not case.faults)
