/** The arithmetic of a run, as lesson 3.8's figure shows it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { best, billOf, lost, RUNS } from "../../course/3-advanced-training-loops/3.8-case-studies/figures/_arithmetic";

const near = (found: number, expected: number, relative: number): void =>
  assert.ok(Math.abs(found / expected - 1) < relative, `${found}, expected ${expected}`);

test("LLaMA's device hours and energy are the published ones", () => {
  const { hours, energyMWh } = billOf(RUNS.llama);
  near(hours * RUNS.llama.devices, 1_022_362, 0.005);
  near(energyMWh, 449, 0.01);
});

test("Llama 3 takes 3.8e25 operations, and is interrupted every three hours", () => {
  const { operations, apart, state } = billOf(RUNS.llama3);
  near(operations, 3.8e25, 0.01);
  near(apart, (54 * 24) / 419, 1e-9);
  near(state, 6.48e12, 1e-9);
});

test("twice the devices halve the hours and leave interruptions and energy as they are", () => {
  const [once, twice] = [billOf(RUNS.palm), billOf({ ...RUNS.palm, devices: 2 * RUNS.palm.devices })];
  near(twice.hours, once.hours / 2, 1e-9);
  near(twice.failures, once.failures, 1e-9);
  near(twice.energyMWh, once.energyMWh, 1e-9);
  near(twice.apart, once.apart / 2, 1e-9);
});

test("no other interval between saves loses less than the best", () => {
  for (const apart of [0.5, 3, 25]) {
    const interval = best(1 / 60, apart);
    const least = lost(interval, 1 / 60, apart);
    for (const factor of [0.5, 0.9, 1.1, 2]) assert.ok(lost(factor * interval, 1 / 60, apart) > least);
  }
});
