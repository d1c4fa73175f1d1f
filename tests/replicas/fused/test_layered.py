"""Layer norm, batch norm and sums of layers in the fused backend, against `train`."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab import Dataset, Recipe, Runs, load, train, train_many
from looplab.errors import ModelError
from looplab.replicas import fused_guard
from looplab.replicas.fused.compiler import training
from looplab.replicas.fused.kernels import embedding, layered
from looplab.replicas.fused.kernels.training import train_replicas
from looplab.replicas.layers import Add, BatchNorm, LayerNorm, Linear, Network
from looplab.replicas.network import describe_network

MakeModel = Callable[[], nn.Module]


class Plus(nn.Module):
    """x + f(x)."""

    def __init__(self, *function: nn.Module) -> None:
        super().__init__()
        self.function = nn.Sequential(*function)

    def forward(self, x: Tensor) -> Tensor:
        """The sum."""
        return x + self.function(x)  # type: ignore[no-any-return]


class Projected(nn.Module):
    """Two ways from the inputs to a sum, of which one is used again."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.out = nn.Linear(9, outputs)
        self.short, self.long = nn.Linear(inputs, 9), nn.Linear(inputs, 9)
        self.norm = nn.LayerNorm(9)

    def forward(self, x: Tensor) -> Tensor:
        """The sum of both and of what a norm makes of one."""
        short = self.short(x)
        both = torch.add(torch.tanh(self.long(x)), short)
        return self.out(self.norm(both) + short + short)  # type: ignore[no-any-return]


NETWORKS: dict[str, Callable[[int, int], nn.Module]] = {
    "layer norm": lambda D, C: nn.Sequential(nn.Linear(D, 9), nn.LayerNorm(9), nn.ReLU(), nn.Linear(9, C)),
    "layer norm of the inputs and of the outputs": lambda D, C: nn.Sequential(
        nn.LayerNorm(D, elementwise_affine=False), nn.Linear(D, 9), nn.Tanh(), nn.Linear(9, C), nn.LayerNorm(C, 0.1)
    ),
    "batch norm": lambda D, C: nn.Sequential(
        nn.Linear(D, 9, bias=False), nn.BatchNorm1d(9), nn.ReLU(inplace=True), nn.Linear(9, C)
    ),
    "batch norms of the inputs and of the outputs": lambda D, C: nn.Sequential(
        nn.BatchNorm1d(D, momentum=0.4), nn.Linear(D, 9), nn.Tanh(), nn.Linear(9, C, bias=False),
        nn.BatchNorm1d(C, 0.1, affine=False),
    ),
    "batch norm by the mean of all batches": lambda D, C: nn.Sequential(
        nn.Linear(D, 9, bias=False), nn.BatchNorm1d(9, momentum=None), nn.Tanh(), nn.Linear(9, C)
    ),
    "residual blocks": lambda D, C: nn.Sequential(
        nn.Linear(D, 17), Plus(nn.LayerNorm(17, bias=False), nn.Linear(17, 20), nn.GELU(), nn.Linear(20, 17)),
        Plus(nn.Linear(17, 17, bias=False), nn.BatchNorm1d(17), nn.SiLU()), nn.Linear(17, C),
    ),
    "a sum with the inputs": lambda D, C: nn.Sequential(Plus(nn.Linear(D, D), nn.Tanh()), nn.Linear(D, C)),
    "two ways": Projected,
}  # fmt: skip
networks = pytest.mark.parametrize("name", NETWORKS)


def _named(key: str, text: str) -> str:
    return f"{key}: {text}"


def assert_trains_alike(make_model: MakeModel, data: Dataset, recipe: Recipe, **more: Any) -> Runs:
    """Compare two seeds with `train`: losses, parameters, buffers, and what the trained models give."""
    runs = train_many(make_model, data, recipe, seeds=[4, 1], backend="fused", **more)
    for place, seed in enumerate((4, 1)):
        run = train(make_model, data, replace(recipe, seed=seed), **more)
        model = runs.model(place)
        assert runs.steps[place] == run.steps
        assert runs.kept_step[place] == run.kept_step
        count = len(run.train_loss)
        torch.testing.assert_close(runs.train_loss[place, :count], run.train_loss, rtol=2e-4, atol=2e-5)
        if run.validation_loss is not None:
            assert runs.validation_loss is not None
            torch.testing.assert_close(runs.validation_loss[place, :count], run.validation_loss, rtol=2e-4, atol=2e-5)
        if run.trajectory is not None:
            assert runs.trajectory is not None
            own = runs.trajectory[place, : len(run.trajectory)]
            torch.testing.assert_close(own, run.trajectory, rtol=2e-3, atol=2e-4)
        for (key, ours), theirs in zip(model.state_dict().items(), run.model.state_dict().values(), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=2e-3, atol=2e-4, msg=partial(_named, key))
        outputs = run.model.eval()(data.inputs)
        torch.testing.assert_close(model.eval()(data.inputs), outputs, rtol=2e-3, atol=2e-4)
        torch.testing.assert_close(runs.predict(data.inputs)[place], outputs, rtol=2e-3, atol=2e-4)
    assert not runs.failed.any()
    return runs


@pytest.mark.parametrize(("rows", "batch_size"), [(45, None), (45, 7), (34, 16)])
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
@networks
def test_every_network_task_and_batch(fused: Any, name: str, task: str, rows: int, batch_size: int | None) -> None:
    outputs = 1 if task == "binary" else 3
    data, validation = fused.dataset(task, rows, 3, outputs), fused.dataset(task, 20, 3, outputs, seed=2)
    recipe = Recipe(optimizer="sgd", lr=0.05, momentum=0.5, steps=10, batch_size=batch_size)
    assert_trains_alike(lambda: NETWORKS[name](3, outputs), data, recipe, validation=validation)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "adagrad", "nadam"])
@networks
def test_every_network_with_other_optimizers_weights_and_clipping(fused: Any, name: str, optimizer: str) -> None:
    """A large eps, since what is rounding alone in a gradient that is 0 would be magnified to a whole step."""
    data = fused.dataset("regression", 48, 20, 2)
    weights = torch.arange(48) % 3.0
    recipe = Recipe(
        optimizer=optimizer, lr=0.02, steps=12, batch_size=16, eps=0.01, weight_decay=0.05, clip_norm=0.5,
        schedule="cosine",
    )  # fmt: skip
    assert_trains_alike(lambda: NETWORKS[name](20, 2), data, recipe, row_weights=weights)


@pytest.mark.parametrize("loss", ["huber", "l1"])
@networks
def test_every_network_keeps_the_best_and_stops(fused: Any, name: str, loss: str) -> None:
    data, validation = fused.dataset("regression", 30, 3, 2), fused.dataset("regression", 30, 3, 2, seed=2)
    more = {"validation": validation, "keep": "best", "patience": 4, "trajectory_every": 3, "record_every": 2}
    recipe = Recipe(optimizer="adam", lr=0.05, steps=40, batch_size=10, eps=0.01)
    assert_trains_alike(lambda: NETWORKS[name](3, 2), data, recipe, loss=loss, **more)


@pytest.mark.parametrize("name", ["layer norm", "batch norm", "residual blocks"])
def test_more_rows_than_a_block_or_a_kernel_of_a_loss_takes(fused: Any, name: str) -> None:
    data, validation = fused.dataset("binary", 4003, 3), fused.dataset("binary", 2500, 3, seed=2)
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=4, batch_size=4000 if name == "layer norm" else None)
    make_model = lambda: NETWORKS[name](3, 1)  # noqa: E731  # used twice
    assert_trains_alike(make_model, data, recipe, validation=validation)


def test_a_replica_does_not_depend_on_its_neighbours(fused: Any) -> None:
    data = fused.dataset("regression", 3000, 3)
    make_model = lambda: NETWORKS["batch norm"](3, 1)  # noqa: E731  # used twice
    recipe = Recipe(optimizer="adam", lr=0.01, steps=5, batch_size=10)
    more: dict[str, Any] = {"validation": data, "backend": "fused"}
    together = train_many(make_model, data, recipe, seeds=3, vary={"batch_size": [10, 2900]}, threads=2, **more)
    alone = train_many(make_model, data, recipe, seeds=[1], **more)
    assert torch.equal(together.parameters[1], alone.parameters[0])
    assert together.validation_loss is not None
    assert alone.validation_loss is not None
    assert torch.equal(together.validation_loss[1], alone.validation_loss[0])
    for name, buffer in together.buffers.items():
        assert torch.equal(buffer[1], alone.buffers[name][0])


def test_dropout_within_a_block_drops_as_many_and_nothing_in_evaluation(fused: Any) -> None:
    data = fused.dataset("regression", 64, 3)
    make_model = lambda: nn.Sequential(nn.Linear(3, 8), Plus(nn.Linear(8, 8), nn.Dropout(0.5)), nn.Linear(8, 1))  # noqa: E731
    recipe = Recipe(optimizer="sgd", lr=0.0, steps=40)
    runs = train_many(make_model, data, recipe, seeds=64, validation=data, backend="fused")
    assert runs.validation_loss is not None
    for seed in range(3):
        run = train(make_model, data, replace(recipe, seed=seed, steps=1), validation=data)
        assert run.validation_loss is not None
        torch.testing.assert_close(runs.validation_loss[seed], run.validation_loss.expand(40))
    expected = np.mean([train(make_model, data, replace(recipe, seed=seed)).train_loss.mean() for seed in range(64)])
    assert runs.train_loss.mean().item() == pytest.approx(expected, rel=0.02)
    assert (runs.train_loss.std(dim=1) > 0).all()


def test_metrics_are_those_of_the_training_outputs(fused: Any) -> None:
    data = fused.dataset("regression", 40, 3)
    squares = {"loss": nn.functional.mse_loss}
    recipe = Recipe(optimizer="sgd", lr=0.05, steps=8, batch_size=10)
    runs = assert_trains_alike(
        lambda: NETWORKS["residual blocks"](3, 1), data, recipe, validation=data, metrics=squares
    )
    torch.testing.assert_close(runs.train_metrics["loss"], runs.train_loss)
    torch.testing.assert_close(runs.validation_metrics["loss"], runs.validation_loss)


def test_a_replica_that_fails_has_seen_one_batch_more_than_it_made_updates(fused: Any) -> None:
    data = fused.dataset("regression", 30, 3)
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=30)
    make_model = lambda: nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Linear(5, 5), nn.Linear(5, 1))  # noqa: E731
    runs = train_many(make_model, data, recipe, seeds=2, vary={"lr": [0.01, 1e12]}, backend="fused")
    assert runs.failed.tolist() == [False, False, True, True]
    counted = runs.buffers["1.num_batches_tracked"]
    assert counted.tolist() == (runs.steps + runs.failed.long()).tolist()
    loop = train_many(make_model, data, recipe, seeds=2, vary={"lr": [0.01, 1e12]}, backend="loop")
    assert counted.tolist() == loop.buffers["1.num_batches_tracked"].tolist()


@pytest.mark.parametrize(("rows", "batch_size"), [(21, 10), (20, 1), (1, None)])
def test_a_batch_of_one_row_is_left_to_the_loop(fused: Any, rows: int, batch_size: int | None) -> None:
    data, recipe = fused.dataset("regression", rows, 3), Recipe(optimizer="sgd", lr=0.1, steps=4, batch_size=batch_size)
    make_model = lambda: NETWORKS["batch norm"](3, 1)  # noqa: E731  # used twice
    if rows == 21:  # elsewhere the very first batch is found not to fit
        with pytest.raises(ModelError, match="got a batch of one row has no variance, which batch norm needs"):
            train_many(make_model, data, recipe, seeds=2, backend="fused")
    with pytest.raises(ModelError, match="Expected more than 1 value per channel when training"):
        train_many(make_model, data, recipe, seeds=2)


def test_a_batch_beyond_all_memory_is_not_taken_as_a_whole(fused: Any) -> None:
    data = fused.dataset("regression", 300_000, 1)
    make_model = lambda: nn.Sequential(nn.Linear(1, 500), nn.BatchNorm1d(500), nn.Linear(500, 1))  # noqa: E731
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=1)
    with pytest.raises(ModelError, match="a batch norm needs all 300,000 rows of a batch at once"):
        train_many(make_model, data, recipe, seeds=2, backend="fused")


def test_buffers_that_no_layer_keeps_stay_each_seed_s_own() -> None:
    def make_model() -> nn.Module:
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
        model.register_buffer("own", torch.rand(2))
        return model

    recipe = Recipe(optimizer="sgd", lr=0.1, steps=3)
    runs = train_many(make_model, load("moons"), recipe, seeds=3)
    assert runs.backend.name == "fused"
    for seed in range(3):
        run = train(make_model, load("moons"), replace(recipe, seed=seed))
        assert torch.equal(runs.buffers["own"][seed], run.model.get_buffer("own"))
        assert torch.equal(runs.model(seed).get_buffer("own"), run.model.get_buffer("own"))


def test_a_mean_of_all_batches_that_goes_on_from_earlier_ones_is_left_to_the_loop() -> None:
    def make_model() -> nn.Module:
        norm = nn.BatchNorm1d(3, momentum=None)
        assert norm.num_batches_tracked is not None
        norm.num_batches_tracked += 4
        return nn.Sequential(nn.Linear(2, 3), norm, nn.Linear(3, 1))

    recipe = Recipe(optimizer="sgd", lr=0.1, steps=3)
    runs = train_many(make_model, load("moons"), recipe, seeds=2)
    assert "a batch norm goes on from the mean of earlier batches" in runs.backend.reason
    run = train(make_model, load("moons"), recipe)
    torch.testing.assert_close(runs.buffers["1.running_var"][0], run.model.get_buffer("1.running_var"))


def test_the_guard_compares_running_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused_guard, "_agreed", set())
    right = nn.functional.batch_norm

    def wrong(*given: Any, **named: Any) -> Tensor:
        call = inspect.signature(right).bind(*given, **named)
        call.arguments["momentum"] *= 2
        return right(*call.args, **call.kwargs)

    monkeypatch.setattr(nn.functional, "batch_norm", wrong)
    make_model = lambda: NETWORKS["batch norm"](2, 1)  # noqa: E731
    runs = train_many(make_model, load("moons"), Recipe(optimizer="sgd", lr=0.1, steps=3), seeds=3)
    assert "compiled, the running statistics of seed 0 is not what plain PyTorch gives" in str(runs.backend)


def test_networks_are_described_with_their_sources() -> None:
    network = describe_network(
        nn.Sequential(nn.Linear(2, 3), Plus(nn.LayerNorm(3), nn.Linear(3, 3)), nn.BatchNorm1d(3))
    )
    assert network == Network(
        (
            Linear(2, 3, True),
            LayerNorm(3, 1e-5, True, True),
            Linear(3, 3, True),
            Add(),
            BatchNorm(3, 1e-5, 0.1, True, "2"),
        ),
        ((-1,), (0,), (1,), (0, 2), (3,)),
    )


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, momentum=1.5)), "a batch norm has the momentum 1.5"),
        (nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, momentum=-1.0)), "a batch norm has the momentum -1.0"),
        (
            nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, track_running_stats=False)),
            "a batch norm keeps no running statistics",
        ),
        (nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3, eps=0.0)), "a norm has the eps 0.0"),
        (nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(4)), "a layer with 3 outputs is followed by a norm of 4"),
        (nn.Sequential(nn.Linear(2, 6), nn.LayerNorm((2, 3))), "a layer norm is over several axes"),
        (nn.Sequential(nn.Linear(2, 3), Plus(nn.Linear(3, 1))), "layers with 3 and 1 outputs are added"),
        (
            nn.Sequential(nn.Linear(2, 3), Plus(nn.ReLU(inplace=True))),
            "a ReLU works in place on what another layer is given, too",
        ),
        (nn.LayerNorm(3), "the model has no linear layer"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_fused_has_a_reason(model: nn.Module, reason: str) -> None:
    assert describe_network(model) == reason


def test_other_networks_do_not_wait_for_these_kernels() -> None:
    def functions(extent: Any) -> list[Any]:
        kernels = training._kernels(extent, "float32")
        kernels[train_replicas]
        return kernels.functions

    norms, table = inspect.unwrap(layered._backward), inspect.unwrap(embedding.embed)
    assert norms not in functions("plain")
    assert norms in functions("layered")
    assert table not in functions("layered")
    assert {norms, table} <= set(functions("embedded"))
