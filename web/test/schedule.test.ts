/** Learning rates that change from step to step. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { OPTIMIZERS } from "../src/engine/optimizers";
import { drawn, scheduled, throughPoints } from "../src/engine/schedule";

test("an update follows its schedule: each step is that of an optimizer with the step's own rate", () => {
  const rates = [0.5, 0.1, 0, 1];
  const ours = Float32Array.of(1, -2);
  const update = scheduled(OPTIMIZERS.sgd({ lr: 1 }), (step) => rates[step]!);
  let [first, second] = [1, -2];
  for (const rate of rates) {
    update(ours, Float32Array.of(ours[0]!, 2));
    [first, second] = [first - rate * first, second - rate * 2];
  }
  assert.ok(Math.abs(ours[0]! - first) < 1e-6, `${ours[0]} is not ${first}`);
  assert.ok(Math.abs(ours[1]! - second) < 1e-6, `${ours[1]} is not ${second}`);
});

test("what an optimizer remembers does not depend on the rate", () => {
  const [halved, plain] = [Float32Array.of(1), Float32Array.of(1)];
  const update = scheduled(OPTIMIZERS.adam({ lr: 0.2 }), () => 0.5);
  const other = OPTIMIZERS.adam({ lr: 0.1 });
  for (const slope of [3, -1, 0.5]) {
    update(halved, Float32Array.of(slope));
    other(plain, Float32Array.of(slope));
  }
  assert.ok(Math.abs(halved[0]! - plain[0]!) < 1e-6, `${halved[0]} is not ${plain[0]}`);
});

test("a schedule goes in straight lines through its points, and stays at the last", () => {
  const schedule = throughPoints([0, 1, 0.5], 100);
  assert.deepEqual([0, 25, 50, 75, 100, 130].map(schedule), [0, 0.5, 1, 0.75, 0.5, 0.5]);
});

test("a stroke sets what lies between its ends, in either direction", () => {
  const flat = [5, 5, 5, 5, 5];
  assert.deepEqual(drawn(flat, [1, 0], [3, 4]), [5, 0, 2, 4, 5]);
  assert.deepEqual(drawn(flat, [3, 4], [1, 0]), [5, 0, 2, 4, 5]);
  assert.deepEqual(drawn(flat, [2, 5], [2, 9]), [5, 5, 9, 5, 5]);
});
