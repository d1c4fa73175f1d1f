"""The rivals of `train_many`: what a careful user would write with PyTorch, `torch.func`, JAX or scikit-learn.

Each maker returns a function that trains the given replicas for the given steps with Adam; everything is compiled and
loaded before the maker returns. All train the same network on the same batches, in float32.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn import functional

from common import Work, seconds_of
from looplab.data import batch_order

__all__ = ["PEERS"]

Training = Callable[[], object]

_BETA1, _BETA2, _EPS = 0.9, 0.999, 1e-8
_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "regression": functional.mse_loss,
    "binary": functional.binary_cross_entropy_with_logits,
    "multiclass": functional.cross_entropy,
}


def pytorch(work: Work, replicas: int, steps: int) -> Training:
    """The textbook loop, one replica after the other, on one thread, with the fastest of torch's three Adams."""

    def train(count: int, adam: dict[str, Any]) -> None:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        for seed in range(replicas):
            _train_one(work, seed, count, adam)
        torch.set_num_threads(threads)

    adams: list[dict[str, Any]] = [{"foreach": False}, {"foreach": True}, {"fused": True}]
    train(3, adams[0])  # torch loads parts of itself in the first step
    fastest = min(adams, key=lambda adam: min(seconds_of(lambda: train(min(30, steps), adam)) for _ in range(3)))
    return lambda: train(steps, fastest)


def _train_one(work: Work, seed: int, steps: int, adam: dict[str, Any]) -> None:
    inputs, targets, loss = work.dataset.inputs, work.dataset.targets, _LOSSES[work.dataset.task]
    torch.manual_seed(seed)
    model = work.make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=work.lr, **adam)
    losses = torch.empty(steps)
    for step, rows in enumerate(batch_order(len(inputs), work.batch_size, steps, seed)):
        X, y = (inputs, targets) if rows is None else (inputs[rows], targets[rows])
        optimizer.zero_grad()
        value = loss(model(X), y)
        value.backward()
        optimizer.step()
        losses[step] = value.detach()


def torch_func(work: Work, replicas: int, steps: int, *, compiled: bool = False) -> Training:
    """`torch.func.vmap` of the gradient, Adam on the stacked parameters; compiled by `torch.compile` if asked for."""
    models = []
    for seed in range(replicas):
        torch.manual_seed(seed)
        models.append(work.make_model())
    initial, _ = stack_module_state(models)
    template, orders = models[0], _orders(work, replicas, steps)
    loss = _LOSSES[work.dataset.task]

    def loss_of(parameters: dict[str, Tensor], X: Tensor, y: Tensor) -> Tensor:
        return loss(functional_call(template, parameters, (X,)), y)

    gradients = vmap(grad(loss_of), in_dims=(0, None, None) if orders is None else (0, 0, 0))

    def step(
        parameters: dict[str, Tensor], first: dict[str, Tensor], second: dict[str, Tensor], X: Tensor, y: Tensor,
        scale: Tensor, root: Tensor,
    ) -> None:  # fmt: skip
        for name, g in gradients(parameters, X, y).items():
            first[name].lerp_(g, 1 - _BETA1)
            second[name].mul_(_BETA2).addcmul_(g, g, value=1 - _BETA2)
            parameters[name].sub_(scale * first[name] / (second[name].sqrt() / root + _EPS))

    take = torch.compile(step) if compiled else step

    def train(count: int = steps) -> None:
        parameters = {name: value.detach().clone() for name, value in initial.items()}
        first = {name: torch.zeros_like(value) for name, value in parameters.items()}
        second = {name: torch.zeros_like(value) for name, value in parameters.items()}
        with torch.no_grad():
            for t in range(count):
                X, y = work.dataset.inputs, work.dataset.targets
                if orders is not None:
                    X, y = X[orders[:, t]], y[orders[:, t]]
                scale = torch.tensor(work.lr / (1 - _BETA1 ** (t + 1)))
                root = torch.tensor((1 - _BETA2 ** (t + 1)) ** 0.5)
                take(parameters, first, second, X, y, scale, root)

    train(3)
    return train


def torch_compile(work: Work, replicas: int, steps: int) -> Training:
    """`torch_func` with the whole step compiled."""
    return torch_func(work, replicas, steps, compiled=True)


def jax(work: Work, replicas: int, steps: int) -> Training:
    """`jit(vmap(scan))`: the whole training compiled by XLA, replicas as a batch dimension."""
    import jax as xla
    import jax.numpy as jnp

    inputs, targets = jnp.asarray(work.dataset.inputs.numpy()), jnp.asarray(work.dataset.targets.numpy())
    orders = _orders(work, replicas, steps)
    σ = {"relu": xla.nn.relu, "tanh": jnp.tanh}[work.activation]
    initial = _jax_parameters(work, replicas)

    def loss_of(parameters: list[tuple[Any, Any]], X: Any, y: Any) -> Any:
        h = X
        for index, (w, b) in enumerate(parameters):
            h = h @ w + b
            h = σ(h) if index + 1 < len(parameters) else h
        if work.dataset.task == "regression":
            return jnp.mean((h - y) ** 2)
        if work.dataset.task == "binary":
            return jnp.mean(jnp.logaddexp(0, h) - h * y)
        return -jnp.mean(jnp.take_along_axis(xla.nn.log_softmax(h), y[:, None], axis=1))

    def one(parameters: Any, order: Any) -> Any:
        def step(state: tuple[Any, Any, Any], t_rows: tuple[Any, Any]) -> tuple[Any, Any]:
            θ, m, v = state
            t, rows = t_rows
            X, y = (inputs, targets) if orders is None else (inputs[rows], targets[rows])
            loss, g = xla.value_and_grad(loss_of)(θ, X, y)
            m = xla.tree.map(lambda m, g: _BETA1 * m + (1 - _BETA1) * g, m, g)
            v = xla.tree.map(lambda v, g: _BETA2 * v + (1 - _BETA2) * g * g, v, g)
            c1, c2 = 1 - _BETA1**t, 1 - _BETA2**t
            θ = xla.tree.map(
                lambda θ, m, v: θ - work.lr * (m / c1) / (jnp.sqrt(v / c2) + _EPS), θ, m, v
            )  # fmt: skip
            return (θ, m, v), loss

        zeros = xla.tree.map(jnp.zeros_like, parameters)
        return xla.lax.scan(step, (parameters, zeros, zeros), (jnp.arange(1.0, steps + 1), order))

    every = jnp.zeros((replicas, steps), jnp.int32) if orders is None else jnp.asarray(orders.numpy(), jnp.int32)
    train = xla.jit(xla.vmap(one))
    ready: Callable[[Any], object] = xla.block_until_ready
    ready(train(initial, every))
    return lambda: ready(train(initial, every))


def scikit_learn(work: Work, replicas: int, steps: int) -> Training:
    """`MLPClassifier` and `MLPRegressor` with Adam, one replica after the other, without early stopping."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    rows = len(work.dataset)
    inputs, targets = work.dataset.inputs.numpy(), work.dataset.targets.numpy().ravel()
    kind = MLPRegressor if work.dataset.task == "regression" else MLPClassifier
    epochs = steps * (work.batch_size or rows) // rows

    def train() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for seed in range(replicas):
                kind(
                    hidden_layer_sizes=work.widths, activation=work.activation, solver="adam", alpha=0.0,
                    batch_size=work.batch_size or rows, learning_rate_init=work.lr, max_iter=max(1, epochs), tol=0.0,
                    n_iter_no_change=10**9, random_state=seed,
                ).fit(inputs, targets)  # fmt: skip

    return train


PEERS: dict[str, Callable[[Work, int, int], Training]] = {
    "pytorch": pytorch,
    "torch.func": torch_func,
    "torch.compile": torch_compile,
    "jax": jax,
    "scikit-learn": scikit_learn,
}


def _orders(work: Work, replicas: int, steps: int) -> Tensor | None:
    """R×T×B: the rows of each step, short batches padded so that all have one shape; None for all rows."""
    if work.batch_size is None:
        return None
    filled = []
    for seed in range(replicas):
        batches = [rows for rows in batch_order(len(work.dataset), work.batch_size, steps, seed) if rows is not None]
        filled.append(torch.stack([rows.repeat(work.batch_size)[: work.batch_size] for rows in batches]))
    return torch.stack(filled)


def _jax_parameters(work: Work, replicas: int) -> list[tuple[object, object]]:
    import jax.numpy as jnp

    layers: list[list[tuple[np.ndarray, np.ndarray]]] = []
    for seed in range(replicas):
        torch.manual_seed(seed)
        model = work.make_model()
        linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
        layers.append([(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in linear])
    return [
        (jnp.stack([row[i][0] for row in layers]), jnp.stack([row[i][1] for row in layers]))
        for i in range(len(layers[0]))
    ]
