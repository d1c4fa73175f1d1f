/** Settings, and the address that holds them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { hashWith, readHash, writeHash } from "../src/figure/address";
import { flag, number, oneOf, readValues, startValues, whole, wholes, writeValues } from "../src/figure/settings";

const SETTINGS = { lr: number(0.1, 0, 1), step: whole(0, 0, 80), kind: oneOf("a", ["a", "b"]), wide: flag(false) };

test("what is written is read again", () => {
  const values = { lr: 0.025, step: 12, kind: "b" as const, wide: true };
  const hash = writeHash(new Map([["parabola", writeValues(SETTINGS, values)]]));
  assert.equal(hash, "#parabola.lr=0.025&parabola.step=12&parabola.kind=b&parabola.wide=yes");
  assert.deepEqual(readValues(SETTINGS, readHash(hash).get("parabola")!), values);
});

test("what stands as it starts is not written", () => {
  assert.equal(writeValues(SETTINGS, startValues(SETTINGS)).size, 0);
});

test("what an address says wrongly stays as it starts, and numbers stay within their bounds", () => {
  const texts = readHash("#f.lr=7&f.step=1.6&f.kind=z&f.wide=perhaps&f.other=1&f.lr2=").get("f")!;
  assert.deepEqual(readValues(SETTINGS, texts), { lr: 1, step: 2, kind: "a", wide: false });
  assert.deepEqual(
    readValues(
      SETTINGS,
      new Map([
        ["lr", " "],
        ["step", "NaN"],
      ]),
    ),
    startValues(SETTINGS),
  );
});

test("a section's address is no state", () => {
  assert.equal(readHash("#what-learners-ask").size, 0);
  assert.equal(readHash("").size, 0);
});

test("a figure's state leaves that of the others alone", () => {
  const hash = "#a.x=1&b.y=2";
  assert.equal(hashWith(hash, "a", new Map([["x", "3"]])), "#b.y=2&a.x=3");
  assert.equal(hashWith(hash, "a", new Map()), "#b.y=2");
  assert.equal(hashWith("#b.y=2", "b", new Map()), "");
});

test("names and values with signs of their own survive", () => {
  const state = new Map([["a b", new Map([["k", "1&2=3.4%"]])]]);
  assert.deepEqual(readHash(writeHash(state)), state);
  assert.equal(readHash("#a.b=%").get("a")!.get("b"), "%");
});

test("a list of whole numbers keeps its length and its bounds", () => {
  const list = wholes([1, 2, 3], 0, 9);
  assert.deepEqual(list.read(list.write([4, 0, 9])), [4, 0, 9]);
  assert.deepEqual(list.read("4,12,-1"), [4, 9, 0]);
  for (const wrong of ["1,2", "1,2,3,4", "1,x,3", ""]) assert.equal(list.read(wrong), undefined, wrong);
});
