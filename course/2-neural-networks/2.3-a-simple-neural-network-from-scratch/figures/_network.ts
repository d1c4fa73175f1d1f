/** The network of 2.3: two rows, two hidden units, one score; all its numbers, and how each of them comes about. */

import { plain } from "looplab/plot/format";

export type Matrix = readonly (readonly number[])[];

export interface Parameters {
  readonly W1: Matrix;
  readonly b1: Matrix;
  readonly W2: Matrix;
  readonly b2: Matrix;
}

/** Names of all matrices; that of a gradient is d and the name of what it is the gradient of. */
export type Name =
  | "X"
  | "W1"
  | "b1"
  | "A"
  | "h"
  | "W2"
  | "b2"
  | "z"
  | "y"
  | "L"
  | "dW1"
  | "db1"
  | "dA"
  | "dh"
  | "dW2"
  | "db2"
  | "dz";

const X: Matrix = [
  [1, 0],
  [1, 2],
];
const Y: Matrix = [[1], [0]];
export const START: Parameters = {
  W1: [
    [1, -1],
    [1, 1],
  ],
  b1: [[1, 0]],
  W2: [[1], [-2]],
  b2: [[-2]],
};

export const LABELS: Record<Name, string> = {
  X: "X",
  W1: "W₁",
  b1: "b₁",
  A: "A",
  h: "h",
  W2: "W₂",
  b2: "b₂",
  z: "z",
  y: "y",
  L: "L",
  dW1: "dW₁",
  db1: "db₁",
  dA: "dA",
  dh: "dh",
  dW2: "dW₂",
  db2: "db₂",
  dz: "dz",
};
export const ORDER = Object.keys(LABELS) as Name[];

/** In which beat each becomes known; what is given is known from the beginning. */
export const SINCE: Partial<Record<Name, number>> = {
  A: 1,
  h: 2,
  z: 3,
  L: 4,
  dz: 5,
  dW2: 6,
  db2: 6,
  dh: 7,
  dA: 8,
  dW1: 9,
  db1: 9,
};

const product = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
const turned = (a: Matrix): number[][] => a[0]!.map((_, j) => a.map((row) => row[j]!));
const summed = (a: Matrix): number[][] => [a[0]!.map((_, j) => a.reduce((sum, row) => sum + row[j]!, 0))];
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

export function compute({ W1, b1, W2, b2 }: Parameters): Record<Name, Matrix> {
  const A = product(X, W1).map((row) => row.map((value, j) => value + b1[0]![j]!));
  const h = A.map((row) => row.map((value) => Math.max(0, value)));
  const z = product(h, W2).map((row) => [row[0]! + b2[0]![0]!]);
  const losses = z.map(
    ([score], i) => Math.max(score!, 0) - score! * Y[i]![0]! + Math.log1p(Math.exp(-Math.abs(score!))),
  );
  const dz = z.map(([score], i) => [(sigmoid(score!) - Y[i]![0]!) / X.length]);
  const dh = product(dz, turned(W2));
  const dA = dh.map((row, i) => row.map((value, j) => (A[i]![j]! > 0 ? value : 0)));
  const L = [[losses.reduce((sum, loss) => sum + loss, 0) / X.length]];
  return {
    X,
    W1,
    b1,
    A,
    h,
    W2,
    b2,
    z,
    y: Y,
    L,
    dz,
    dW2: product(turned(h), dz),
    db2: summed(dz),
    dh,
    dA,
    dW1: product(turned(X), dA),
    db1: summed(dA),
  };
}

export function updated(parameters: Parameters, lr: number): Parameters {
  const all = compute(parameters);
  const move = (name: "W1" | "b1" | "W2" | "b2"): Matrix =>
    parameters[name].map((row, i) => row.map((value, j) => value - lr * all[`d${name}`][i]![j]!));
  return { W1: move("W1"), b1: move("b1"), W2: move("W2"), b2: move("b2") };
}

export interface Place {
  readonly name: Name;
  readonly i: number;
  readonly j: number;
}

export interface Origin {
  readonly words: string;
  /** The numbers that it is made of. */
  readonly uses: readonly Place[];
}

export const show = (value: number): string => plain(Number(value.toFixed(3)) + 0);
const bracket = (value: number): string => (value < 0 ? `(${show(value)})` : show(value));

/** How one number comes about. */
export function originOf({ name, i, j }: Place, all: Record<Name, Matrix>): Origin {
  const at = (of: Name, row: number, column: number): number => all[of][row]![column]!;
  const places = (...list: [Name, number, number][]): Place[] =>
    list.map(([of, row, column]) => ({ name: of, i: row, j: column }));
  const value = show(at(name, i, j));
  const sum = (pairs: readonly [Place, Place][]): string =>
    pairs.map(([a, b]) => `${show(at(a.name, a.i, a.j))} · ${bracket(at(b.name, b.i, b.j))}`).join(" + ");
  const pair = (a: [Name, number, number], b: [Name, number, number]): [Place, Place] => places(a, b) as [Place, Place];
  const both = [0, 1];
  switch (name) {
    case "A": {
      const pairs = both.map((d) => pair(["X", i, d], ["W1", d, j]));
      return {
        words: `${sum(pairs)} + ${bracket(at("b1", 0, j))} = ${value}`,
        uses: [...pairs.flat(), ...places(["b1", 0, j])],
      };
    }
    case "h":
      return { words: `max(0, ${show(at("A", i, j))}) = ${value}`, uses: places(["A", i, j]) };
    case "z": {
      const pairs = both.map((u) => pair(["h", i, u], ["W2", u, 0]));
      return {
        words: `${sum(pairs)} + ${bracket(at("b2", 0, 0))} = ${value}`,
        uses: [...pairs.flat(), ...places(["b2", 0, 0])],
      };
    }
    case "L":
      return {
        words: `the mean over both rows of the cross-entropy of z and y = ${value}`,
        uses: places(["z", 0, 0], ["z", 1, 0], ["y", 0, 0], ["y", 1, 0]),
      };
    case "dz":
      return {
        words: `(s(${show(at("z", i, 0))}) − ${at("y", i, 0)}) / 2 = ${value}`,
        uses: places(["z", i, 0], ["y", i, 0]),
      };
    case "dW2": {
      const pairs = both.map((n) => pair(["h", n, i], ["dz", n, 0]));
      return { words: `${sum(pairs)} = ${value}`, uses: pairs.flat() };
    }
    case "db2":
      return {
        words: `${show(at("dz", 0, 0))} + ${bracket(at("dz", 1, 0))} = ${value}`,
        uses: places(["dz", 0, 0], ["dz", 1, 0]),
      };
    case "dh":
      return {
        words: `${sum([pair(["dz", i, 0], ["W2", j, 0])])} = ${value}`,
        uses: places(["dz", i, 0], ["W2", j, 0]),
      };
    case "dA": {
      const on = at("A", i, j) > 0;
      return {
        words: `${show(at("dh", i, j))} · ${on ? "1, as A > 0 there" : "0, as A is not above 0 there"} = ${value}`,
        uses: places(["dh", i, j], ["A", i, j]),
      };
    }
    case "dW1": {
      const pairs = both.map((n) => pair(["X", n, i], ["dA", n, j]));
      return { words: `${sum(pairs)} = ${value}`, uses: pairs.flat() };
    }
    case "db1":
      return {
        words: `${show(at("dA", 0, j))} + ${bracket(at("dA", 1, j))} = ${value}`,
        uses: places(["dA", 0, j], ["dA", 1, j]),
      };
    default:
      return { words: `${value}, ${name === "X" || name === "y" ? "which is given" : "a parameter"}`, uses: [] };
  }
}
