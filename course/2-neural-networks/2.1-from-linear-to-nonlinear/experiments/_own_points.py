"""The linear model and the network of the moons, and their losses where each seed has points of its own."""

from looplab import Recipe, linear, load, mlp, train_many

STEPS = 1000
NEW_ROWS = 1000
LINEAR = Recipe(optimizer="sgd", lr=0.1, steps=STEPS)
NETWORK = Recipe(optimizer="adam", lr=0.05, steps=STEPS)


def loss_on_own_draw(network: bool, seed: int) -> float:
    """The loss on new rows after training on 200 points that no other seed has."""
    model, recipe = (lambda: mlp(2, [8], 1), NETWORK) if network else (lambda: linear(2, 1), LINEAR)
    runs = train_many(
        model,
        load("moons", seed=1_000_000 + seed),
        recipe,
        seeds=[seed],
        validation=load("moons", rows=NEW_ROWS, seed=2_000_000 + seed),
        record_every=STEPS,
    )
    assert runs.validation_loss is not None, "there are validation rows"
    return float(runs.validation_loss[0, -1])
