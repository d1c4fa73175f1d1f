"""Data of categories, and networks that begin with an embedding: every backend gives what `train` gives."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from looplab import Dataset, LooplabError, Recipe, Runs, compare, load, mlp, train, train_many
from looplab.data import Task, batch_order
from looplab.errors import CompareError, DataError, ModelError
from looplab.loop import OPTIMIZERS
from looplab.loop.checkpoints.clock import SaveClock
from looplab.replicas import stretches
from looplab.replicas.layers import ActivationLayer, Add, Embedding, Linear, Network, Pool
from looplab.replicas.network import describe_network

MakeModel = Callable[[], nn.Module]
SEEDS = (4, 1)
CATEGORIES, WIDTH, POSITIONS = 7, 5, 3


def tokens(
    task: str = "multiclass", rows: int = 45, positions: int = POSITIONS, categories: int = CATEGORIES, seed: int = 1
) -> Dataset:
    """Categories at random, each of which is there, with three outputs, or one of two classes."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randint(categories, (rows, positions), generator=generator)
    inputs[0], inputs[1] = categories - 1, 0
    targets = {
        "regression": torch.randn(rows, 3, generator=generator),
        "binary": torch.randint(2, (rows, 1), generator=generator).float(),
        "multiclass": torch.randint(3, (rows,), generator=generator),
    }[task]
    return Dataset(
        name="tokens",
        inputs=inputs,
        targets=targets,
        task=cast(Task, task),
        feature_names=tuple(f"t{i}" for i in range(positions)),
        target_names=tuple(f"y{i}" for i in range(2 if task == "binary" else 3)),
    )


class Reduced(nn.Module):
    """Makes one list of the vectors of a row, as the class says; then a hidden layer."""

    reduce: ClassVar[Any]

    def __init__(self, outputs: int, width: int = WIDTH, **more: Any) -> None:
        super().__init__()
        self.last = nn.Linear(width, outputs)
        self.table = nn.Embedding(CATEGORIES, width, **more)

    def forward(self, x: Tensor) -> Tensor:
        """The outputs."""
        return self.last(torch.tanh(self.reduce(self.table(x))))  # type: ignore[no-any-return]


def by(function: Callable[[Tensor], Tensor], outputs: int, **more: Any) -> nn.Module:
    """A model that makes one list of vectors by a function."""
    return _class_of(function)(outputs, **more)


@cache
def _class_of(function: Callable[[Tensor], Tensor]) -> type[Reduced]:
    return type("Reduced", (Reduced,), {"reduce": staticmethod(function)})


class Two(nn.Module):
    """The vectors of two tables added up, one of which is used a second time."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.one, self.other = nn.Embedding(CATEGORIES, 4), nn.Embedding(CATEGORIES, 4, padding_idx=2)
        self.last = nn.Linear(POSITIONS * 4, outputs)
        self.drop = nn.Dropout(0.0)

    def forward(self, x: Tensor) -> Tensor:
        """The outputs."""
        one = self.one(x)
        both = torch.flatten(functional.relu(self.drop(one + self.other(x))) + one, 1)
        return self.last(both)  # type: ignore[no-any-return]


def mean(x: Tensor) -> Tensor:
    """Over the categories of a row."""
    return x.mean(dim=1)


def total(x: Tensor) -> Tensor:
    """The same, not divided."""
    return torch.sum(x, -2)


NETWORKS: dict[str, Callable[[int], nn.Module]] = {
    "side by side": lambda C: nn.Sequential(
        nn.Embedding(CATEGORIES, WIDTH), nn.Flatten(), nn.Linear(15, 17), nn.ReLU(), nn.Linear(17, C)
    ),
    "with padding": lambda C: nn.Sequential(
        nn.Embedding(CATEGORIES, 17, padding_idx=0), nn.Flatten(), nn.LayerNorm(51), nn.Linear(51, C)
    ),
    "activation between": lambda C: nn.Sequential(
        nn.Embedding(CATEGORIES, 1), nn.Tanh(), nn.Identity(), nn.Flatten(), nn.BatchNorm1d(3), nn.Linear(3, C)
    ),
    "mean": partial(by, mean),
    "sum with padding": partial(by, total, padding_idx=-1, width=17),
    "bag of means": lambda C: nn.Sequential(nn.EmbeddingBag(CATEGORIES, WIDTH), nn.ReLU(), nn.Linear(WIDTH, C)),
    "bag of sums alone": lambda C: nn.EmbeddingBag(CATEGORIES, C, mode="sum"),
    "two tables": Two,
}
networks = pytest.mark.parametrize("name", NETWORKS)
backends = pytest.mark.parametrize("backend", ["fused", "vmapped", "loop"])
dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
LIMITS = {torch.float32: (2e-4, 2e-5), torch.float64: (1e-11, 1e-12)}

_NOT_STACKED = ("activation between",)
"""Batch norm changes its statistics."""

each_network_and_backend = pytest.mark.parametrize(
    ("name", "backend"),
    [
        (name, backend)
        for name, backend in itertools.product(NETWORKS, ["fused", "vmapped", "loop"])
        if backend != "vmapped" or name not in _NOT_STACKED
    ],
)


def flat(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def assert_law(make_model: MakeModel, data: Dataset, recipe: Recipe, backend: Any, **more: Any) -> Runs:
    """Two seeds are what `train` makes of them: losses, parameters, buffers, and what the models give."""
    runs = train_many(make_model, data, recipe, seeds=SEEDS, backend=backend, **more)
    limits: dict[str, Any] = dict(zip(("rtol", "atol"), LIMITS[data.dtype], strict=True))
    for place, seed in enumerate(SEEDS):
        run = train(make_model, data, replace(recipe, seed=seed), **more)
        torch.testing.assert_close(runs.train_loss[place], run.train_loss, **limits)
        if run.validation_loss is not None:
            assert runs.validation_loss is not None
            torch.testing.assert_close(runs.validation_loss[place], run.validation_loss, **limits)
        model = runs.model(place)
        for (key, ours), theirs in zip(model.state_dict().items(), run.model.state_dict().values(), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=2e-3, atol=2e-4, msg=partial("{}: {}".format, key))
        outputs = run.model.eval()(data.inputs)
        torch.testing.assert_close(runs.predict(data.inputs)[place], outputs, rtol=2e-3, atol=2e-4)
    assert not runs.failed.any()
    return runs


# --- the law ---------------------------------------------------------------------------------------------------------


@each_network_and_backend
@dtypes
def test_initial_parameters_are_those_of_train_to_the_bit(name: str, backend: Any, dtype: torch.dtype) -> None:
    standstill, data = Recipe(optimizer="sgd", lr=0.0, steps=1), tokens().to(dtype)

    def make_model() -> nn.Module:
        return NETWORKS[name](3).to(dtype)

    runs = train_many(make_model, data, standstill, seeds=SEEDS, backend=backend)
    assert runs.parameters.dtype == runs.train_loss.dtype == dtype
    for replica, seed in enumerate(SEEDS):
        assert torch.equal(
            runs.parameters[replica], flat(train(make_model, data, replace(standstill, seed=seed)).model)
        )


@backends
@dtypes
def test_batch_order_is_that_of_train_to_the_bit(backend: Any, dtype: torch.dtype) -> None:
    """The vector of category i is 2ⁱ, so that the loss of a batch says which rows came."""

    def powers() -> nn.Module:
        table, last = nn.Embedding(11, 1, dtype=dtype), nn.Linear(1, 1, bias=False, dtype=dtype)
        with torch.no_grad():
            table.weight.copy_(2.0 ** torch.arange(11)[:, None])
            last.weight.fill_(1.0)
        return nn.Sequential(table, nn.Flatten(), last)

    data = Dataset(
        name="powers", inputs=torch.arange(11)[:, None], targets=torch.zeros(11, 1, dtype=dtype), task="regression",
        feature_names=("x",), target_names=("y",),
    )  # fmt: skip
    recipe = Recipe(optimizer="sgd", lr=0.0, steps=20, batch_size=4)
    runs = train_many(powers, data, recipe, seeds=SEEDS, backend=backend)
    lengths = torch.tensor([4, 4, 3] * 7)[:20]
    for replica, seed in enumerate(SEEDS):
        sums = (runs.train_loss[replica] * lengths).round()
        order = batch_order(11, 4, 20, seed)
        expected = [sum(4.0**row for row in rows.tolist()) for rows in order if rows is not None]
        assert sums.tolist() == expected
        assert len(set(expected)) > 10


@each_network_and_backend
@dtypes
@pytest.mark.parametrize("batch_size", [None, 16])
def test_every_network_is_what_train_makes_of_it(
    name: str, backend: Any, dtype: torch.dtype, batch_size: int | None
) -> None:
    task = "binary" if batch_size else "regression"
    data, validation = tokens(task).to(dtype), tokens(task, rows=20, seed=2).to(dtype)
    recipe = Recipe(optimizer="sgd", lr=0.05, momentum=0.5, steps=12, batch_size=batch_size)
    make_model = lambda: NETWORKS[name](data.outputs).to(dtype)  # noqa: E731  # in one place
    assert_law(make_model, data, recipe, backend, validation=validation)


@pytest.mark.parametrize("optimizer", [name for name, entry in OPTIMIZERS.items() if entry.fused is None])
@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_every_optimizer_with_weights_clipping_and_average(optimizer: str, backend: Any) -> None:
    settings: dict[str, Any] = {} if optimizer in ("sgd", "lion") else {"eps": 0.01}
    recipe = Recipe(
        optimizer=optimizer, lr=0.02, steps=12, batch_size=16, weight_decay=0.05, clip_norm=0.5, schedule="cosine",
        average="ema", average_options={"decay": 0.7}, **settings,
    )  # fmt: skip
    weights = torch.arange(45) % 3.0
    assert_law(lambda: NETWORKS["with padding"](3), tokens(), recipe, backend, row_weights=weights)


@pytest.mark.parametrize("name", ["side by side", "sum with padding", "bag of means"])
@pytest.mark.parametrize("keep", ["last", "best"])
def test_many_positions_categories_and_rows(name: str, keep: str) -> None:
    """More categories in a row than a vector has lanes, and more rows than a block."""
    positions, categories = 35, 300
    models: dict[str, MakeModel] = {
        "side by side": lambda: nn.Sequential(nn.Embedding(categories, 8), nn.Flatten(), nn.Linear(280, 3)),
        "sum with padding": lambda: nn.Sequential(nn.EmbeddingBag(categories, 8, mode="sum"), nn.Linear(8, 3)),
        "bag of means": lambda: nn.Sequential(nn.EmbeddingBag(categories, 20), nn.GELU(), nn.Linear(20, 3)),
    }
    data = tokens(rows=2500, positions=positions, categories=categories)
    held_out = tokens(rows=2100, positions=positions, categories=categories, seed=2)
    recipe = Recipe(optimizer="adam", lr=0.01, steps=4, eps=0.01, batch_size=1200 if keep == "best" else None)
    assert_law(models[name], data, recipe, "fused", validation=held_out, keep=keep)


def test_plain_pytorch_is_what_train_gives() -> None:
    data = tokens()
    make_model: MakeModel = partial(NETWORKS["with padding"], 3)
    torch.manual_seed(0)
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for rows in batch_order(len(data), 16, 20, 0):
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(data.inputs[rows]), data.targets[rows])
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    run = train(make_model, data, Recipe(optimizer="adam", lr=0.02, steps=20, batch_size=16))
    assert run.train_loss.tolist() == losses
    assert torch.equal(flat(run.model), flat(model))


@backends
@pytest.mark.parametrize(("name", "row"), [("with padding", 0), ("sum with padding", -1)])
def test_the_padding_learns_nothing(name: str, row: int, backend: Any) -> None:
    recipe = Recipe(optimizer="adam", lr=0.05, steps=10)
    runs = train_many(lambda: NETWORKS[name](3), tokens(), recipe, seeds=3, backend=backend)
    for replica in range(3):
        table = next(each for each in runs.model(replica).modules() if isinstance(each, nn.Embedding))
        assert (table.weight[row] == 0).all()
        assert (table.weight.detach().abs().sum(dim=1) > 0).sum() == CATEGORIES - 1


@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_a_replica_does_not_depend_on_its_neighbours(backend: Any) -> None:
    recipe = Recipe(optimizer="adam", lr=0.05, steps=10, batch_size=16)
    together = train_many(lambda: NETWORKS["mean"](3), tokens(), recipe, seeds=9, backend=backend)
    if backend == "fused":
        alone = train_many(lambda: NETWORKS["mean"](3), tokens(), recipe, seeds=[5], backend=backend)
        assert torch.equal(together.parameters[5], alone.parameters[0])
    order = [3, 8, 0, 5, 1, 7, 2, 6, 4]
    permuted = train_many(lambda: NETWORKS["mean"](3), tokens(), recipe, seeds=order, backend=backend)
    assert torch.equal(permuted.parameters, together.parameters[order])


# --- what is around it -----------------------------------------------------------------------------------------------


class Pulled(BaseException):
    """The plug was pulled."""


@backends
def test_a_call_goes_on_from_its_checkpoint(backend: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "_FIRST", 1)
    looks = itertools.count(1)

    def is_due(_: object) -> bool:
        if next(looks) == 3:
            raise Pulled
        return True

    monkeypatch.setattr(SaveClock, "is_due", is_due)
    recipe = Recipe(optimizer="adam", lr=0.05, steps=6, batch_size=16)
    asked: dict[str, Any] = {"seeds": 4, "backend": backend, "validation": tokens(seed=2), "keep": "best"}
    make_model = lambda: NETWORKS["with padding"](3)  # noqa: E731  # used three times
    path = tmp_path / "tokens.ckpt"
    with pytest.raises(Pulled):
        train_many(make_model, tokens(), recipe, **asked, checkpoint=path)
    runs = train_many(make_model, tokens(), recipe, **asked, checkpoint=path)
    plain = train_many(make_model, tokens(), recipe, **asked)
    assert torch.equal(runs.parameters, plain.parameters)
    with pytest.raises(LooplabError, match="its dataset holds other numbers"):
        train_many(make_model, tokens(seed=3), recipe, **asked, checkpoint=path)


@networks
def test_saved_runs_come_back_with_the_function_that_made_the_models(name: str, tmp_path: Path) -> None:
    make_model = lambda: NETWORKS[name](3)  # noqa: E731  # used twice
    runs = train_many(make_model, tokens(), Recipe(optimizer="adam", lr=0.05, steps=5), seeds=3)
    assert runs.backend.name == "fused"
    runs.save(tmp_path / "tokens.runs")
    again = Runs.load(tmp_path / "tokens.runs", make_model)
    assert torch.equal(again.predict(tokens().inputs), runs.predict(tokens().inputs))
    with pytest.raises(LooplabError, match=r"Write Runs.load\(path, make_model\)"):
        Runs.load(tmp_path / "tokens.runs")


def test_the_width_of_vectors_varies() -> None:
    make_model = lambda width: nn.Sequential(nn.EmbeddingBag(CATEGORIES, width), nn.Linear(width, 3))  # noqa: E731
    recipe = Recipe(optimizer="adam", lr=0.05, steps=5)
    runs = train_many(make_model, tokens(), recipe, seeds=2, vary={"width": [2, 6]})
    assert runs.predict(tokens().inputs).shape == (4, 45, 3)
    assert runs.backend.name == "fused"


@pytest.mark.parametrize("change", [{"max_norm": 0.5}, {"scale_grad_by_freq": True}])
def test_an_embedding_that_kernels_do_not_know_is_trained_all_the_same(change: dict[str, Any]) -> None:
    make_model = lambda: nn.Sequential(nn.Embedding(CATEGORIES, 4, **change), nn.Flatten(), nn.Linear(12, 3))  # noqa: E731
    assert_law(make_model, tokens(), Recipe(optimizer="sgd", lr=0.1, steps=5, batch_size=16), "loop")
    with pytest.raises(ModelError, match=r"an embedding (bounds the norm|has a gradient that is sparse, or scaled)"):
        train_many(make_model, tokens(), Recipe(optimizer="sgd", lr=0.1, steps=5), seeds=2, backend="fused")


# --- mistakes --------------------------------------------------------------------------------------------------------

STEP = Recipe(optimizer="sgd", lr=0.1, steps=3, batch_size=4)
ask = pytest.mark.parametrize("backend", ["auto", "fused", "vmapped", "loop", "train"])


def refused(backend: str, make_model: MakeModel, data: Dataset, **more: Any) -> str:
    """What is said, in whichever way it is trained."""
    alone, asked = partial(train, recipe=replace(STEP, batch_size=None)), {"seeds": 3, "backend": backend}
    together: Any = partial(train_many, recipe=STEP, **cast(Any, asked))
    with pytest.raises(LooplabError) as error:
        (alone if backend == "train" else together)(make_model, data, **more)
    return str(error.value)


@ask
def test_a_category_without_a_vector_is_named(backend: Any) -> None:
    small = lambda: nn.Sequential(nn.Embedding(5, 4), nn.Flatten(), nn.Linear(12, 3))  # noqa: E731  # used twice
    told = "Categories go up to 6: nn.Embedding(7, …) has a row for each."
    few = replace(tokens(), inputs=tokens().inputs.clamp(max=4))
    orders = [[rows.tolist() for rows in batch_order(45, 4, 3, seed) if rows is not None] for seed in range(3)]
    tried = {*range(32), *(row for order in orders for row in order[0])}
    late = few.inputs.clone()
    late[next(row for order in orders for row in order[1] if row not in tried), 1] = 6  # seen in a second step alone
    assert refused(backend, small, replace(few, inputs=late)).endswith(told)
    said = refused(backend, small, few, validation=tokens(seed=2))
    assert said.endswith(told) or (backend == "vmapped" and "index out of range" in said)


@ask
def test_numbers_for_an_embedding_and_categories_for_another_layer(backend: Any) -> None:
    numbers = replace(tokens(), inputs=tokens().inputs.float())
    if backend != "train":  # a network that this process has trained already is not tried out again
        train_many(lambda: NETWORKS["side by side"](3), tokens(), STEP, seeds=3, backend=backend)
        train_many(lambda: mlp(3, [4], 3), numbers, STEP, seeds=3, backend=backend)
    said = refused(backend, lambda: NETWORKS["side by side"](3), numbers)
    assert said.endswith("An nn.Embedding takes categories: give inputs of type int64, which .long() makes.")
    said = refused(backend, lambda: mlp(3, [4], 3), tokens())
    assert said.endswith("are categories, which an nn.Embedding takes; .float() makes numbers of them.")


@ask
def test_a_layer_of_another_width_than_the_vectors(backend: Any) -> None:
    said = refused(backend, lambda: nn.Sequential(nn.Embedding(7, 4), nn.Flatten(), nn.Linear(9, 3)), tokens())
    assert said.endswith("Of 3 categories an nn.Embedding makes as many vectors a row.")
    said = refused(backend, lambda: nn.Embedding(7, 3), tokens())
    assert "expected shape (" in said


@ask
def test_validation_rows_of_another_kind(backend: Any) -> None:
    numbers = replace(tokens(), inputs=tokens().inputs.float())
    said = refused(backend, lambda: NETWORKS["mean"](3), tokens(), validation=numbers)
    assert said.startswith(
        "inputs of validation: expected categories of type int64, as those of 'tokens', got numbers."
    )


def test_predictions_of_other_inputs_are_refused_in_a_sentence() -> None:
    runs = train_many(lambda: NETWORKS["mean"](3), tokens(), STEP, seeds=2)
    with pytest.raises(DataError, match="expected inputs like those that the models were trained on, got IndexError"):
        runs.predict(tokens().inputs + 1)
    with pytest.raises(DataError, match="got RuntimeError: Expected tensor for argument #1 'indices' to have one of"):
        runs.predict(tokens().inputs.float())
    with pytest.raises(
        DataError, match=r"a float32 tensor of shape \(N, D\), or an int64 one of categories, got torch.i"
    ):
        runs.predict(tokens().inputs.int())


def test_categories_are_not_compared_as_if_they_were_numbers() -> None:
    with pytest.raises(CompareError, match="inputs of 'tokens': expected numbers: neither linear models nor"):
        compare(tokens())


def test_moons_are_as_they_were() -> None:
    said = refused("auto", lambda: mlp(3, [4], 1), load("moons"))
    assert said.endswith("Let the first layer have 2 inputs.")


# --- descriptions ----------------------------------------------------------------------------------------------------


def test_networks_are_described() -> None:
    assert describe_network(NETWORKS["side by side"](3), 3) == Network(
        (Embedding(7, 5, 3), Linear(15, 17, True), ActivationLayer("relu"), Linear(17, 3, True))
    )
    network = describe_network(NETWORKS["sum with padding"](3), 4)
    assert network == Network(
        (Embedding(7, 17, 4, 6), Pool(17, 1.0), ActivationLayer("tanh"), Linear(17, 3, True)), places=(54, 0, 0, 0)
    )
    assert (network.inputs, network.outputs, network.extent, network.is_embedded) == (4, 3, "embedded", True)
    bag = describe_network(NETWORKS["bag of means"](3), 4)
    assert isinstance(bag, Network)
    assert bag.layers[1] == Pool(5, 0.25)
    two = describe_network(NETWORKS["two tables"](3), 3)
    assert isinstance(two, Network)
    assert [type(layer) for layer in two.layers] == [Embedding, Embedding, Add, ActivationLayer, Add, Linear]
    assert two.sources == ((-1,), (-1,), (0, 1), (2,), (3, 0), (4,))


def embedding(**more: Any) -> nn.Embedding:
    return nn.Embedding(7, 4, **more)


@pytest.mark.parametrize(
    ("model", "features", "reason"),
    [
        (nn.Sequential(embedding(), nn.Flatten(), nn.Linear(12, 1)), None,
         "layer 0 is an Embedding, and how many categories it gets is not known"),
        (nn.Sequential(embedding(), nn.Flatten(), nn.Linear(12, 1)), 2,
         "a layer with 8 outputs is followed by one with 12 inputs"),
        (nn.Sequential(embedding(), nn.Linear(4, 1)), 1, "a Linear is given a vector for each category"),
        (nn.Sequential(embedding(), nn.LayerNorm(4), nn.Flatten()), 1,
         "a LayerNorm is given a vector for each category"),
        (nn.Sequential(embedding(), nn.Tanh()), 1, "the outputs are a vector for each category"),
        (nn.Sequential(embedding(), nn.Flatten(0)), 1, "a Flatten is one of other axes than all but the first"),
        (nn.Sequential(nn.Flatten(), nn.ReLU(), embedding(), nn.Flatten()), 1,
         "another layer than an embedding is given categories"),
        (nn.Sequential(nn.EmbeddingBag(7, 4, mode="max"), nn.Linear(4, 1)), 1,
         "an embedding bag takes the maximum, or leaves a category out"),
        (nn.Sequential(nn.EmbeddingBag(7, 4, padding_idx=1), nn.Linear(4, 1)), 1,
         "an embedding bag takes the maximum, or leaves a category out"),
        (nn.Sequential(embedding(max_norm=1.0), nn.Flatten()), 1, "an embedding bounds the norm of its vectors"),
        (nn.Sequential(embedding(sparse=True), nn.Flatten()), 1,
         "an embedding has a gradient that is sparse, or scaled by how often a category comes"),
        (nn.Sequential(nn.Embedding(2**24 + 1, 1), nn.Flatten()), 1, "an embedding has more than 16,777,216 vectors"),
        (nn.Sequential(nn.Embedding.from_pretrained(torch.ones(2, 3)), nn.Flatten(), nn.Linear(3, 1)), 1,
         "parameter 0.weight is frozen"),
        (nn.Sequential(embedding(), nn.Flatten(), nn.Embedding(2, 1), nn.Flatten()), 1,
         "an embedding is given something else than the inputs"),
        (by(lambda x: x.mean(), 1), 2,
         "a mean is taken over something else than the vectors of a row"),
        (by(lambda x: x.mean(1, keepdim=True).sum(1), 1), 2,
         "a mean is taken over something else than the vectors of a row"),
        (by(lambda x: x.sum(1).sum(1), 1), 2, "a sum is taken over something else than the vectors of a row"),
        (by(lambda x: x.flatten(), 1), 2, "a Flatten is one of other axes than all but the first"),
        (by(lambda x: x + x.mean(1), 1), 2, "vectors of categories are added to something else"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_fused_has_a_reason(model: nn.Module, features: int | None, reason: str) -> None:
    assert describe_network(model, features) == reason
