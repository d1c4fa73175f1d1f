"""Experiments: questions about training, answered over hundreds of seeds with an interval and a verdict.

An experiment is a module of `looplab.experiments.catalogue` that defines `experiment`; adding one is adding a file
whose name is the experiment's id with underscores for hyphens.

    from looplab import experiments

    report = experiments.run("activation-on-sine", seeds=256)
    report.verdict                       # "holds", "refuted" or "undecided"
    report.table()                       # one row an arm
    report.figure()                      # every seed's measure, arm by arm
    report.save("activation-on-sine.json")
"""

from looplab.experiments.experiment import Arm, Experiment, Trial
from looplab.experiments.ledger import is_stale, ledger_folder, ledger_path, load_ledger
from looplab.experiments.registry import find_experiment, list_experiments
from looplab.experiments.report import ArmResult, Report
from looplab.experiments.rules import Evidence, Rule
from looplab.experiments.running import run
from looplab.experiments.verification import Verification, verify

__all__ = [
    "Arm",
    "ArmResult",
    "Evidence",
    "Experiment",
    "Report",
    "Rule",
    "Trial",
    "Verification",
    "find_experiment",
    "is_stale",
    "ledger_folder",
    "ledger_path",
    "list_experiments",
    "load_ledger",
    "run",
    "verify",
]
