"""What became of the ledger's verdicts with other seeds and on one core, as a paragraph of README.md."""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["claim_stability"]


def claim_stability(report: Mapping[str, Any]) -> str:
    """How many claims came out the same, undecided or turned, and what one core changed."""
    claims, undecided = report["claims"], report["undecided"]
    never = [id_ for id_ in undecided if {each["verdict"] for each in claims[id_]["sets"]} == {"undecided"}]
    alone = report["other verdict on one core"]
    alone = report["other verdict on one core"]
    text = (
        f"Of {len(claims)} claims, {_none_or(report['turned'])} turned from true to false or back. "
        f"{len(report['same'])} came out as in the ledger with each of the {report['sets']} sets; {len(undecided)} "
        "were left undecided by one or more of them, most of which have fewer seeds than the ledger: "
        f"{_named(undecided)}. Decided by no set: {_none_or(never)}. On one core, {_none_or(alone)} had another "
        f"verdict, and {len(report['same numbers on one core'])} gave the same numbers to the last bit; the others "
        "measure seconds, or train where the order of sums depends on the cores."
    )
    return "\n".join(textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False))


def _none_or(ids: list[str]) -> str:
    """None, or how many and which."""
    return f"{len(ids)} ({_named(ids)})" if ids else "none"


def _named(ids: Iterable[str]) -> str:
    return ", ".join(f"`{id_}`" for id_ in ids)
