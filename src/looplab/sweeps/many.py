"""`train_many`: many trainings at once, each the run that `train` would give."""

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.errors import ReplicasError, require_choice, shown
from looplab.loop import ProgressBar, Recipe
from looplab.loop.checks import checked_dataset
from looplab.loop.losses import LossLike
from looplab.loop.metrics import Metrics, checked_metrics
from looplab.loop.recording import Keep, Recording
from looplab.loop.surroundings import recording_gradients
from looplab.numbers import whole_number
from looplab.replicas.arguments import make_call
from looplab.replicas.backends import BackendName
from looplab.replicas.groups import groups_of
from looplab.replicas.runs import Runs
from looplab.replicas.train_groups import total_steps, train_groups
from looplab.sweeps.driver import train_by_workers
from looplab.sweeps.workers import ExecutorLike, workers_of

__all__ = ["train_many"]


def train_many(
    make_model: Callable[..., nn.Module],
    dataset: Dataset,
    recipe: Recipe | None = None,
    *,
    recipes: Iterable[Recipe] | None = None,
    seeds: int | Iterable[int] | None = None,
    vary: Mapping[str, Iterable[Any]] | None = None,
    validation: Dataset | None = None,
    row_weights: Float[Tensor, "..."] | None = None,
    loss: LossLike = None,
    backend: BackendName = "auto",
    record_every: int = 1,
    threads: int | None = None,
    metrics: Metrics = (),
    keep: Keep = "last",
    patience: int | None = None,
    trajectory_every: int | None = None,
    checkpoint: str | Path | None = None,
    executor: ExecutorLike | None = None,
) -> Runs:
    """Train many replicas of a model at once: each is the run that `train` gives with its seed and settings.

    Initial parameters and batch order are `train`'s to the bit; losses are `train`'s up to float32 rounding, which
    grows with the steps. A replica does not depend on its neighbours: one whose loss becomes infinite or NaN stops and
    is marked `failed`, where `train` raises a `DivergenceError`.

    Args:
        make_model: () -> nn.Module, called once a seed, with torch's random state seeded by it, and with the names that
            `vary` has for it. A model on a GPU is trained there. A `functools.partial` of `mlp` or `linear` is
            quickest: the initial parameters of its models are known from the seed, so that none but the first is made.
        dataset: the rows to learn from.
        recipe: what all replicas have in common; its `seed` is not used.
        recipes: instead of `recipe`, a list of whole recipes, each of which is trained once: with its own seed, or
            with that of `seeds`, of which there must be as many.
        seeds: the seeds, each once; a whole number S means 0 to S-1.
        vary: {"lr": [0.01, 0.1], "width": [8, 64], ...}: fields of the recipe, or arguments of `make_model`, with the
            values to try. Every combination is crossed with every seed, or with every one of `recipes`. Values of
            `steps` take the place of the recipe's `epochs`, and the other way round.
        validation: rows to measure the loss on without learning from them.
        row_weights: as in `train`: rows with weight 0 are left out, the loss is a weighted mean. Either N weights
            for all replicas, or F×N, a fold (or bootstrap) each, crossed with every seed and combination, or F×S×N,
            whose folds differ from seed to seed.
        loss: as in `train`: None for the task's, a name, a module of torch's, or a function of outputs and targets.
        backend: "fused" (compiled; layers, embeddings, activations, dropout, norms and sums of these, on the CPU),
            "vmapped" (any module that `torch.func` stacks, on any device), "loop" (any module: `train` itself, one
            replica after the other, in worker processes where that takes more than some ten seconds), or "auto": the
            first of the three that gives what `train` gives; but of one or two replicas that are not fused, loop, and
            loop as well where a few timed steps show it to be clearly quicker here than stacked ones. `runs.backend`
            says which it was and why, with both figures. Backends agree up to rounding alone: name one to reproduce
            every bit.
        record_every: keep the losses of every so many steps: of steps k-1, 2k-1, 3k-1, ...
        threads: threads of the fused backend, or worker processes of the loop; None for one a core. The vmapped
            backend runs on torch's own. With `executor`, threads on which a worker trains a chunk; None for one.
        metrics: what to record beside the losses, as in `train`.
        keep: "last", or "best": each replica's parameters are those of its lowest recorded validation loss.
        patience: stop a replica after so many recorded validation losses in a row without a new lowest one; what would
            be recorded later is NaN.
        trajectory_every: keep all parameters of each replica before the first step and after every so many steps.
        checkpoint: a file into which is saved what is done, about every ten seconds and at the end. Where it is there
            already, the call goes on from it, and ends as one that was never interrupted, to the bit; once all is done
            the same call returns at once. Files of the same name with an ending of `.part-…` hold replicas in hand.
            With `executor`, a folder instead, which several calls may share: each finished chunk is a file in it.
        executor: who trains: anything that behaves like an executor of `concurrent.futures`, such as its pools, dask's
            client, or `looplab.sweeps.ray.RayExecutor`; a function that makes one; or `looplab.sweeps.Workers`, which
            also says how work is cut and tried again. The replicas are cut into chunks that take seconds. What comes
            of them depends neither on the chunks nor on who trains them: on like machines it is the same to the bit.

    Returns:
        The replicas' losses and parameters, a `Runs`. Seeds (or `recipes`) vary fastest, then the combinations (the
        last name in `vary` fastest), then the folds. Replicas of unlike architecture, optimizer, schedule or number of
        steps are trained group by group; losses of those with fewer steps end in NaN.

    Raises:
        ReplicasError: arguments that do not fit each other, or more replicas than memory: before any is made. With
            `executor`: what cannot be sent to workers, workers of other versions, or ones that are lost too often.
        RecipeError: a varied value that the recipe refuses.
        ModelError: a model that does not fit the data, or that the backend which was asked for cannot train; says why.
        CheckpointError: the file is damaged, or is the checkpoint of another call.
        ChoiceError: an unknown backend, or a varied name that neither the recipe nor `make_model` has.

    What a backend trains is what `train` trains: before vmapped is used, the losses and gradients of the first seeds'
    own models, by plain PyTorch, are compared with those of a stacked step. In the loop each replica is computed on one
    thread: its numbers are those of `train` to the bit after `torch.set_num_threads(1)`.

    Random state: initial parameters come from torch's generator, seeded by each replica's seed; the batch order from
    `batch_order` with the same seed; dropout masks in `vmapped` from where `make_model` left torch's generator, as in
    `train`, and in `fused` from a generator of its own with the same probability. The caller's random state is left
    as it was.

    >>> from looplab import Recipe, load, mlp
    >>> recipe = Recipe(optimizer="adam", lr=0.05, steps=200)
    >>> runs = train_many(lambda: mlp(2, [8], 1), load("moons"), recipe, seeds=16, vary={"lr": [0.01, 0.05]})
    >>> len(runs), tuple(runs.train_loss.shape)
    (32, (32, 200))
    """
    started = time.perf_counter()
    require_choice("backend", backend, get_args(BackendName))
    if threads is not None and whole_number(threads) < 1:
        fix = "Leave it out for one a core."
        raise ReplicasError("threads", expected="a whole number, at least 1", got=shown(threads), fix=fix)
    path = None if checkpoint is None else _checked_path(checkpoint)
    workers = None if executor is None else workers_of(executor)
    with recording_gradients():
        dataset = checked_dataset("dataset", dataset)
        recording = Recording(
            validation, record_every, checked_metrics(metrics, dataset), keep, patience, trajectory_every
        )
        call = make_call(
            make_model,
            dataset,
            recipe,
            recipes=recipes,
            seeds=seeds,
            vary=vary,
            row_weights=row_weights,
            recording=recording,
            loss=loss,
        )
        groups = groups_of(call)
        with ProgressBar(total_steps(groups)) as bar:
            if workers is None:
                done = train_groups(
                    call, groups, wanted=backend, threads=threads, on_progress=bar.update, checkpoint=path
                )
            else:
                done = train_by_workers(
                    call,
                    groups,
                    wanted=backend,
                    threads=threads,
                    workers=workers,
                    folder=path,
                    on_progress=bar.update,
                )
    return Runs(
        train_loss=done.train_loss,
        validation_loss=done.validation_loss,
        failed=done.failed,
        steps=done.steps,
        kept_step=done.kept_step,
        train_metrics=done.train_metrics,
        validation_metrics=done.validation_metrics,
        trajectory_every=recording.trajectory_every,
        parts=done.parts,
        columns=call.columns(),
        recipe=recipe if recipe is not None else call.recipes[0],
        backend=done.backend,
        dataset=call.dataset.name,
        record_every=call.record_every,
        seconds=done.earlier_seconds + time.perf_counter() - started,
    )


def _checked_path(checkpoint: object) -> Path:
    if isinstance(checkpoint, str | Path) and str(checkpoint):
        return Path(checkpoint)
    raise ReplicasError("checkpoint", expected="the path of a file", got=shown(checkpoint))
