/** Functions of two numbers that optimizers walk down, and the walk itself, in float32 as PyTorch does it. */

import type { Update } from "./optimizers";

export interface Surface {
  loss(x: number, y: number): number;
  slope(x: number, y: number): readonly [number, number];
  readonly lowest: readonly [number, number];
}

/**
 * ½ (u²/κ + v²): across the valley the curvature is 1, along it 1/κ.
 *
 * @param turn by how many degrees the valley is turned against the axis of x.
 */
function ravine(ratio: number, turn: number): Surface {
  const angle = (turn * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const along = (x: number, y: number): number => x * cosine + y * sine;
  const across = (x: number, y: number): number => y * cosine - x * sine;
  return {
    loss: (x, y) => along(x, y) ** 2 / (2 * ratio) + across(x, y) ** 2 / 2,
    slope: (x, y) => {
      const [u, v] = [along(x, y) / ratio, across(x, y)];
      return [u * cosine - v * sine, u * sine + v * cosine];
    },
    lowest: [0, 0],
  };
}

/** Rosenbrock's valley, (1 − x)² + 100 (y − x²)². */
function rosenbrock(): Surface {
  return {
    loss: (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    slope: (x, y) => [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
    lowest: [1, 1],
  };
}

export const SURFACES = { ravine, rosenbrock } satisfies Record<string, (ratio: number, turn: number) => Surface>;

export type SurfaceName = keyof typeof SURFACES;

export interface Walk {
  /** Where it stands before each step. */
  readonly points: [number, number][];
  /** The losses there. The last one is no finite number if the walk has blown up. */
  readonly losses: number[];
}

export function walk(surface: Surface, update: Update, start: readonly [number, number], steps: number): Walk {
  const place = Float32Array.from(start);
  const gradient = new Float32Array(2);
  const points: [number, number][] = [];
  const losses: number[] = [];
  for (let step = 0; step <= steps; step++) {
    const [x, y] = place as unknown as [number, number];
    const loss = Math.fround(surface.loss(x, y));
    points.push([x, y]);
    losses.push(loss);
    if (!Number.isFinite(loss)) break;
    gradient.set(surface.slope(x, y));
    update(place, gradient);
  }
  return { points, losses };
}

/** The first step from which on all losses are below the goal; undefined if the last one is not. */
export function settled(losses: readonly number[], goal: number): number | undefined {
  let step = losses.length;
  while (step > 0 && losses[step - 1]! < goal) step -= 1;
  return step < losses.length ? step : undefined;
}
