/** Least squares on random ReLU features: 40 rows of a linear teacher with noise, and up to 1000 features. */

import { MersenneTwister } from "looplab/engine/random";

export const COUNTS = [
  5, 7, 10, 14, 20, 25, 30, 33, 36, 38, 40, 42, 45, 50, 60, 80, 100, 140, 200, 300, 500, 700, 1000,
] as const;
export const ROWS = 40;
const INPUTS = 10;
const NEW = 100;
const MOST = COUNTS.at(-1)!;

export interface Fit {
  /** Mean squared error on the rows learned from, with their noise. */
  readonly training: number;
  /** On new rows, without noise. */
  readonly test: number;
  readonly predictions: Float64Array;
}

export interface Draw {
  /** What the teacher says of the new rows. */
  readonly truth: Float64Array;
  /** One for each of COUNTS. */
  readonly fits: readonly Fit[];
}

/** A teacher, rows, noise and features; a model with fewer features has the first of them. */
export function drawOf(seed: number, noise: number, ridge: number): Draw {
  const normal = normals(new MersenneTwister(seed));
  const teacher = normal(INPUTS);
  const rows = normal(INPUTS * ROWS);
  const fresh = normal(INPUTS * NEW);
  const errors = normal(ROWS);
  const weights = normal(INPUTS * MOST);
  const y = times(rows, teacher, ROWS).map((value, i) => value + noise * errors[i]!);
  const truth = times(fresh, teacher, NEW);
  const learned: Float64Array[] = [];
  const unseen: Float64Array[] = [];
  for (let j = 0; j < MOST; j++) {
    const weight = weights.subarray(j * INPUTS, (j + 1) * INPUTS);
    learned.push(times(rows, weight, ROWS).map((value) => Math.max(0, value)));
    unseen.push(times(fresh, weight, NEW).map((value) => Math.max(0, value)));
  }
  const kernel = new Float64Array(ROWS * ROWS);
  let summed = 0;
  const fits = COUNTS.map((count): Fit => {
    for (; summed < count; summed++) addSquare(kernel, learned[summed]!);
    // the features are divided by the root of their number, which the ridge feels and the smallest norm does not
    const penalty = ridge * count;
    const used = learned.slice(0, count);
    const last = count <= ROWS ? primal(used, y, penalty) : dual(used, kernel, y, penalty);
    const predictions = mix(unseen, last, NEW);
    return { training: meanSquare(mix(learned, last, ROWS), y), test: meanSquare(predictions, truth), predictions };
  });
  return { truth, fits };
}

/** Weights of the features, from a system with an equation for each feature. */
function primal(features: readonly Float64Array[], y: Float64Array, penalty: number): Float64Array {
  const n = features.length;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) matrix[i * n + j] = dot(features[i]!, features[j]!) + (i === j ? penalty : 0);
  return solve(
    matrix,
    Float64Array.from(features, (feature) => dot(feature, y)),
  );
}

/** The same weights, or those with the smallest norm, from a system with an equation for each row. */
function dual(features: readonly Float64Array[], kernel: Float64Array, y: Float64Array, penalty: number): Float64Array {
  const matrix = kernel.slice();
  for (let i = 0; i < ROWS; i++) matrix[i * ROWS + i]! += penalty;
  const alpha = solve(matrix, y.slice());
  return Float64Array.from(features, (feature) => dot(feature, alpha));
}

/** Gauss's elimination with the largest pivot; it overwrites both. */
export function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(matrix[i * n + k]!) > Math.abs(matrix[pivot * n + k]!)) pivot = i;
    if (pivot !== k) {
      for (let j = k; j < n; j++) {
        const kept = matrix[k * n + j]!;
        matrix[k * n + j] = matrix[pivot * n + j]!;
        matrix[pivot * n + j] = kept;
      }
      [right[k], right[pivot]] = [right[pivot]!, right[k]!];
    }
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i * n + k]! / matrix[k * n + k]!;
      for (let j = k; j < n; j++) matrix[i * n + j]! -= factor * matrix[k * n + j]!;
      right[i]! -= factor * right[k]!;
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) right[k]! -= matrix[k * n + j]! * right[j]!;
    right[k]! /= matrix[k * n + k]!;
  }
  return right;
}

/** Each row times the weights, over the root of the number of inputs. */
function times(rows: Float64Array, weights: Float64Array, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let d = 0; d < INPUTS; d++) sum += rows[i * INPUTS + d]! * weights[d]!;
    out[i] = sum / Math.sqrt(INPUTS);
  }
  return out;
}

function mix(features: readonly Float64Array[], weights: Float64Array, count: number): Float64Array {
  const out = new Float64Array(count);
  weights.forEach((weight, j) => {
    const feature = features[j]!;
    for (let i = 0; i < count; i++) out[i]! += weight * feature[i]!;
  });
  return out;
}

function addSquare(kernel: Float64Array, feature: Float64Array): void {
  for (let i = 0; i < ROWS; i++) for (let j = 0; j < ROWS; j++) kernel[i * ROWS + j]! += feature[i]! * feature[j]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function meanSquare(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum / a.length;
}

/** Normal random numbers, by Box and Muller's method. */
function normals(generator: MersenneTwister): (count: number) => Float64Array {
  return (count) =>
    Float64Array.from({ length: count }, () => {
      const radius = Math.sqrt(-2 * Math.log(1 - generator.uniform(0, 1)));
      return radius * Math.cos(2 * Math.PI * generator.uniform(0, 1));
    });
}
