"""Trainings that several processes share. As a script under torchrun, it runs them and keeps what came of each."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from looplab import Checkpoint, Computation, Dataset, LooplabError, Recipe, Run, Training, load, mlp, train
from looplab.errors import DivergenceError
from looplab.loop import OPTIMIZERS

STEPS = 8
ROWS, HELD_OUT = load("moons").subset(torch.arange(101)).split(0.8, seed=0)
BASE = Recipe(optimizer="adam", lr=0.02, steps=STEPS, batch_size=19, seed=3)


@dataclass(frozen=True)
class Case:
    """A training, and how it is computed; `arguments` are further ones of `train`."""

    computation: Computation
    recipe: Recipe = BASE
    make_model: Callable[[], nn.Module] = field(default=lambda: mlp(2, [9, 8], 1))
    dataset: Dataset = ROWS
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def run(self, computation: Computation | None, **more: Any) -> Run:
        return train(self.make_model, self.dataset, self.recipe, computation=computation, **{**self.arguments, **more})


class Blocks(nn.Module):
    """Residual blocks, one of which is used twice, and a parameter that no output depends on."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 8)
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(8, 8), nn.Tanh()) for _ in range(3)])
        self.last = nn.Linear(8, 1)
        self.unused = nn.Parameter(torch.ones(3))

    def forward(self, inputs: Tensor) -> Tensor:
        hidden: Tensor = self.first(inputs)
        for block in (*self.blocks, self.blocks[0]):
            hidden = hidden + block(hidden)
        outputs: Tensor = self.last(hidden)
        return outputs


def normed() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 1))


def tied() -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 8), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8), nn.Linear(8, 1))
    model[3].weight = model[1].weight
    return model


def of_words() -> nn.Module:
    return nn.Sequential(nn.Embedding(5, 4), nn.Flatten(), nn.Linear(12, 2))


WORDS = Dataset(
    name="words",
    inputs=torch.randint(0, 5, (81, 3), generator=torch.Generator().manual_seed(0)),
    targets=torch.arange(81) % 2,
    task="multiclass",
    feature_names=("first", "second", "third"),
    target_names=("no", "yes"),
)


def cases_of(parallel: Any) -> dict[str, Case]:
    how = Computation(parallel=parallel)
    iris = load("iris")
    classes = {"loss": nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 5.0])), "metrics": ["accuracy"]}
    found = {
        "clipped": Case(how, replace(BASE, optimizer="sgd", lr=0.5, clip_norm=0.1)),
        "all rows": Case(how, replace(BASE, batch_size=None)),
        "one row": Case(how, replace(BASE, batch_size=1)),
        "weights": Case(how, arguments={"row_weights": torch.linspace(0.0, 3.0, len(ROWS))}),
        "schedule": Case(how, replace(BASE, schedule="one-cycle", momentum=None)),
        "sine": Case(how, replace(BASE, batch_size=32), lambda: mlp(1, [8], 1), load("sine")),
        "classes": Case(how, replace(BASE, batch_size=40), lambda: mlp(4, [8], 3), iris, classes),
        "words": Case(replace(how, micro_batch_size=5), make_model=of_words, dataset=WORDS),
        "layer norm": Case(how, make_model=normed),
        "blocks": Case(how, make_model=Blocks),
        "tied": Case(how, make_model=tied),
        "best": Case(how, arguments={"validation": HELD_OUT, "keep": "best", "record_every": 3}),
        "average": Case(how, replace(BASE, average="ema"), arguments={"validation": HELD_OUT}),
        "micro": Case(replace(how, micro_batch_size=3)),
        "micro blocks": Case(replace(how, micro_batch_size=4), make_model=Blocks),
        "recomputed": Case(replace(how, activation_checkpointing=True)),
        "recomputed blocks": Case(replace(how, micro_batch_size=4, activation_checkpointing=True), make_model=Blocks),
    }
    if parallel == "ddp":
        found["trajectory"] = Case(how, arguments={"trajectory_every": 4})
    for name, optimizer in OPTIMIZERS.items():
        if parallel == "ddp" or optimizer.selects is None:
            found[name] = Case(how, replace(BASE, optimizer=name))
    return {f"{parallel}, {name}": case for name, case in found.items()}


CASES = {**cases_of("ddp"), **cases_of("fsdp")}


def batch_normed() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))


class Centered(nn.Module):
    """Takes the mean of the batch away."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.layer(inputs - inputs.mean(dim=0))
        return outputs


def of_rank(parallel: Any) -> dict[str, Callable[[], Run]]:
    """Trainings that are refused, or that the processes were given differently."""
    rank, how = dist.get_rank() if dist.is_initialized() else 0, Computation(parallel=parallel)
    shifted = replace(ROWS, inputs=ROWS.inputs + rank)

    def one_number(outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).square().mean().sqrt()

    return {
        "batch norm": lambda: Case(how, replace(BASE, batch_size=None), batch_normed).run(how),
        "centered": lambda: Case(how, make_model=Centered).run(how),
        "other rows": lambda: Case(how, dataset=shifted).run(how),
        "other recipe": lambda: Case(how, replace(BASE, lr=0.02 + rank)).run(how),
        "other model": lambda: Case(how, make_model=lambda: mlp(2, [8 + rank], 1)).run(how),
        "one number": lambda: Case(how, arguments={"loss": one_number}).run(how),
        "muon": lambda: Case(how, replace(BASE, optimizer="muon")).run(Computation(parallel="fsdp")),
        "trajectory": lambda: Case(how).run(Computation(parallel="fsdp"), trajectory_every=2),
        "diverged": lambda: Case(how, replace(BASE, optimizer="sgd", lr=1e30)).run(how),
        "file": lambda: Case(how).run(how, checkpoint=__file__),
    }


def stop_in_process_1(training: Training) -> None:
    if dist.get_rank() == 1 and training.step == 3:
        training.stop("process 1 has seen enough")


class Masked(nn.Module):
    """Keeps what dropout leaves of ones."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.dropout = nn.Linear(2, 1), nn.Dropout(0.5)

    def forward(self, inputs: Tensor) -> Tensor:
        kept = self.dropout(torch.ones(len(inputs), 64))
        if self.training and self.dropout.training:
            MASKS.append(kept)
        outputs: Tensor = self.layer(inputs) * kept.mean(dim=1, keepdim=True)
        return outputs


MASKS: list[Tensor] = []


def of_run(run: Run) -> dict[str, Any]:
    """What two runs are compared in."""
    return {
        "model": [type(module).__name__ for module in run.model.modules()],
        "parameters": {name: each.detach() for name, each in run.model.named_parameters()},
        "train_loss": run.train_loss,
        "validation_loss": run.validation_loss,
        "train_metrics": dict(run.train_metrics),
        "trajectory": run.trajectory,
        "steps": run.steps,
        "kept_step": run.kept_step,
        "stopped": run.stopped,
    }


def said(call: Callable[[], Run]) -> dict[str, Any]:
    """What an error of looplab says, and what it brings along."""
    try:
        call()
    except DivergenceError as error:
        run: Any = error.run
        return {"says": str(error), **of_run(run)}
    except LooplabError as error:
        return {"says": f"{type(error).__name__}: {error}"}
    return {"says": "nothing"}


class Pulled(BaseException):
    """The plug was pulled."""


def pull(training: Training) -> None:
    if training.step == 5:
        raise Pulled


def begun(parallel: Any, path: Path) -> None:
    """Begin a training with a checkpoint after step 4, and break it off in step 5."""
    how = Computation(parallel=parallel)
    try:
        RESUMED.run(how, callbacks=[pull], checkpoint=Checkpoint(path, every=4))
    except Pulled:
        return
    raise AssertionError("nothing was pulled")


def still(training: Training) -> None:
    """Stands where `pull` stood."""


RESUMED = Case(
    Computation(),
    replace(BASE, schedule="cosine", average="ema"),
    arguments={"validation": HELD_OUT, "keep": "best", "callbacks": [still]},
)


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    found: dict[str, Any] = {name: of_run(case.run(case.computation)) for name, case in CASES.items()}
    for parallel in ("ddp", "fsdp"):
        how = Computation(parallel=parallel)
        found |= {f"{parallel} refuses {name}": said(call) for name, call in of_rank(parallel).items()}
        found[f"{parallel}, stopped"] = of_run(Case(how).run(how, callbacks=[stop_in_process_1]))
        begun(parallel, folder / f"begun-{parallel}")
    dropping = Case(Computation(parallel="ddp"), make_model=Masked)
    found["dropout"], found["dropout again"] = (of_run(dropping.run(dropping.computation)) for _ in range(2))
    found["masks"] = MASKS
    narrow = Computation(parallel="ddp", precision="bfloat16")
    found["bfloat16"] = of_run(Case(narrow).run(narrow))
    torch.save(found, folder / f"of-{dist.get_rank()}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
