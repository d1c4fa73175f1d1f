"""The training loop: the one that the lessons teach, and the oracle that the fast engine is tested against."""

from collections.abc import Callable, Iterable
from pathlib import Path

from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.loop.callbacks import Callback
from looplab.loop.checkpoints import Checkpoint
from looplab.loop.checks import check_arguments, check_steps, checked_objective, included_rows, new_model
from looplab.loop.computing import Computation
from looplab.loop.computing.making import computing_for
from looplab.loop.learning_rate import lr_setter
from looplab.loop.losses import LossLike
from looplab.loop.metrics import Metrics, checked_metrics
from looplab.loop.optimizers import make_optimizer
from looplab.loop.recipe import Recipe
from looplab.loop.recording import Keep, Recording
from looplab.loop.run import Run
from looplab.loop.setup import batches, make_loss
from looplab.loop.surroundings import fresh_state, model_errors
from looplab.loop.training import Training
from looplab.loop.watching import run_of, watch_for

__all__ = ["train"]


def train(
    make_model: Callable[[], nn.Module],
    dataset: Dataset,
    recipe: Recipe,
    *,
    validation: Dataset | None = None,
    row_weights: Float[Tensor, " N"] | None = None,
    loss: LossLike = None,
    record_every: int = 1,
    metrics: Metrics = (),
    keep: Keep = "last",
    patience: int | None = None,
    trajectory_every: int | None = None,
    callbacks: Iterable[Callback | Callable[[Training], object]] = (),
    checkpoint: str | Path | Checkpoint | None = None,
    computation: Computation | None = None,
) -> Run:
    """Train one model: predict, measure the loss, compute the gradient, update; again and again.

    Args:
        make_model: () -> nn.Module, called once, with torch's random state seeded by `recipe.seed`.
        dataset: the rows to learn from; the model maps inputs B×D to outputs B×O (logits for classes). For a training
            in float64 both are: `dataset.to(torch.float64)`, and `make_model` returns `mlp(…).double()`.
        recipe: optimizer, learning rate, length, batches, seed.
        validation: rows to measure the loss on without learning from them.
        row_weights: N weights, at least 0. Rows with weight 0 are left out of the training; the loss of a batch
            is Σ wᵢ·lossᵢ / Σ wᵢ over its rows. A bootstrap or a fold is a choice of weights.
        loss: what is minimized. None takes the task's: mean squared error for a regression, cross-entropy of the logits
            for classes. A name in `looplab.loop.LOSSES`, such as "huber" or "l1"; a module of torch's, such as
            `nn.CrossEntropyLoss(label_smoothing=0.1)` or `nn.BCEWithLogitsLoss(pos_weight=…)`; or any function
            (outputs B×O, targets) -> the loss of each row, B or B×O, of which the mean is taken, or of the batch, one
            number, with which rows cannot have weights.
        record_every: keep the losses of every so many steps: of steps k-1, 2k-1, 3k-1, ...
        metrics: what to record beside the losses: names in `looplab.loop.METRICS`, "accuracy", "error", "r2"; or
            functions (outputs, targets) -> number by name. Of batches they are those of the outputs before the update.
        keep: "last", or "best": at the end, put the model back to where its recorded validation loss was lowest.
        patience: stop after so many recorded validation losses in a row without a new lowest one.
        trajectory_every: keep all parameters before the first step and after every so many steps.
        callbacks: `looplab.Callback` objects, or functions of a `looplab.Training`, called after each step; they may
            read everything in it and stop it.
        checkpoint: a file into which the training is saved about every ten seconds and at its end (see
            `looplab.Checkpoint`); where the file is there already, the training goes on from it, and ends as one that
            was never interrupted, to the bit.
        computation: how the steps are computed: a batch in parts, by several processes, in bfloat16, or with
            activations computed anew; see `looplab.Computation`. None computes them as they stand here.

    Returns:
        The trained model with its losses, a `Run`.

    Raises:
        DivergenceError: the loss became infinite or NaN; names the step and its learning rate.
        ModelError: the model's outputs do not fit the targets.
        RecipeError: `keep="best"` or `patience` without validation rows; a metric that does not fit the task.
        CallbackError: a callback failed.
        CheckpointError: the file is damaged, or is the checkpoint of another training.
        ProcessesError: processes that `torchrun` did not start, that were given different trainings, or were lost.

    Random state: initial parameters and dropout come from torch's generator, seeded by `recipe.seed`; batch order comes
    from `batch_order` with the same seed. The caller's random state is left as it was.

    >>> from looplab import Recipe, linear, load
    >>> run = train(lambda: linear(2, 1), load("moons"), Recipe(optimizer="sgd", lr=0.1, steps=1000))
    >>> print(f"{run.train_loss[0]:.2f} to {run.train_loss[-1]:.2f}")
    0.80 to 0.32
    """
    dataset, weights = included_rows(dataset, row_weights)
    check_arguments(dataset, recipe, validation)
    objective = checked_objective(loss, dataset, weights)
    steps = recipe.total_steps(len(dataset))
    check_steps(steps, record_every)
    recording = Recording(validation, record_every, checked_metrics(metrics, dataset), keep, patience, trajectory_every)
    computing = computing_for(computation, dataset, recipe, weights, objective, recording)
    watch = watch_for(dataset, recipe, weights, objective, recording, callbacks, checkpoint, computing)
    with fresh_state(recipe.seed), model_errors(dataset, validation), computing, watch:
        model = new_model(make_model, dataset.dtype)
        network = computing.network(model)
        optimizer = make_optimizer(model, recipe)
        mean_loss = make_loss(dataset, computing.objective)
        history = computing.history(model, recipe, recording)
        set_lr = lr_setter(optimizer, recipe, steps, history)
        training = Training(model, optimizer, recipe, dataset, validation, steps, history, is_first=computing.is_first)

        model.train()
        for step, batch in watch.steps(training, batches(training, weights)):
            set_lr(step)
            optimizer.zero_grad()  # forget the last gradient
            for X, y, w in computing.parts(batch):  # one part, the whole batch, unless a `computation` cuts it up
                outputs = network(X)  # predict
                batch_loss = mean_loss(outputs, y, w)  # measure
                history.measured(step, batch_loss, outputs, y)
                batch_loss.backward()  # compute the gradient
            if recipe.clip_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
            optimizer.step()  # update
            history.updated(step)
    return run_of(training, watch.callbacks)
