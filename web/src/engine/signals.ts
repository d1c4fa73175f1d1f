/** What is said of numbers that pass through layers: their size; and the normal numbers that go in. */

import type { Columns } from "./network";
import type { MersenneTwister } from "./random";

/** The root of the mean square. */
export function sizeOf(values: Columns): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return values.length ? Math.sqrt(sum / values.length) : 0;
}

/** Normal random numbers, by Box and Muller's method. */
export function normal(generator: MersenneTwister, count: number): Columns {
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - generator.uniform(0, 1)));
    return radius * Math.cos(2 * Math.PI * generator.uniform(0, 1));
  });
}
