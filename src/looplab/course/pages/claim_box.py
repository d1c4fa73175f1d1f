"""The box of a claim on a page: one line and the distribution at a glance; all else on demand."""

from looplab.course.pages.claims import Measured
from looplab.course.pages.static_figures import figure_box
from looplab.course.pages.strip import claim_strip

__all__ = ["claim_box"]


def claim_box(found: Measured, sentence: str) -> str:
    """The verdict, the sentence, the number of seeds and a strip of the distribution, for Sphinx.

    What opens below it needs no script: the evidence with its intervals, the large figure, the table, and the command
    that measures the claim again.

    Args:
        found: the claim and what was measured.
        sentence: as it is to be shown.
    """
    evidence = "\n".join(f"- {each}" for each in found.evidence)
    says_so = sentence.startswith("Expected")
    expected = "<em>Expected:</em> " if found.claim.said and not says_so else ""
    seeds = f'<span class="claim-seeds">{found.report.seeds} seeds</span>'
    return f"""\
``````{{container}} claim claim-{found.report.verdict}
{{.claim-line}}
<span class="claim-verdict">{found.sign}.</span> {expected}{sentence} {seeds}

{claim_strip(found.report, found.picture.alt)}

<details class="claim-more"><summary>Intervals, numbers, large figure, and how to measure it again</summary>

{found.lead}

{evidence}

{figure_box(found.picture.svg, found.picture.caption)}

{found.table}

{found.measure} {found.conditions}

Measure it again: `{found.rerun}`

</details>
``````"""
