/** Scales: from values to places along an axis and back, with the ticks that a reader wants. */

import { plain, power } from "./format";

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** 0 at the low end, 1 at the high end. */
  share(value: number): number;
  value(share: number): number;
  ticks(about: number): Tick[];
}

export function linear(low: number, high: number): Scale {
  return {
    low,
    high,
    share: (value) => (value - low) / (high - low),
    value: (share) => low + share * (high - low),
    ticks: (about) => linearTicks(low, high, about).map((at) => ({ at, label: plain(at) })),
  };
}

/** The same distance for the same ratio. */
export function log(low: number, high: number): Scale {
  const [from, to] = [Math.log(low), Math.log(high)];
  return {
    low,
    high,
    share: (value) => (value > 0 ? (Math.log(value) - from) / (to - from) : value === 0 ? -Infinity : NaN),
    value: (share) => Math.exp(from + share * (to - from)),
    ticks: (about) => logTicks(low, high, about),
  };
}

/** Round numbers, about so many. */
export function linearTicks(low: number, high: number, about: number): number[] {
  const rough = (high - low) / Math.max(1, about);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * unit >= rough * 0.75)! * unit;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function logTicks(low: number, high: number, about: number): Tick[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / about));
  const exponents = [];
  for (let e = first; e <= last; e++) if (e % every === 0) exponents.push(e);
  const readable = first >= -4 && last <= 4;
  const whole = exponents.map((e) => ({ at: 10 ** e, label: readable ? plain(10 ** e) : power(e) }));
  if (every > 1 || whole.length >= Math.min(3, about)) return whole;
  const between = exponents.length < 2 ? [1, 2, 5] : [1, 3];
  const ticks: Tick[] = [];
  for (let e = first - 1; e <= last; e++)
    for (const factor of between) {
      const at = factor * 10 ** e;
      if (at >= low * 0.999 && at <= high * 1.001) ticks.push({ at, label: plain(at) });
    }
  return ticks;
}

/** Values at equal ratios from low to high, each rounded to two digits that count. */
export function ratios(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Number((low * (high / low) ** (i / (count - 1))).toPrecision(2)));
}

/** Values at equal distances, without the crumbs of floating point. */
export function evenly(low: number, high: number, step: number): number[] {
  const count = Math.round((high - low) / step) + 1;
  return Array.from({ length: count }, (_, i) => Number((low + i * step).toPrecision(10)));
}
