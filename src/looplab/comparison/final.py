"""An arm that learns from all rows of a table: the model to keep."""

from looplab.comparison.folds import share_out
from looplab.comparison.measure import fit_final
from looplab.comparison.plan import Plan
from looplab.comparison.prepare import prepare
from looplab.comparison.result import FinalModel
from looplab.comparison.table import Table
from looplab.sweeps.workers import ExecutorLike

__all__ = ["learn"]


def learn(table: Table, arm: str, plan: Plan, executor: ExecutorLike | None = None) -> FinalModel:
    """The arm as `compare` saves it, without what it missed on rows that it had not learnt from.

    Args:
        table: the rows.
        arm: a key of `looplab.comparison.measure.ARMS`.
        plan: its seeds fix how many networks there are, its seed what is drawn.
        executor: who trains the networks; None for this process.
    """
    whole = prepare(table, share_out(table, plan), plan.seed).whole
    fitted = fit_final(whole, arm, plan.seeds, executor)
    return FinalModel(arm=arm, fitted=fitted, preparation=whole.preparation, scale=whole.scale)
