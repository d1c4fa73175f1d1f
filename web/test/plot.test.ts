/** Numbers, scales, ticks and contours. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { contour, fieldOf } from "../src/plot/field";
import { fixed, plain, short } from "../src/plot/format";
import { wilson } from "../src/plot/rates";
import { evenly, linear, log, ratios } from "../src/plot/scale";
import { spread } from "../src/view/labels";
import fixtures from "./fixtures/engine.json";

test("numbers are short, and say when they are none", () => {
  assert.deepEqual(
    [0, 1.875, -5, 0.0764, 12.345, 40.07, 1234.5, 123456, 7.41e26, -2.5e-9, NaN, Infinity, -Infinity].map((x) =>
      short(x),
    ),
    ["0", "1.88", "−5.00", "0.0764", "12.3", "40.1", "1235", "123456", "7.41 · 10²⁶", "−2.50 · 10⁻⁹", "NaN", "∞", "−∞"],
  );
  assert.equal(fixed(-0.0001, 2), "0.00");
  assert.equal(fixed(NaN, 2), "NaN");
});

test("ticks and sliders are as short as can be", () => {
  assert.deepEqual([0.05, 0.1 + 0.2, -3, 1e-5, -1e-5, 5e-12, 2e6].map(plain), [
    "0.05",
    "0.3",
    "−3",
    "10⁻⁵",
    "−10⁻⁵",
    "5 · 10⁻¹²",
    "2 · 10⁶",
  ]);
});

test("a scale and its inverse agree", () => {
  for (const scale of [linear(-3, 7), log(0.01, 200)])
    for (const share of [0, 0.25, 0.7, 1]) assert.ok(Math.abs(scale.share(scale.value(share)) - share) < 1e-12);
  assert.equal(log(1, 10).share(0), -Infinity);
  assert.ok(Number.isNaN(log(1, 10).share(-1)));
});

test("ticks are round and lie within", () => {
  assert.deepEqual(
    linear(-0.5, 4.5)
      .ticks(3)
      .map(({ label }) => label),
    ["0", "2", "4"],
  );
  assert.deepEqual(
    log(0.02, 1.2)
      .ticks(5)
      .map(({ label }) => label),
    ["0.03", "0.1", "0.3", "1"],
  );
  assert.deepEqual(
    log(1e-14, 1)
      .ticks(5)
      .map(({ label }) => label),
    ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰"],
  );
});

test("stops have no crumbs of floating point", () => {
  assert.deepEqual(evenly(0.1, 0.4, 0.1), [0.1, 0.2, 0.3, 0.4]);
  assert.deepEqual(ratios(0.01, 1, 3), [0.01, 0.1, 1]);
});

test("a contour lies where the field has its level", () => {
  const field = fieldOf(41, 41, (u, v) => Math.hypot(u - 0.5, v - 0.5));
  const numbers = contour(field, 0.3, (u, v) => [1000 * u, 1000 * v])
    .match(/[\d.]+/g)!
    .map(Number);
  assert.ok(numbers.length > 100);
  for (let i = 0; i < numbers.length; i += 2)
    assert.ok(Math.abs(Math.hypot(numbers[i]! - 500, numbers[i + 1]! - 500) - 300) < 1.5);
});

test("labels in a column keep their order and a gap, and stay within the box", () => {
  assert.deepEqual(spread([10, 40, 80], 14, 0, 100), [10, 40, 80]);
  assert.deepEqual(spread([50, 50, 52], 14, 0, 100), [50, 64, 78]);
  assert.deepEqual(spread([90, 95, 99], 14, 0, 100), [72, 86, 100]);
  assert.deepEqual(spread([-20, 5], 14, 0, 100), [0, 14]);
});

test("Wilson's intervals are those of looplab.statistics", () => {
  for (const { count, trials, ends } of fixtures.wilson)
    wilson(count, trials).forEach((end, i) =>
      assert.ok(Math.abs(end - ends[i]!) < 1e-9, `${count} of ${trials}: ${end}`),
    );
});
