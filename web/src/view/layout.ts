/** How a figure's parts share its width: side by side where there is room, else one below the other. */

import type { Box } from "./stage";

export interface Part {
  /** Its share of the width where the parts stand side by side. */
  readonly weight: number;
  readonly height: number;
  /** Its height where the parts stand one below the other. */
  readonly stacked?: number;
}

/** The boxes of the parts, and how high all of them are. */
export function arrange(
  width: number,
  parts: readonly Part[],
  narrow = 560,
  gap = 26,
): { boxes: Box[]; height: number; stacked: boolean } {
  if (width < narrow) {
    let y = 0;
    const boxes = parts.map(({ height, stacked = height }) => {
      const box = { x: 0, y, width, height: stacked };
      y += stacked + 14;
      return box;
    });
    return { boxes, height: y - 14, stacked: true };
  }
  const whole = parts.reduce((sum, { weight }) => sum + weight, 0);
  const room = width - gap * (parts.length - 1);
  let x = 0;
  const boxes = parts.map(({ weight, height }) => {
    const box = { x, y: 0, width: (room * weight) / whole, height };
    x += box.width + gap;
    return box;
  });
  return { boxes, height: Math.max(...parts.map(({ height }) => height)), stacked: false };
}
