"""The diagnosis as a page of its own: one HTML file, pictures inside."""

import base64
import math
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from looplab.doctor.finding import Finding
from looplab.errors import optional_part

with optional_part("the doctor's page", "figures"):
    from jinja2 import Environment, PackageLoader
    from matplotlib.figure import Figure

    from looplab.figures.style import NETWORK, alternative_text, new_figure, with_alternative_text

__all__ = ["fragment_of", "page_of"]


def page_of(headline: str, findings: Sequence[Finding], losses: Sequence[float], notes: Sequence[str]) -> str:
    """A whole page.

    Args:
        headline: the verdict, in a sentence or two.
        findings: most likely first.
        losses: of each step.
        notes: what could not be looked at.
    """
    return _rendered("page.html.j2", headline, findings, losses, notes)


def fragment_of(headline: str, findings: Sequence[Finding], losses: Sequence[float], notes: Sequence[str]) -> str:
    """The part of it that notebooks show."""
    return _rendered("diagnosis.html.j2", headline, findings, losses, notes)


def _rendered(
    template: str, headline: str, findings: Sequence[Finding], losses: Sequence[float], notes: Sequence[str]
) -> str:
    environment = Environment(loader=PackageLoader("looplab.doctor"), autoescape=True)
    return environment.get_template(template).render(
        headline=headline,
        findings=[(finding, _picture(_lines(finding.series)) if finding.series else None) for finding in findings],
        curve=_picture(_lines({"loss": list(losses)})) if len(losses) > 1 else None,
        notes=notes,
    )


def _lines(series: dict[str, list[float]]) -> Figure:
    """Each series against its own index; what is infinite or NaN leaves a gap."""
    figure, [axes] = new_figure(height=2.6)
    words = []
    for (name, values), dashes in zip(series.items(), ("-", "--", ":", "-.") * len(series), strict=False):
        drawn = [value if math.isfinite(value) else math.nan for value in values]
        axes.plot(range(len(drawn)), drawn, dashes, color=NETWORK, linewidth=1.6, label=name)
        finite = [value for value in drawn if math.isfinite(value)]
        gaps = f", {len(drawn) - len(finite)} without a number" if len(finite) < len(drawn) else ""
        words.append(f"{name}: {finite[0]:.3g} to {finite[-1]:.3g} over {len(drawn)} values{gaps}" if finite else name)
    positive = all(value > 0 for values in series.values() for value in values if math.isfinite(value))
    largest = [value for values in series.values() for value in values if math.isfinite(value)]
    if positive and largest and max(largest) > 50 * min(largest):
        axes.set_yscale("log")
    axes.set_xlabel("step, epoch or row, in order")
    axes.set_title(next(iter(series)) if len(series) == 1 else "", loc="left")
    if len(series) > 1:
        axes.legend()
    return with_alternative_text(figure, f"Line chart. {'; '.join(words)}.")


def _picture(figure: Figure) -> dict[str, Any]:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return {"data": base64.b64encode(buffer.getvalue()).decode(), "alt": alternative_text(figure)}
