/** A learning rate that changes from step to step. */

import type { Update } from "./optimizers";

/** From a step, counted from 0, to the factor of the learning rate. */
export type Schedule = (step: number) => number;

/** The update with its learning rate times the factor of its step: how far an optimizer moves is in proportion to it. */
export function scheduled(update: Update, schedule: Schedule): Update {
  let before: Float32Array | undefined;
  let step = 0;
  return (parameters, gradient) => {
    before ??= new Float32Array(parameters.length);
    before.set(parameters);
    update(parameters, gradient);
    const factor = schedule(step++);
    for (let i = 0; i < parameters.length; i++) parameters[i] = before[i]! + factor * (parameters[i]! - before[i]!);
  };
}

/** A schedule of straight lines through values at equal distances, from the first step to the last. */
export function throughPoints(values: readonly number[], steps: number): Schedule {
  return (step) => {
    const place = Math.min(values.length - 1, (step / steps) * (values.length - 1));
    const at = Math.min(values.length - 2, Math.floor(place));
    return values[at]! + (place - at) * (values[at + 1]! - values[at]!);
  };
}

/** The values after a stroke from one point to another: those between lie on its line. */
export function drawn(
  values: readonly number[],
  from: readonly [number, number],
  to: readonly [number, number],
): number[] {
  const [[a, first], [b, last]] = from[0] <= to[0] ? [from, to] : [to, from];
  return values.map((value, i) => {
    if (i === to[0]) return to[1];
    return i < a || i > b ? value : Math.round(first + ((i - a) / (b - a)) * (last - first));
  });
}
