/** Least squares on random features, as lesson 3.7's figure shows it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  COUNTS,
  drawOf,
  solve,
} from "../../course/3-advanced-training-loops/3.7-modern-regularization-and-generalization/figures/_features";

const SEEDS = Array.from({ length: 40 }, (_, i) => 1000 + i);

function medianTest(features: (typeof COUNTS)[number], noise: number, ridge: number): number {
  const at = COUNTS.indexOf(features);
  const sorted = SEEDS.map((seed) => drawOf(seed, noise, ridge).fits[at]!.test).sort((a, b) => a - b);
  return (sorted[19]! + sorted[20]!) / 2;
}

test("a system is solved, also where a pivot is 0", () => {
  const found = solve(Float64Array.of(0, 2, 1, 1, 0, 3, 2, 1, 0), Float64Array.of(7, 10, 4));
  [1, 2, 3].forEach((value, i) => assert.ok(Math.abs(found[i]! - value) < 1e-12));
});

test("as many features as rows fit every row, and so do more; a ridge does not let them", () => {
  const { fits } = drawOf(3, 0.1, 0);
  for (const [i, count] of COUNTS.entries())
    if (count > 40) assert.ok(fits[i]!.training < 1e-9, `${count} features: ${fits[i]!.training}`);
    else if (count < 40) assert.ok(fits[i]!.training > 1e-9, `${count} features: ${fits[i]!.training}`);
  assert.ok(drawOf(3, 0.1, 0.01).fits.at(-1)!.training > 1e-6);
});

test("medians are those of PyTorch: a peak at as many features as rows, that a ridge removes", () => {
  const peak = medianTest(40, 0.1, 0);
  assert.ok(peak > 1.5 && peak < 15, `at 40: ${peak}`);
  for (const [features, ridge, expected] of [
    [20, 0, 0.42],
    [100, 0, 0.08],
    [1000, 0, 0.024],
    [40, 0.01, 0.17],
  ] as const) {
    const found = medianTest(features, 0.1, ridge);
    assert.ok(Math.abs(Math.log(found / expected)) < 0.35, `at ${features}, ridge ${ridge}: ${found}`);
  }
});

test("both systems of equations give the same weights where a ridge lets either", () => {
  const { fits } = drawOf(5, 0.1, 0.1);
  const [at, next] = [COUNTS.indexOf(40), COUNTS.indexOf(42)];
  assert.ok(Math.abs(Math.log(fits[at]!.test / fits[next]!.test)) < 0.5);
});
