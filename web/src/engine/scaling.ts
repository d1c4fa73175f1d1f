/** Inputs in units of their spread, counted from their mean. */

export interface Standard {
  readonly values: number[];
  readonly of: (value: number) => number;
}

/** The spread is a mean over all N. */
export function standardize(x: readonly number[]): Standard {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const spread = Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length);
  const of = (value: number): number => (value - mean) / spread;
  return { values: x.map(of), of };
}
