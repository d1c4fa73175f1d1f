"""Formulas that would be shown pass, others are told why they would not."""

import pytest

from looplab.course.checking.mathematics import formula_fault

SHOWN = [
    r"\frac{a}{b}",
    r"\left( x \right)",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
    r"\operatorname{ReLU}(x) = \max(0, x)",
    r"\underbrace{W_1 W_2}_{W} + \mathbb{R}^{N \times D}",
    r"\arg\max_x f(x)",
    r"\text{if } x > 0, \quad \lVert x \rVert, \tfrac12, \sigma'(z), W^\top",
]
NOT_SHOWN = {
    " ": "it is empty",
    r"\frac{a}{b": "Unexpected end of stream, was expecting '}'",
    "a}b": "Unexpected mismatching closing brace: '}'",
    r"\left( x": r"\left without \right, or \right without \left",
    r"x \right)": r"\left without \right, or \right without \left",
    r"\begin{foo} x \end{foo}": "unknown environment 'foo'",
    r"\begin{pmatrix} 1": r"Unexpected end of stream, was expecting \end{pmatrix}",
    r"\begin{cases} a \end{case}": "Unexpected mismatching closing environment: 'case'",
    r"\foo x": r"unknown command '\foo'",
    r"a^{\foo}": r"unknown command '\foo'",
    r"\argmax_x": r"unknown command '\argmax'",
    r"\frac{a}": "End of input while parsing arguments of macro",
    "x^": "nothing after ^ or _",
    "x_1_2": "two subscripts on one symbol",
    "x^1^2": "two superscripts on one symbol",
}


@pytest.mark.parametrize("source", SHOWN)
def test_what_is_shown_passes(source: str) -> None:
    assert formula_fault(source) == ""


@pytest.mark.parametrize("source", NOT_SHOWN)
def test_what_is_not_shown_is_told_why(source: str) -> None:
    assert NOT_SHOWN[source] in formula_fault(source)
