/** A deep network at its start, as lesson 3.3's figure shows it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEPTH,
  type Passes,
  passesOf,
  type Start,
} from "../../course/3-advanced-training-loops/3.3-weight-initialization/figures/_passes";

const HE = Math.SQRT2;
const SEEDS = [0, 1, 2, 3, 4, 5];
const start = (part: Partial<Start>): Passes =>
  passesOf({ activation: "relu", scale: HE, width: 64, seed: 0, ...part });

function about(value: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(value / expected - 1) <= tolerance, `${what}: ${value}, expected about ${expected}`);
}

function middle(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[2]! + sorted[3]!) / 2;
}

test("ReLU passes on a factor in its weights once a layer, forward and back", () => {
  const [he, less] = [start({}), start({ scale: 0.9 * HE })];
  for (const layer of [1, 10, DEPTH]) {
    about(less.forward[layer]!.size / he.forward[layer]!.size, 0.9 ** layer, 1e-4, `signal at ${layer}`);
    about(less.backward[layer]!.size / he.backward[layer]!.size, 0.9 ** (DEPTH - layer), 1e-4, `gradient at ${layer}`);
  }
});

test("the inputs have size 1, and the gradient at the last layer is the unit of the others", () => {
  const { forward, backward } = start({});
  about(forward[0]!.size, 1, 0.05, "inputs");
  about(backward[DEPTH]!.size, 1, 1e-9, "gradient at the last layer");
  assert.equal(forward.length, DEPTH + 1);
  assert.equal(backward.length, DEPTH + 1);
});

test("the sizes over some seeds are those that PyTorch gives for wide layers", () => {
  const at = (part: Partial<Start>): number =>
    middle(SEEDS.map((seed) => start({ ...part, seed }).forward[DEPTH]!.size));
  assert.ok(Math.abs(Math.log(at({}))) < Math.log(3), `He, ReLU: ${at({})}, expected about 1`);
  about(at({ activation: "tanh", scale: 1 }), 0.12, 0.25, "Xavier, tanh");
  about(at({ activation: "tanh", scale: 5 / 3 }), 0.65, 0.05, "gain 5/3, tanh");
  about(Math.log(at({ scale: 1 / Math.sqrt(3) })), Math.log(6 ** -15), 0.05, "PyTorch's default, ReLU");
});

test("a narrow ReLU network dies at some layer, and then nothing comes back", () => {
  const dead = SEEDS.map((seed) => start({ width: 2, seed })).filter(({ forward }) => forward[DEPTH]!.size === 0);
  assert.ok(dead.length >= 5, `${dead.length} of 6 are dead`);
  for (const { forward, backward } of dead) {
    assert.equal(forward[DEPTH]!.quantiles, undefined);
    assert.ok(backward.every(({ size }) => size === 0));
  }
});

test("quantiles are of the sizes that are not 0", () => {
  const { values, quantiles } = start({}).forward[DEPTH]!;
  const sizes = Array.from(values).filter((value) => value !== 0);
  assert.ok(sizes.length < values.length, "ReLU gives some 0");
  const below = sizes.filter((value) => value <= quantiles![2]!).length / sizes.length;
  about(below, 0.75, 0.01, "share below the third quantile");
});
