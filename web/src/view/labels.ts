/** Labels that make room for each other. */

import type { Box, Stage } from "./stage";

const LINE = 14;
const [LETTER, BROADER] = [8, 4.5];

export interface Label {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly look: string;
}

/** About how wide it is drawn. */
const widthOf = ({ text }: Label): number => LETTER * text.length + BROADER * text.replace(/[^mMwW]/g, "").length;

/** Each as near to its place as it can be, none on another, none outside the box. */
export function drawLabels(stage: Stage, box: Box, labels: readonly Label[]): void {
  const taken: { x: number; y: number; width: number }[] = [];
  for (const label of labels) {
    const width = widthOf(label);
    const x = Math.min(label.x, box.x + box.width - width);
    const isFree = (y: number): boolean =>
      y < box.y + box.height &&
      y > box.y + LINE / 2 &&
      taken.every((other) => Math.abs(other.y - y) >= LINE || other.x > x + width || x > other.x + other.width);
    let y = label.y;
    for (let way = 1; !isFree(y) && way < 24; way++) y = label.y + (way % 2 ? 1 : -1) * Math.ceil(way / 2) * LINE;
    taken.push({ x, y, width });
    drawLabel(stage, label, x, y);
  }
}

/** A column of labels in the order of their places, kept within the box. */
export function drawLabelColumn(stage: Stage, box: Box, labels: readonly Label[]): void {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  const places = spread(
    sorted.map(({ y }) => y),
    LINE,
    box.y + LINE / 2,
    box.y + box.height,
  );
  sorted.forEach((label, i) =>
    drawLabel(stage, label, Math.min(label.x, box.x + box.width - widthOf(label)), places[i]!),
  );
}

/** Sorted places, moved until each two are a gap apart and all lie within low and high, where there is room. */
export function spread(places: readonly number[], gap: number, low: number, high: number): number[] {
  const moved = [...places];
  for (let i = 0; i < moved.length; i++) moved[i] = Math.max(moved[i]!, i ? moved[i - 1]! + gap : low);
  for (let i = moved.length - 1; i >= 0; i--)
    moved[i] = Math.min(moved[i]!, i < moved.length - 1 ? moved[i + 1]! - gap : high);
  return moved;
}

function drawLabel(stage: Stage, { key, text, look }: Label, x: number, y: number): void {
  stage.text(`label ${key}`, x, y, text, `live-on-plot live-small live-strong live-toned ${look}`);
}
