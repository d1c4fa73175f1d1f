/** The engine against PyTorch's numbers: `python tests/web/fixtures.py` writes them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ACTIVATIONS, type ActivationName } from "../src/engine/activations";
import { startOf } from "../src/engine/network";
import { OPTIMIZERS, type OptimizerName } from "../src/engine/optimizers";
import { MersenneTwister } from "../src/engine/random";
import { SURFACES, type SurfaceName, settled, walk } from "../src/engine/surfaces";
import { type Recipe, type Rows, rowsOf, Training } from "../src/engine/training";
import fixtures from "./fixtures/engine.json";

const TOLERANCE = 2e-5;

interface TorchRecipe {
  optimizer: string;
  lr: number;
  momentum?: number;
  nesterov?: boolean;
  weight_decay?: number;
  batch_size?: number;
  seed?: number;
}

function rows(name: keyof typeof fixtures.data): Rows {
  const { inputs, targets } = fixtures.data[name];
  return rowsOf(inputs, targets);
}

function close(ours: ArrayLike<number>, theirs: readonly number[], tolerance: number, what: string): void {
  assert.equal(ours.length, theirs.length, what);
  theirs.forEach((value, i) => {
    const off = Math.abs(ours[i]! - value) / Math.max(1, Math.abs(value));
    assert.ok(off <= tolerance, `${what}[${i}]: ${ours[i]}, PyTorch has ${value}`);
  });
}

for (const each of fixtures.cases) {
  const { task } = fixtures.data[each.data as keyof typeof fixtures.data];
  const data = rows(each.data as keyof typeof fixtures.data);
  const shape = {
    inputs: data.inputs.length / data.count,
    widths: each.widths,
    outputs: 1,
    activation: each.activation as ActivationName,
  };
  const torch: TorchRecipe = each.recipe;
  const recipe: Recipe = {
    optimizer: torch.optimizer as OptimizerName,
    loss: task === "binary" ? "bce" : "mse",
    lr: torch.lr,
    momentum: torch.momentum ?? 0,
    nesterov: torch.nesterov ?? false,
    weightDecay: torch.weight_decay ?? 0,
    batchSize: torch.batch_size ?? null,
    seed: torch.seed ?? 0,
  };

  test(`${each.name}: the start is PyTorch's, to the bit`, () => {
    assert.deepEqual([...startOf(shape, recipe.seed)], each.start.map(Math.fround));
  });

  for (const quick of [true, false])
    test(`${each.name}, ${quick ? "the quick" : "the general"} way: losses and parameters are PyTorch's`, () => {
      const training = new Training(shape, data, recipe, undefined, quick);
      const losses = each.losses.map(() => training.step());
      close(losses, each.losses, TOLERANCE, "loss");
      close(training.network.parameters, each.end, TOLERANCE, "parameter");
    });
}

for (const { surface, ratio, turn, optimizer, settings, start, path, losses } of fixtures.walks)
  test(`${optimizer} ${JSON.stringify(settings)} on the ${surface}: its steps are PyTorch's`, () => {
    const ours = walk(
      SURFACES[surface as SurfaceName](ratio, turn),
      OPTIMIZERS[optimizer as OptimizerName](settings),
      start as [number, number],
      path.length - 1,
    );
    close(ours.points.flat(), path.flat(), TOLERANCE, "place");
    close(ours.losses, losses, TOLERANCE, "loss");
  });

test("each optimizer walks on each surface", () => {
  const walked = new Set(fixtures.walks.map(({ surface, optimizer }) => `${surface} ${optimizer}`));
  const expected = Object.keys(SURFACES).flatMap((surface) =>
    Object.keys(OPTIMIZERS).map((name) => `${surface} ${name}`),
  );
  assert.deepEqual([...walked].sort(), expected.sort());
});

test("a walk that diverges ends where the loss is no number", () => {
  const { points, losses } = walk(SURFACES.ravine(10, 20), OPTIMIZERS.sgd({ lr: 3 }), [-8, 2], 1000);
  assert.equal(points.length, losses.length);
  assert.ok(losses.length < 200);
  assert.ok(losses.slice(0, -1).every(Number.isFinite));
  assert.ok(!Number.isFinite(losses.at(-1)!));
});

test("what has settled is the first step from which on the loss stays below the goal", () => {
  assert.equal(settled([8, 1, 4, 0.5, 0.2, 0.1], 1), 3);
  assert.equal(settled([0.5, 0.2], 1), 0);
  assert.equal(settled([8, 1, 4], 1), undefined);
  assert.equal(settled([8, 0.5, Number.POSITIVE_INFINITY], 1), undefined);
});

for (const [seed, order] of Object.entries(fixtures.permutations)) {
  test(`seed ${seed}: the permutation is torch.randperm's`, () => {
    assert.deepEqual([...new MersenneTwister(Number(seed)).permutation(order.length)], order);
  });
}

for (const [name, { z, value, slope }] of Object.entries(fixtures.activations)) {
  test(`${name}: value and slope are PyTorch's`, () => {
    const { value: f, slope: g } = ACTIVATIONS[name as ActivationName];
    close(z.map(f), value, 1e-6, "value");
    close(
      z.map((at) => g(at, f(at))),
      slope,
      1e-6,
      "slope",
    );
  });
}

test("every activation is held to PyTorch's", () => {
  const { none, ...bent } = ACTIVATIONS;
  assert.equal(none.value(1.5), 1.5);
  assert.deepEqual(Object.keys(bent).sort(), Object.keys(fixtures.activations).sort());
});

test("a training that diverges ends in NaN and stays there", () => {
  const shape = { inputs: 1, widths: [], outputs: 1, activation: "none" } as const;
  const training = new Training(shape, rows("temperature"), { optimizer: "sgd", lr: 1, loss: "mse", seed: 0 });
  for (let step = 0; step < 100; step++) training.step();
  assert.ok(Number.isNaN(training.step()));
});
