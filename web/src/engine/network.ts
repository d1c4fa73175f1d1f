/**
 * Small networks: linear layers with an activation between each two, as `looplab.linear` and `looplab.mlp` make them.
 *
 * All parameters lie in one float32 vector, in PyTorch's order: of each layer the weight, H×D, then the bias, H.
 * Values of many rows lie column after column: those of unit j are at j·N to (j + 1)·N.
 */

import { type ActivationName, BENDS } from "./activations";
import { MersenneTwister } from "./random";

export interface Shape {
  readonly inputs: number;
  /** Hidden units of each hidden layer; none for a linear model. */
  readonly widths: readonly number[];
  readonly outputs: number;
  readonly activation: ActivationName;
}

export interface Layer {
  readonly fanIn: number;
  readonly fanOut: number;
  /** Where its weight begins in the vector of parameters, and where its bias does. */
  readonly weight: number;
  readonly bias: number;
}

export function layersOf(shape: Shape): Layer[] {
  const sizes = [shape.inputs, ...shape.widths, shape.outputs];
  let at = 0;
  return sizes.slice(1).map((fanOut, index) => {
    const fanIn = sizes[index]!;
    const layer = { fanIn, fanOut, weight: at, bias: at + fanIn * fanOut };
    at = layer.bias + fanOut;
    return layer;
  });
}

export function parameterCount(shape: Shape): number {
  const last = layersOf(shape).at(-1)!;
  return last.bias + last.fanOut;
}

/** The parameters that PyTorch's default start gives after `torch.manual_seed(seed)`, to the bit. */
export function startOf(shape: Shape, seed: number): Float32Array {
  const parameters = new Float32Array(parameterCount(shape));
  const generator = new MersenneTwister(seed);
  for (const layer of layersOf(shape)) {
    const deviation = Math.sqrt(2 / (1 + Math.sqrt(5) ** 2)) / Math.sqrt(layer.fanIn);
    fill(layer.weight, layer.bias, Math.sqrt(3) * deviation);
    fill(layer.bias, layer.bias + layer.fanOut, 1 / Math.sqrt(layer.fanIn));
  }
  return parameters;

  function fill(from: number, to: number, bound: number): void {
    for (let i = from; i < to; i++) parameters[i] = generator.uniform(-bound, bound);
  }
}

/** Columns of values, one after the other. */
export type Columns = Float64Array;

/** The values of one pass through a network, kept for the way back. */
export interface Pass {
  readonly rows: number;
  readonly outputs: Columns;
  /** Of each layer: what went in, what came out before the activation, and on the way back the slopes of what went in. */
  readonly stages: { entering: Columns; readonly leaving: Columns; readonly slopes: Columns }[];
}

export class Network {
  readonly layers: readonly Layer[];
  private readonly passes = new Map<number, Pass>();

  constructor(
    readonly shape: Shape,
    readonly parameters: Float32Array,
  ) {
    this.layers = layersOf(shape);
  }

  /** The outputs for N rows of inputs. The pass is overwritten by the next one with as many rows. */
  forward(inputs: Columns, rows: number): Pass {
    const pass = this.pass(rows);
    const bend = BENDS[this.shape.activation];
    pass.stages[0]!.entering = inputs;
    for (let index = 0; index < this.layers.length; index++) {
      const { entering, leaving } = pass.stages[index]!;
      multiply(this.parameters, this.layers[index]!, entering, leaving, rows);
      const next = pass.stages[index + 1];
      if (next) bend.values(leaving, next.entering);
    }
    return pass;
  }

  /**
   * Add the gradient of the loss for every parameter to `gradient`.
   *
   * @param slopes of the loss for each of the outputs.
   */
  backward(pass: Pass, slopes: Columns, gradient: Float32Array): void {
    const bend = BENDS[this.shape.activation];
    let coming = slopes;
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const layer = this.layers[index]!;
      const { entering, slopes: back } = pass.stages[index]!;
      accumulate(gradient, layer, entering, coming, pass.rows);
      if (index === 0) return;
      bringBack(this.parameters, layer, coming, back, pass.rows);
      bend.slopes(back, pass.stages[index - 1]!.leaving, entering);
      coming = back;
    }
  }

  private pass(rows: number): Pass {
    const known = this.passes.get(rows);
    if (known) return known;
    const stages = this.layers.map(({ fanIn, fanOut }) => ({
      entering: new Float64Array(fanIn * rows),
      leaving: new Float64Array(fanOut * rows),
      slopes: new Float64Array(fanIn * rows),
    }));
    const made = { rows, stages, outputs: stages.at(-1)!.leaving };
    this.passes.set(rows, made);
    return made;
  }
}

// Inputs are taken two at a time: half as often is a column of sums read and written.

function multiply(parameters: Float32Array, layer: Layer, entering: Columns, out: Columns, rows: number): void {
  const { fanIn, fanOut, weight, bias } = layer;
  const paired = fanIn - (fanIn % 2);
  for (let j = 0; j < fanOut; j++) {
    const to = j * rows;
    const w = weight + j * fanIn;
    out.fill(parameters[bias + j]!, to, to + rows);
    for (let i = 0; i < paired; i += 2) {
      const [one, two] = [parameters[w + i]!, parameters[w + i + 1]!];
      const from = i * rows;
      for (let n = 0; n < rows; n++) out[to + n]! += one * entering[from + n]! + two * entering[from + rows + n]!;
    }
    if (paired < fanIn) {
      const last = parameters[w + paired]!;
      const from = paired * rows;
      for (let n = 0; n < rows; n++) out[to + n]! += last * entering[from + n]!;
    }
  }
}

function accumulate(gradient: Float32Array, layer: Layer, entering: Columns, coming: Columns, rows: number): void {
  const { fanIn, fanOut, weight, bias } = layer;
  const paired = fanIn - (fanIn % 2);
  for (let j = 0; j < fanOut; j++) {
    const at = j * rows;
    const w = weight + j * fanIn;
    let sum = 0;
    for (let n = 0; n < rows; n++) sum += coming[at + n]!;
    gradient[bias + j]! += sum;
    for (let i = 0; i < paired; i += 2) {
      const from = i * rows;
      let one = 0;
      let two = 0;
      for (let n = 0; n < rows; n++) {
        const slope = coming[at + n]!;
        one += slope * entering[from + n]!;
        two += slope * entering[from + rows + n]!;
      }
      gradient[w + i]! += one;
      gradient[w + i + 1]! += two;
    }
    if (paired < fanIn) {
      const from = paired * rows;
      let last = 0;
      for (let n = 0; n < rows; n++) last += coming[at + n]! * entering[from + n]!;
      gradient[w + paired]! += last;
    }
  }
}

function bringBack(parameters: Float32Array, layer: Layer, coming: Columns, back: Columns, rows: number): void {
  const { fanIn, fanOut, weight } = layer;
  back.fill(0);
  for (let j = 0; j < fanOut; j++) {
    const at = j * rows;
    for (let i = 0; i < fanIn; i++) {
      const w = parameters[weight + j * fanIn + i]!;
      const to = i * rows;
      for (let n = 0; n < rows; n++) back[to + n]! += w * coming[at + n]!;
    }
  }
}
