"""A project of the learner's own, and a check of what an honest answer rests on.

`new_capstone` makes its folder, `keep` puts evidence there, `check_capstone` says what is missing: `docs/capstone.md`.
Names are loaded when they are first used.
"""

from typing import TYPE_CHECKING

from looplab.lazy import lazy_names

if TYPE_CHECKING:
    from looplab.capstone.keeping import keep
    from looplab.capstone.making import new_capstone
    from looplab.capstone.plan import Plan, read_plan
    from looplab.capstone.rubric import Checked, Item, check_capstone
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "looplab.capstone.keeping": ["keep"],
            "looplab.capstone.making": ["new_capstone"],
            "looplab.capstone.plan": ["Plan", "read_plan"],
            "looplab.capstone.rubric": ["Checked", "Item", "check_capstone"],
        },
    )

__all__ = ["Checked", "Item", "Plan", "check_capstone", "keep", "new_capstone", "read_plan"]
