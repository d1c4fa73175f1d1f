/** What a step costs on many devices, as lesson 3.5's figure shows it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  KINDS,
  most,
  partsOf,
  ring,
  type Setup,
  shapeOf,
  speedup,
} from "../../course/3-advanced-training-loops/3.5-large-scale-training/figures/_cost";

const SETUP: Setup = { parameters: 1e9, rows: 1e6, grows: false, speed: 1e14, bandwidth: 1e10, latency: 1e-5 };

function about(value: number, expected: number, what: string, tolerance = 1e-9): void {
  assert.ok(Math.abs(value / expected - 1) <= tolerance, `${what}: ${value}, expected ${expected}`);
}

test("a ring of four sends a hundred megabytes in the lesson's 15.06 ms", () => {
  about(ring(1e8, 4, SETUP), 15.06e-3, "ring");
  assert.equal(ring(1e8, 1, SETUP), 0);
});

test("one device sends nothing, waits for nobody, and is as fast as itself", () => {
  for (const kind of KINDS) {
    const { compute, messages, idle } = partsOf(kind, SETUP, 1);
    assert.deepEqual([messages, idle], [0, 0], kind);
    about(compute, (6 * 1e9 * 1e6) / 1e14, kind);
    about(speedup(kind, SETUP, 1), 1, kind);
    about(speedup(kind, { ...SETUP, grows: true }, 1), 1, kind);
  }
});

test("compute is shared out, or grows with the devices", () => {
  about(partsOf("data", SETUP, 10).compute, partsOf("data", SETUP, 1).compute / 10, "strong");
  const grows = { ...SETUP, grows: true };
  about(partsOf("data", grows, 10).compute, partsOf("data", SETUP, 1).compute, "weak");
  assert.ok(speedup("data", grows, 1000) > speedup("data", SETUP, 1000));
});

test("with links that cost nothing, data and tensor parallelism are ideal, and a pipeline waits", () => {
  const free = { ...SETUP, bandwidth: Infinity, latency: 0 };
  about(speedup("data", free, 64), 64, "data");
  about(speedup("tensor", free, 64), 64, "tensor");
  about(speedup("pipeline", free, 8), 8 / (1 + 7 / 32), "pipeline: (N − 1) / M of the compute is idle");
});

test("each kind ends where there is nothing left to share", () => {
  const { layers, width } = shapeOf(1e9);
  assert.equal(most("data", SETUP), 1e6);
  assert.equal(most("data", { ...SETUP, grows: true }), Infinity);
  assert.equal(most("tensor", SETUP), width);
  assert.equal(most("pipeline", SETUP), layers);
  about(12 * layers * width ** 2, 1e9, "parameters", 0.01);
});

test("the small network of the lesson is slower on two processes than on one, a large one is faster", () => {
  const here: Setup = { parameters: 8970, rows: 101, grows: false, speed: 4.6e10, bandwidth: 1.3e9, latency: 1.23e-4 };
  assert.ok(speedup("data", here, 2) < 0.5);
  assert.ok(speedup("data", { ...here, parameters: 1e6, rows: 1e4 }, 2) > 1.9);
});
