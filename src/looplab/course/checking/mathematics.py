r"""Checks that a formula will be shown: two LaTeX parsers, each of which catches what the other lets pass.

pylatexenc finds unbalanced braces, missing arguments and environments that do not match. latex2mathml finds a `\left`
without its `\right`, doubled sub- and superscripts, and commands that it does not know.
"""

import re
from collections.abc import Iterator

from latex2mathml.converter import convert
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexMacroNode, LatexNode, LatexWalker, LatexWalkerParseError

from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson

__all__ = ["formula_fault", "math_faults"]

ENVIRONMENTS = frozenset(
    [
        *("align", "align*", "aligned", "alignedat", "equation", "equation*", "gather", "gather*", "gathered", "split"),
        *("array", "bmatrix", "Bmatrix", "cases", "matrix", "pmatrix", "smallmatrix", "vmatrix", "Vmatrix"),
    ]
)
SHOWN_ALTHOUGH_UNKNOWN = frozenset({"arg"})  # MathJax shows it, but latex2mathml does not know it
KNOWN_ALTHOUGH_NOT_SHOWN = frozenset({"argmax", "argmin"})  # latex2mathml knows them, but MathJax does not show them
WORDS = {
    "ExtraLeftOrMissingRightError": r"\left without \right, or \right without \left",
    "DoubleSubscriptsError": "two subscripts on one symbol",
    "DoubleSuperscriptsError": "two superscripts on one symbol",
    "MissingSuperScriptOrSubscriptError": "nothing after ^ or _",
    "NoAvailableTokensError": "something is missing at its end",
}


def math_faults(lesson: Lesson) -> Iterator[Fault]:
    """What is wrong with the formulas, and paragraphs with a dollar sign that never finds its partner."""
    for formula in lesson.formulas:
        reason = formula_fault(formula.source)
        if reason:
            yield Fault(lesson.path, formula.line, f"the formula '{_short(formula.source)}' does not parse: {reason}")


def formula_fault(source: str) -> str:
    r"""Why a formula would not be shown; empty if it would.

    >>> formula_fault(r"\frac{a}{b}")
    ''
    >>> formula_fault(r"\left( x")
    '\\left without \\right, or \\right without \\left'
    """
    if not source.strip():
        return "it is empty"
    try:
        nodes, _, _ = LatexWalker(source, tolerant_parsing=False).get_latex_nodes()
    except LatexWalkerParseError as error:
        return _sentence(error)
    try:
        shown = convert(source)
    except Exception as error:  # noqa: BLE001 - its errors share no base class
        return WORDS.get(type(error).__name__, _words(type(error).__name__))
    unknown = set(re.findall(r"\\([A-Za-z]+)", shown)) - SHOWN_ALTHOUGH_UNKNOWN
    for node in _walk(nodes):
        if isinstance(node, LatexEnvironmentNode) and node.environmentname not in ENVIRONMENTS:
            return f"unknown environment '{node.environmentname}'"
        if isinstance(node, LatexMacroNode) and node.macroname in unknown | KNOWN_ALTHOUGH_NOT_SHOWN:
            return f"unknown command '\\{node.macroname}'"
    return ""


def _sentence(error: LatexWalkerParseError) -> str:
    return str(error.msg).rstrip(". ")


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Error")).lower()


def _walk(nodes: list[LatexNode | None]) -> Iterator[LatexNode]:
    for node in nodes:
        if node is None:
            continue
        yield node
        arguments = getattr(node, "nodeargd", None)
        yield from _walk(list(getattr(arguments, "argnlist", None) or []))
        yield from _walk(list(getattr(node, "nodelist", None) or []))


def _short(source: str) -> str:
    text = " ".join(source.split())
    return text if len(text) <= 40 else f"{text[:39]}…"
