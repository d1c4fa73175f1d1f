/**
 * One pass forward and back through a network with one hidden layer, one output and at most two inputs, a unit at a
 * time: what `Network` does, in a third of the time. So hundreds of such networks can be trained while one looks on.
 */

import type { ActivationName } from "./activations";
import type { Loss } from "./losses";
import type { Columns, Shape } from "./network";

export interface ShallowRows {
  readonly count: number;
  readonly inputs: Columns;
  readonly targets: Columns;
}

type Kind = "relu" | "tanh";

/** The pass for this shape; undefined for one that `Network` has to do. */
export function shallowPass(shape: Shape): Shallow | undefined {
  const { inputs, widths, outputs, activation } = shape;
  if (inputs > 2 || widths.length !== 1 || outputs !== 1 || !isKind(activation)) return undefined;
  return new Shallow(inputs, widths[0]!, activation);
}

function isKind(activation: ActivationName): activation is Kind {
  return activation === "relu" || activation === "tanh";
}

export class Shallow {
  private hidden = new Float64Array(0);
  private outputs = new Float64Array(0);
  private slopes = new Float64Array(0);
  private none = new Float64Array(0);

  constructor(
    private readonly inputs: number,
    private readonly units: number,
    private readonly activation: Kind,
  ) {}

  /** The loss of these rows; its gradient is put into `gradient`. */
  run(parameters: Float32Array, rows: ShallowRows, loss: Loss, gradient: Float32Array): number {
    const n = rows.count;
    if (this.outputs.length !== n) {
      this.hidden = new Float64Array(n * this.units);
      [this.outputs, this.slopes, this.none] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
    }
    const x1 = rows.inputs.subarray(0, n);
    const x2 = this.inputs === 2 ? rows.inputs.subarray(n) : this.none;
    this.forward(parameters, x1, x2, n);
    const value = loss(this.outputs, rows.targets, this.slopes);
    this.backward(parameters, x1, x2, n, gradient);
    return value;
  }

  private forward(parameters: Float32Array, x1: Columns, x2: Columns, n: number): void {
    const { inputs, units, hidden, outputs } = this;
    const bias = inputs * units;
    const second = bias + units;
    outputs.fill(parameters[second + units]!);
    for (let j = 0; j < units; j++) {
      const w1 = parameters[inputs * j]!;
      const w2 = inputs === 2 ? parameters[2 * j + 1]! : 0;
      const b = parameters[bias + j]!;
      const v = parameters[second + j]!;
      const h = hidden.subarray(j * n, j * n + n);
      if (this.activation === "relu") {
        for (let i = 0; i < n; i++) {
          const z = w1 * x1[i]! + w2 * x2[i]! + b;
          const value = z < 0 ? 0 : z;
          h[i] = value;
          outputs[i]! += v * value;
        }
      } else {
        for (let i = 0; i < n; i++) {
          const value = 1 - 2 / (Math.exp(2 * (w1 * x1[i]! + w2 * x2[i]! + b)) + 1);
          h[i] = value;
          outputs[i]! += v * value;
        }
      }
    }
  }

  private backward(parameters: Float32Array, x1: Columns, x2: Columns, n: number, gradient: Float32Array): void {
    const { inputs, units, hidden, slopes } = this;
    const bias = inputs * units;
    const second = bias + units;
    let all = 0;
    for (let i = 0; i < n; i++) all += slopes[i]!;
    gradient[second + units] = all;
    for (let j = 0; j < units; j++) {
      const v = parameters[second + j]!;
      const h = hidden.subarray(j * n, j * n + n);
      let [dv, db, dw1, dw2] = [0, 0, 0, 0];
      if (this.activation === "relu") {
        for (let i = 0; i < n; i++) {
          const value = h[i]!;
          const slope = slopes[i]!;
          dv += slope * value;
          const dz = value === 0 ? 0 : slope;
          db += dz;
          dw1 += dz * x1[i]!;
          dw2 += dz * x2[i]!;
        }
      } else {
        for (let i = 0; i < n; i++) {
          const value = h[i]!;
          const slope = slopes[i]!;
          dv += slope * value;
          const dz = slope * (1 - value * value);
          db += dz;
          dw1 += dz * x1[i]!;
          dw2 += dz * x2[i]!;
        }
      }
      gradient[second + j] = dv;
      gradient[bias + j] = v * db;
      gradient[inputs * j] = v * dw1;
      if (inputs === 2) gradient[2 * j + 1] = v * dw2;
    }
  }
}
