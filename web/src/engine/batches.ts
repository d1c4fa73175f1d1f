/** Which rows feed which step, in the order of `looplab.data.batch_order`. */

import { MersenneTwister } from "./random";

/**
 * The batches, without end: each epoch shuffles all rows anew and cuts them; the last batch has what is left.
 * With a batch size of null every step takes all rows, in their own order.
 */
export function* batches(rows: number, size: number | null, seed: number): Endless<Uint32Array | null> {
  if (size === null) {
    for (;;) yield null;
  }
  const generator = new MersenneTwister(seed);
  for (;;) {
    const order = generator.permutation(rows);
    for (let from = 0; from < rows; from += size) yield order.slice(from, from + size);
  }
}

type Endless<T> = Generator<T, never, void>;
