/** A deep network at its start: what comes out of each layer, and what gradient comes back to it. */

import type { ActivationName } from "looplab/engine/activations";
import { type Columns, Network, startOf } from "looplab/engine/network";
import { MersenneTwister } from "looplab/engine/random";
import { normal, sizeOf } from "looplab/engine/signals";

export const DEPTH = 30;
const ROWS = 48;
const QUANTILES = [0.05, 0.25, 0.75, 0.95] as const;

export interface Start {
  readonly activation: ActivationName;
  /** The weights' standard deviation times the root of the width. */
  readonly scale: number;
  readonly width: number;
  readonly seed: number;
}

/** The numbers at one layer, of all units and rows. */
export interface Layer {
  readonly values: Columns;
  readonly size: number;
  /** Of the sizes of those that are not 0: where a twentieth, a quarter and so on of them lie below; none if all are 0. */
  readonly quantiles: readonly number[] | undefined;
}

export interface Passes {
  /** At 0 the inputs, then the outputs of each layer. */
  readonly forward: readonly Layer[];
  /** At l the gradient for the values of layer l before its activation, as a multiple of its size at the last; at 0 none. */
  readonly backward: readonly Layer[];
}

/**
 * PyTorch's default weights for this seed, multiplied until they have the scale; biases 0; normal inputs. A gradient of
 * 1 or −1 comes back to the output of each row.
 */
export function passesOf({ activation, scale, width, seed }: Start): Passes {
  const shape = { inputs: width, widths: new Array<number>(DEPTH).fill(width), outputs: 1, activation };
  const parameters = startOf(shape, seed);
  const network = new Network(shape, parameters);
  const factor = scale * Math.sqrt(3); // the default has a scale of 1/√3
  for (const { weight, bias, fanOut } of network.layers) {
    for (let i = weight; i < bias; i++) parameters[i]! *= factor;
    parameters.fill(0, bias, bias + fanOut);
  }
  const generator = new MersenneTwister(1000 + seed);
  const pass = network.forward(normal(generator, width * ROWS), ROWS);
  const coming = Float64Array.from({ length: ROWS }, () => (generator.bits() & 1 ? 1 : -1));
  network.backward(pass, coming, new Float32Array(parameters.length));
  const last = sizeOf(pass.stages[DEPTH]!.slopes);
  return {
    forward: pass.stages.map(({ entering }) => layerOf(entering, 1)),
    backward: pass.stages.map(({ slopes }, l) => layerOf(l ? slopes : new Float64Array(0), last || 1)),
  };
}

function layerOf(numbers: Columns, unit: number): Layer {
  const values = numbers.map((value) => value / unit);
  const sizes = values.filter((value) => value !== 0).map(Math.abs);
  sizes.sort();
  const quantiles = sizes.length ? QUANTILES.map((share) => sizes[Math.floor(share * (sizes.length - 1))]!) : undefined;
  return { values, size: sizeOf(values), quantiles };
}
