/** How often something happens. */

/** The ends of the Wilson interval, with 95 % of confidence, of `count` out of `trials`. */
export function wilson(count: number, trials: number): [number, number] {
  const z = 1.959963984540054;
  const share = count / trials;
  const middle = share + (z * z) / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  const whole = 1 + (z * z) / trials;
  return [Math.max(0, (middle - half) / whole), Math.min(1, (middle + half) / whole)];
}
