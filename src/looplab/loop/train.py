"""The training loop: the one that the lessons teach, and the oracle that the fast engine is tested against."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.loop.checks import check_arguments, check_steps, checked_objective, included_rows, new_model
from looplab.loop.history import History
from looplab.loop.learning_rate import lr_setter
from looplab.loop.losses import LossLike, objective_of
from looplab.loop.optimizers import make_optimizer
from looplab.loop.progress import progress
from looplab.loop.recipe import Recipe
from looplab.loop.run import Run
from looplab.loop.setup import batches, evaluating, make_loss
from looplab.loop.surroundings import fresh_state, model_errors

__all__ = ["evaluate", "train"]


def train(
    make_model: Callable[[], nn.Module],
    dataset: Dataset,
    recipe: Recipe,
    *,
    validation: Dataset | None = None,
    row_weights: Float[Tensor, " N"] | None = None,
    loss: LossLike = None,
    record_every: int = 1,
) -> Run:
    """Train one model: predict, measure the loss, compute the gradient, update; again and again.

    Args:
        make_model: () -> nn.Module, called once, with torch's random state seeded by `recipe.seed`.
        dataset: the rows to learn from; the model maps inputs B×D to outputs B×O (logits for classes).
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

    Returns:
        The trained model with its losses, a `Run`.

    Raises:
        DivergenceError: the loss became infinite or NaN; names the step and its learning rate.
        ModelError: the model's outputs do not fit the targets.

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
    with fresh_state(recipe.seed), model_errors(dataset):
        model = new_model(make_model)
        optimizer = make_optimizer(model, recipe)
        mean_loss = make_loss(dataset, objective)
        history = History(model, recipe, steps, record_every)
        set_lr = lr_setter(optimizer, recipe, steps, history)

        model.train()
        for step, (X, y, w) in enumerate(progress(batches(dataset, weights, recipe, model), steps)):
            set_lr(step)
            optimizer.zero_grad()  # forget the last gradient
            outputs = model(X)  # predict
            batch_loss = mean_loss(outputs, y, w)  # measure
            history.measured(step, batch_loss)
            batch_loss.backward()  # compute the gradient
            if recipe.clip_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
            optimizer.step()  # update
            if validation is not None and history.is_due(step):
                history.validated(evaluate(model, validation, objective))
    return history.run()


def evaluate(model: nn.Module, dataset: Dataset, loss: LossLike = None) -> float:
    """The loss of a model over all rows of a dataset, with dropout and the like switched off meanwhile."""
    device = next(model.parameters()).device
    with evaluating(model), torch.no_grad():
        outputs = model(dataset.inputs.to(device))
        mean = objective_of(loss, dataset).mean(outputs, dataset.targets.to(device))
    return mean.item()
