/**
 * One pass through a deep network of square layers and back: the norm of the gradient for each layer's weights.
 *
 * A layer gives σ(z) with z = h W, or z normalized first; with a shortcut, h + σ(z). Values of many rows lie column after
 * column: those of unit j are at j·N to (j + 1)·N. A weight W is stored as PyTorch does, a row for each output.
 */

import { type ActivationName, BENDS } from "./activations";
import type { Columns } from "./network";
import type { MersenneTwister } from "./random";
import { normal, sizeOf } from "./signals";

export type Norm = "none" | "layer" | "batch";

export interface Deep {
  readonly width: number;
  readonly rows: number;
  readonly activation: ActivationName;
  readonly shortcuts: boolean;
  readonly norm: Norm;
}

/** What one pass leaves, a number for each layer. */
export interface Traces {
  /** The root mean square of what comes out. */
  readonly signals: readonly number[];
  /** The norm of the gradient for the weights. */
  readonly gradients: readonly number[];
}

const EPS = 1e-5;

interface Kept {
  readonly entering: Columns;
  /** After the norm, where there is one. */
  readonly bent: Columns;
  readonly deviations: Columns;
  readonly activated: Columns;
}

/** Weights of normal numbers whose standard deviation is 1/√width: a scale multiplies them. */
export function weightsOf(generator: MersenneTwister, layers: number, width: number): Columns[] {
  return Array.from({ length: layers }, () => normal(generator, width * width).map((w) => w / Math.sqrt(width)));
}

/** Send inputs through, and these slopes, one for each number that comes out, back. */
export function tracesOf(
  shape: Deep,
  weights: readonly Columns[],
  scale: number,
  inputs: Columns,
  coming: Columns,
): Traces {
  const { width, rows, activation, shortcuts, norm } = shape;
  const bend = BENDS[activation];
  const kept: Kept[] = [];
  const signals: number[] = [];
  let h = inputs;
  for (const weight of weights) {
    const bent = product(weight, scale, h, width, rows);
    const deviations = normalize(bent, norm, width, rows);
    const activated = new Float64Array(bent.length);
    bend.values(bent, activated);
    kept.push({ entering: h, bent, deviations, activated });
    h = shortcuts ? activated.map((value, i) => value + h[i]!) : activated;
    signals.push(sizeOf(h));
  }
  const gradients = new Array<number>(weights.length).fill(0);
  let back = coming;
  for (let l = weights.length - 1; l >= 0; l--) {
    const { entering, bent, deviations, activated } = kept[l]!;
    const slopes = back.slice();
    bend.slopes(slopes, bent, activated);
    bringBackNorm(slopes, bent, deviations, norm, width, rows);
    gradients[l] = gradientNorm(entering, slopes, width, rows);
    const through = transposed(weights[l]!, scale, slopes, width, rows);
    if (shortcuts) for (let i = 0; i < through.length; i++) through[i]! += back[i]!;
    back = through;
  }
  return { signals, gradients };
}

function product(weight: Columns, scale: number, h: Columns, width: number, rows: number): Columns {
  const z = new Float64Array(width * rows);
  for (let j = 0; j < width; j++)
    for (let i = 0; i < width; i++) {
      const w = scale * weight[j * width + i]!;
      for (let n = 0; n < rows; n++) z[j * rows + n]! += w * h[i * rows + n]!;
    }
  return z;
}

function transposed(weight: Columns, scale: number, slopes: Columns, width: number, rows: number): Columns {
  const back = new Float64Array(width * rows);
  for (let j = 0; j < width; j++)
    for (let i = 0; i < width; i++) {
      const w = scale * weight[j * width + i]!;
      for (let n = 0; n < rows; n++) back[i * rows + n]! += w * slopes[j * rows + n]!;
    }
  return back;
}

/** The norm of the matrix of sums over rows of entering × slope. */
function gradientNorm(entering: Columns, slopes: Columns, width: number, rows: number): number {
  let sum = 0;
  for (let j = 0; j < width; j++)
    for (let i = 0; i < width; i++) {
      let slope = 0;
      for (let n = 0; n < rows; n++) slope += entering[i * rows + n]! * slopes[j * rows + n]!;
      sum += slope * slope;
    }
  return Math.sqrt(sum);
}

/** Where the numbers that are normalized together begin, and how far apart two neighbours among them lie. */
function groupOf(norm: Norm, group: number, width: number, rows: number): [number, number, number] {
  return norm === "layer" ? [group, rows, width] : [group * rows, 1, rows];
}

const groupsOf = (norm: Norm, width: number, rows: number): number =>
  norm === "none" ? 0 : norm === "layer" ? rows : width;

/** Give each group the mean 0 and the variance 1, and return the standard deviations that they had. */
function normalize(z: Columns, norm: Norm, width: number, rows: number): Columns {
  const deviations = new Float64Array(groupsOf(norm, width, rows));
  for (let group = 0; group < deviations.length; group++) {
    const [start, stride, count] = groupOf(norm, group, width, rows);
    let [mean, square] = [0, 0];
    for (let k = 0; k < count; k++) mean += z[start + k * stride]! / count;
    for (let k = 0; k < count; k++) square += (z[start + k * stride]! - mean) ** 2 / count;
    const deviation = Math.sqrt(square + EPS);
    deviations[group] = deviation;
    for (let k = 0; k < count; k++) z[start + k * stride] = (z[start + k * stride]! - mean) / deviation;
  }
  return deviations;
}

function bringBackNorm(
  slopes: Columns,
  normed: Columns,
  deviations: Columns,
  norm: Norm,
  width: number,
  rows: number,
): void {
  for (let group = 0; group < deviations.length; group++) {
    const [start, stride, count] = groupOf(norm, group, width, rows);
    let [mean, along] = [0, 0];
    for (let k = 0; k < count; k++) {
      const at = start + k * stride;
      mean += slopes[at]! / count;
      along += (slopes[at]! * normed[at]!) / count;
    }
    for (let k = 0; k < count; k++) {
      const at = start + k * stride;
      slopes[at] = (slopes[at]! - mean - normed[at]! * along) / deviations[group]!;
    }
  }
}
