"""Exercises of lesson 2.3, "A simple neural network from scratch": a stable loss, a second hidden layer, a softmax."""

from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["check_gradients_of_three_layers", "check_softmax_loss", "check_stable_loss"]

_NAMES = ("dW1", "db1", "dW2", "db2", "dW3", "db3")


def check_stable_loss(stable_loss: Any) -> None:
    """2.3.1: the mean binary cross-entropy, for ordinary scores and for large ones."""
    z, y = torch.tensor([[0.0], [1.5], [-2.0], [0.5]]), torch.tensor([[1.0], [0.0], [0.0], [1.0]])
    right = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    found = expect_tensor(call(stable_loss, z, y), shape=(), name="stable_loss(z, y)")
    if _close(found, 4 * right):
        raise WrongAnswer("stable_loss is the sum over the rows, expected the mean.")
    if _close(found, -right):
        raise WrongAnswer("stable_loss has the wrong sign: a loss is never below 0 here.")
    expect_close(found, right, name="stable_loss(z, y)", hint="It is max(0, z) − z·y + ln(1 + e^−|z|), the mean of it.")
    large, targets = torch.tensor([[100.0], [-100.0], [200.0]]), torch.tensor([[0.0], [1.0], [1.0]])
    found = expect_tensor(call(stable_loss, large, targets), shape=(), name="stable_loss of large scores")
    hint = "e^100 is beyond float32, and ln 0 is −∞: take the large part out before the exponential."
    if not torch.isfinite(found):
        raise WrongAnswer(f"stable_loss of the scores 100, −100 and 200 is {found.item():g}, expected 66.67. {hint}")
    expect_close(found, 200 / 3, tolerance=1e-3, name="stable_loss of the scores 100, −100 and 200", hint=hint)


def check_gradients_of_three_layers(gradients_of_three_layers: Any) -> None:
    """2.3.2: six gradients, against autograd, for layers of different widths."""
    X, y = torch.randn(7, 2), torch.tensor([[1.0], [0.0], [0.0], [1.0], [1.0], [0.0], [1.0]])
    shapes = [(2, 5), (5,), (5, 4), (4,), (4, 1), (1,)]
    parameters = [torch.randn(shape) for shape in shapes]
    result = call(gradients_of_three_layers, X, y, *parameters)
    if not isinstance(result, tuple | list) or len(result) != len(_NAMES):
        got = f"{len(result)} values" if isinstance(result, tuple | list) else kind_in_words(result)
        raise WrongAnswer(f"gradients_of_three_layers returned {got}, expected the six {', '.join(_NAMES)}.")
    right, slopeless = _six_gradients(X, y, parameters, relu=True), _six_gradients(X, y, parameters, relu=False)
    for name, found, gradient, wrong in reversed(list(zip(_NAMES, result, right, slopeless, strict=True))):
        expect_tensor(found, shape=gradient.shape, name=name)
        if _close(found, len(X) * gradient):
            raise WrongAnswer(f"{name} is {len(X)} times too large: the loss is a mean over the N rows, so dz has 1/N.")
        if not _close(wrong, gradient) and _close(found, wrong):
            raise WrongAnswer(f"{name} is not right: somewhere behind it the slope of ReLU, 1 or 0, is missing.")
        expect_close(found, gradient, name=name, hint="dA of a layer is (dA of the next, times Wᵀ) ⊙ (A > 0).")


def _six_gradients(X: Tensor, y: Tensor, parameters: list[Tensor], *, relu: bool) -> list[Tensor]:
    """In the parameters' order; without `relu`, the slopes of ReLU are taken as 1 on the way back."""
    W1, b1, W2, b2, W3, b3 = parameters
    A1 = X @ W1 + b1
    A2 = A1.clamp(min=0) @ W2 + b2
    dz = (torch.sigmoid(A2.clamp(min=0) @ W3 + b3) - y) / len(X)
    dA2 = dz @ W3.T * ((A2 > 0) if relu else 1)
    dA1 = dA2 @ W2.T * ((A1 > 0) if relu else 1)
    pairs = ((X, dA1), (A1.clamp(min=0), dA2), (A2.clamp(min=0), dz))
    return [gradient for h, dA in pairs for gradient in (h.T @ dA, dA.sum(dim=0))]


def check_softmax_loss(softmax_loss: Any) -> None:
    """2.3.3: cross-entropy and its gradient, for ordinary scores and for large ones."""
    z = torch.tensor([[0.0, 1.0, -1.0], [2.0, 0.5, 0.5], [-1.0, 0.0, 3.0], [0.3, 0.2, 0.1]])
    _check_softmax(softmax_loss, z, torch.tensor([1, 0, 0, 2]), "ordinary")
    _check_softmax(softmax_loss, torch.tensor([[200.0, 0.0], [-300.0, -310.0]]), torch.tensor([1, 0]), "large")


def _check_softmax(softmax_loss: Any, z: Tensor, labels: Tensor, kind: str) -> None:
    result = call(softmax_loss, z, labels)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise WrongAnswer(f"softmax_loss returned {kind_in_words(result)}, expected the two (loss, dz).")
    scores = z.clone().requires_grad_()
    right = torch.nn.functional.cross_entropy(scores, labels)
    (gradient,) = torch.autograd.grad(right, scores)
    loss = expect_tensor(result[0], shape=(), name=f"the loss of {kind} scores")
    dz = expect_tensor(result[1], shape=z.shape, name=f"dz of {kind} scores")
    if not (torch.isfinite(loss) and torch.isfinite(dz).all()):
        raise WrongAnswer(
            f"softmax_loss of {kind} scores gives {loss.item():g} and a dz that is {_finite(dz)}: subtract each row's "
            "largest score first, and take the logarithm of the sum rather than of a probability that may be 0."
        )
    if _close(loss, len(z) * right.detach()):
        raise WrongAnswer("The loss is the sum over the rows, expected the mean.")
    expect_close(
        loss, right.detach(), name=f"the loss of {kind} scores", hint="It is −ln p of the true class, the mean."
    )
    if _close(dz, len(z) * gradient):
        raise WrongAnswer("dz lacks the 1/N: the loss is a mean over the rows.")
    if _close(dz, torch.softmax(z, dim=1) / len(z)):
        raise WrongAnswer("dz is p/N for all classes: subtract 1 from p where the class is the true one.")
    expect_close(
        dz, gradient, name=f"dz of {kind} scores", hint="It is (p − 1 for the true class, p for the others)/N."
    )


def _finite(values: Tensor) -> str:
    return "finite" if torch.isfinite(values).all() else "not finite"


def _close(left: Tensor, right: Tensor) -> bool:
    return torch.allclose(left.detach().to(right), right, atol=1e-4)


_THREE_LAYERS = """
import torch
def gradients_of_three_layers(X, y, W1, b1, W2, b2, W3, b3):
    A1 = X @ W1 + b1
    h1 = A1.clamp(min=0)
    A2 = h1 @ W2 + b2
    h2 = A2.clamp(min=0)
    dz = (torch.sigmoid(h2 @ W3 + b3) - y){mean}
    dA2 = (dz @ W3.T){slope2}
    dA1 = (dA2 @ W2.T){slope1}
    return X.T @ dA1, dA1.sum(dim=0), h1.T @ dA2, dA2.sum(dim=0), h2.T @ dz, {last}
"""
_SOFTMAX = """
import torch
def softmax_loss(z, labels):
    shifted = {shifted}
    p = torch.exp(shifted) / torch.exp(shifted).sum(dim=1, keepdim=True)
    log_p = {log_p}
    true = torch.nn.functional.one_hot(labels, z.shape[1])
    return -(log_p * true).sum(dim=1).mean(), {dz}
"""


def _three_layers(
    message: str, mean: str = " / len(X)", slope2: str = " * (A2 > 0)", slope1: str = " * (A1 > 0)",
    last: str = "dz.sum(dim=0)",
) -> Planted:  # fmt: skip
    return Planted(source=_THREE_LAYERS.format(mean=mean, slope2=slope2, slope1=slope1, last=last), message=message)


def _softmax(
    message: str, shifted: str = "z - z.max(dim=1, keepdim=True).values", dz: str = "(p - true) / len(z)",
    log_p: str = "shifted - torch.log(torch.exp(shifted).sum(dim=1, keepdim=True))",
) -> Planted:  # fmt: skip
    return Planted(source=_SOFTMAX.format(shifted=shifted, dz=dz, log_p=log_p), message=message)


EXERCISES = (
    Exercise(
        id="2.3.1",
        title="A loss that does not overflow",
        answer="stable_loss",
        check=check_stable_loss,
        wrong=(
            Planted(
                source="""
                import torch
                def stable_loss(z, y):
                    return (torch.log(1 + torch.exp(z)) - z * y).mean()
                """,
                message="e^100 is beyond float32",
            ),
            Planted(
                source="""
                import torch
                def stable_loss(z, y):
                    return (z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))).sum()
                """,
                message="the sum over the rows, expected the mean",
            ),
            Planted(
                source="""
                import torch
                def stable_loss(z, y):
                    p = torch.sigmoid(z)
                    return (y * torch.log(p + 1e-12) + (1 - y) * torch.log(1 - p + 1e-12)).mean()
                """,
                message="wrong sign",
            ),
            Planted(
                source="""
                import torch
                def stable_loss(z, y):
                    z.clamp_(-30, 30)
                    return (torch.log(1 + torch.exp(z)) - z * y).mean()
                """,
                message="z was changed in place",
            ),
        ),
    ),
    Exercise(
        id="2.3.2",
        title="Add a second hidden layer",
        answer="gradients_of_three_layers",
        check=check_gradients_of_three_layers,
        wrong=(
            _three_layers("the slope of ReLU, 1 or 0, is missing", slope1="", slope2=""),
            _three_layers("7 times too large", mean=""),
            _three_layers("db3 has shape (), expected (1,)", last="dz.sum()"),
            _three_layers("expected the six dW1", last="dz.sum(dim=0), None"),
        ),
    ),
    Exercise(
        id="2.3.3",
        title="A softmax output",
        answer="softmax_loss",
        check=check_softmax_loss,
        wrong=(
            _softmax("subtract each row's largest score first", shifted="z"),
            _softmax("dz lacks the 1/N", dz="p - true"),
            _softmax("subtract 1 from p where the class is the true one", dz="p / len(z)"),
            _softmax("expected (4, 3)", dz="(p - true).mean(dim=0)"),
        ),
    ),
)
