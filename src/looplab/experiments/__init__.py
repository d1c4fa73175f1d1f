"""Experiments: questions about training, answered over hundreds of seeds with an interval and a verdict.

An experiment is a Python file that defines `experiment`, named after the experiment's id with underscores for hyphens:
one of the course's, known by its id, or one of your own.

    from looplab import experiments

    report = experiments.run("my_experiment.py", seeds=256)
    report.verdict                       # "holds", "refuted" or "undecided"
    report.table() # one row per arm
    report.figure()                      # every seed's measure, arm by arm
    experiments.save_report(report, "measured/my-experiment.json")
"""

from typing import TYPE_CHECKING

from looplab.lazy import lazy_names

if TYPE_CHECKING:
    from looplab.experiments import measures, rules
    from looplab.experiments.evidence import Evidence
    from looplab.experiments.experiment import Arm, Experiment, Trial
    from looplab.experiments.finding import (
        ExperimentFile,
        experiment_files,
        find_experiment,
        find_file,
        find_files,
        list_experiments,
    )
    from looplab.experiments.ledger import is_stale, ledger_path, load_ledger, save_report
    from looplab.experiments.report import ArmResult, Report
    from looplab.experiments.rules import Rule
    from looplab.experiments.running import run
    from looplab.experiments.shares import Share, shares_of
    from looplab.experiments.template import new_experiment
    from looplab.experiments.verification import Verification, unverifiable, verify
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "looplab.experiments.experiment": ["Arm", "Experiment", "Trial"],
            "looplab.experiments.finding": [
                "ExperimentFile",
                "experiment_files",
                "find_experiment",
                "find_file",
                "find_files",
                "list_experiments",
            ],
            "looplab.experiments.ledger": ["is_stale", "ledger_path", "load_ledger", "save_report"],
            "looplab.experiments.report": ["ArmResult", "Report"],
            "looplab.experiments.evidence": ["Evidence"],
            "looplab.experiments.rules": ["Rule"],
            "looplab.experiments.running": ["run"],
            "looplab.experiments.shares": ["Share", "shares_of"],
            "looplab.experiments.template": ["new_experiment"],
            "looplab.experiments.verification": ["Verification", "unverifiable", "verify"],
        },
    )

__all__ = [
    "Arm",
    "ArmResult",
    "Evidence",
    "Experiment",
    "ExperimentFile",
    "Report",
    "Rule",
    "Share",
    "Trial",
    "Verification",
    "experiment_files",
    "find_experiment",
    "find_file",
    "find_files",
    "is_stale",
    "ledger_path",
    "list_experiments",
    "load_ledger",
    "measures",
    "new_experiment",
    "rules",
    "run",
    "save_report",
    "shares_of",
    "unverifiable",
    "verify",
]
