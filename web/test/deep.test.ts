/** A pass through a deep network and back, with shortcuts and norms: its gradients against differences. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Deep, type Norm, tracesOf, weightsOf } from "../src/engine/deep";
import { MersenneTwister } from "../src/engine/random";
import { normal } from "../src/engine/signals";

const [WIDTH, ROWS, LAYERS] = [5, 7, 4];

function made(shortcuts: boolean, norm: Norm) {
  const generator = new MersenneTwister(3);
  const shape: Deep = { width: WIDTH, rows: ROWS, activation: "tanh", shortcuts, norm };
  const weights = weightsOf(generator, LAYERS, WIDTH);
  const inputs = normal(generator, WIDTH * ROWS);
  const coming = normal(generator, WIDTH * ROWS);
  return { shape, weights, inputs, coming };
}

/** Σ slope · output of a network written out without loops over columns, for a loss whose slopes are these. */
function loss({ shape, weights, inputs, coming }: ReturnType<typeof made>): number {
  let h = Array.from({ length: ROWS }, (_, n) => Array.from({ length: WIDTH }, (_, j) => inputs[j * ROWS + n]!));
  for (const weight of weights) {
    let z = h.map((row) =>
      Array.from({ length: WIDTH }, (_, j) => row.reduce((s, x, i) => s + x * weight[j * WIDTH + i]!, 0)),
    );
    if (shape.norm === "layer") z = z.map(standard);
    if (shape.norm === "batch") z = turned(turned(z).map(standard));
    h = z.map((row, n) => row.map((x, j) => Math.tanh(x) + (shape.shortcuts ? h[n]![j]! : 0)));
  }
  return h.reduce((sum, row, n) => sum + row.reduce((s, x, j) => s + x * coming[j * ROWS + n]!, 0), 0);
}

function standard(values: number[]): number[] {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return values.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
}

const turned = (rows: number[][]): number[][] => rows[0]!.map((_, j) => rows.map((row) => row[j]!));

for (const norm of ["none", "layer", "batch"] as const)
  for (const shortcuts of [false, true])
    test(`gradient norms are those of differences: norm ${norm}, ${shortcuts ? "with" : "without"} shortcuts`, () => {
      const all = made(shortcuts, norm);
      const { gradients } = tracesOf(all.shape, all.weights, 1, all.inputs, all.coming);
      all.weights.forEach((weight, l) => {
        let square = 0;
        for (let k = 0; k < weight.length; k++) {
          const [here, h] = [weight[k]!, 1e-5];
          weight[k] = here + h;
          const above = loss(all);
          weight[k] = here - h;
          const below = loss(all);
          weight[k] = here;
          square += ((above - below) / (2 * h)) ** 2;
        }
        assert.ok(
          Math.abs(gradients[l]! / Math.sqrt(square) - 1) < 1e-4,
          `layer ${l}: ${gradients[l]}, ${Math.sqrt(square)}`,
        );
      });
    });

test("with a scale of 0 only the shortcut is left, which passes the signal on as it is", () => {
  const all = made(true, "none");
  const { signals } = tracesOf(all.shape, all.weights, 0, all.inputs, all.coming);
  assert.ok(signals.every((size) => Math.abs(size - signals[0]!) < 1e-12));
  const plain = made(false, "none");
  const none = tracesOf(plain.shape, plain.weights, 0, plain.inputs, plain.coming);
  assert.ok(none.signals.every((size) => size === 0));
});
