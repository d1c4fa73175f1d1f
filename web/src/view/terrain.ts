/**
 * A loss over two parameters as a landscape: from above in bands of colour, and as a surface. The landscapes are those
 * of linear models, which are bowls: the lowest point and the curvatures say all about them.
 */

import { type Palette, type Rgb, ramp } from "../figure/theme";
import { contour, type Field, fieldOf } from "../plot/field";
import type { Panel } from "./panel";
import type { Box } from "./stage";

/** A bowl: L = least + ½ (θ − lowest)ᵀ A (θ − lowest). */
export interface Bowl {
  readonly least: number;
  readonly lowest: readonly [number, number];
  /** A's entries for w, w and b, b. */
  readonly curvature: readonly [number, number, number];
}

/** The landscape of ŷ = w x + b under the mean squared error. */
export function bowlOf(x: ArrayLike<number>, y: ArrayLike<number>): Bowl {
  const n = x.length;
  const mean = (f: (i: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += f(i);
    return sum / n;
  };
  const [mx, my] = [mean((i) => x[i]!), mean((i) => y[i]!)];
  const w = mean((i) => (x[i]! - mx) * (y[i]! - my)) / mean((i) => (x[i]! - mx) ** 2);
  const b = my - w * mx;
  return {
    least: mean((i) => (w * x[i]! + b - y[i]!) ** 2),
    lowest: [w, b],
    curvature: [2 * mean((i) => x[i]! ** 2), 2 * mx, 2],
  };
}

export function lossOn(bowl: Bowl, w: number, b: number): number {
  const [dw, db] = [w - bowl.lowest[0], b - bowl.lowest[1]];
  const [ww, wb, bb] = bowl.curvature;
  return bowl.least + 0.5 * (ww * dw * dw + 2 * wb * dw * db + bb * db * db);
}

export function slopeOn(bowl: Bowl, w: number, b: number): [number, number] {
  const [dw, db] = [w - bowl.lowest[0], b - bowl.lowest[1]];
  const [ww, wb, bb] = bowl.curvature;
  return [ww * dw + wb * db, wb * dw + bb * db];
}

/** The largest and the smallest curvature. */
export function curvatures({ curvature: [ww, wb, bb] }: Bowl): [number, number] {
  const middle = (ww + bb) / 2;
  const spread = Math.hypot((ww - bb) / 2, wb);
  return [middle + spread, middle - spread];
}

const BANDS = 11;

/** Each contour at twice the loss of the one inside. */
export function levelsOf(bowl: Bowl): number[] {
  return Array.from({ length: BANDS }, (_, i) => bowl.least * 1.25 * 2 ** i);
}

function colours(palette: Palette): Rgb[] {
  return ["deep", "low", "middle", "high", "peak"].map((name) => palette.rgb(name));
}

/** From 0 at the lowest point to 1 at the highest contour. */
const tone = (bowl: Bowl, loss: number): number => Math.log2(Math.max(1, loss / bowl.least / 1.25)) / (BANDS - 1);

/** The landscape from above, as a map. */
export function paintMap(panel: Panel, bowl: Bowl, palette: Palette): void {
  const set = colours(palette);
  const loss = (w: number, b: number): number => lossOn(bowl, w, b);
  paintBands(panel, String(bowl.least), loss, levelsOf(bowl), palette, (share) => ramp(set, share));
}

/**
 * A loss from above: a band of colour between each two levels, and a line at each level.
 *
 * @param stamp changes where the loss or the levels do.
 * @param colour of a band, from 0 for the lowest to 1 above the highest level.
 */
export function paintBands(
  panel: Panel,
  stamp: string,
  loss: (x: number, y: number) => number,
  levels: readonly number[],
  palette: Palette,
  colour: (share: number) => Rgb,
): void {
  const { inner, axes } = panel;
  const whole = [axes.x.low, axes.x.high, axes.y.low, axes.y.high, stamp, palette.stamp].join();
  panel.stage.canvas(`${panel.name}.map`, inner, whole, (context) => {
    const [columns, rows] = [Math.ceil(inner.width), Math.ceil(inner.height)];
    const image = context.createImageData(columns, rows);
    const bands = Array.from({ length: levels.length + 1 }, (_, band) => colour(band / levels.length));
    for (let row = 0; row < rows; row++) {
      const y = axes.y.value(1 - (row + 0.5) / rows);
      for (let column = 0; column < columns; column++) {
        const here = loss(axes.x.value((column + 0.5) / columns), y);
        const above = levels.findIndex((level) => here <= level);
        image.data.set([...bands[above < 0 ? levels.length : above]!, 255], 4 * (row * columns + column));
      }
    }
    const small = document.createElement("canvas");
    [small.width, small.height] = [columns, rows];
    small.getContext("2d")!.putImageData(image, 0, 0);
    context.drawImage(small, 0, 0, inner.width, inner.height);
    const field = fieldOf(120, 100, (u, v) => loss(axes.x.value(u), axes.y.value(v)));
    context.strokeStyle = palette.css("ink", 0.3);
    context.lineWidth = 0.8;
    for (const level of levels)
      context.stroke(new Path2D(contour(field, level, (u, v) => [u * inner.width, (1 - v) * inner.height])));
  });
}

/** How a surface is looked at: orthographic, turned about its height. */
export interface View {
  readonly box: Box;
  /** Radians. */
  readonly turn: number;
  /** The loss at the top of the picture. */
  readonly ceiling: number;
  readonly w: readonly [number, number];
  readonly b: readonly [number, number];
}

const TILT = 0.5;
const LIFT = 0.5;

/** From w, b and a height to a place on the stage. */
export function projection({
  box,
  turn,
  ceiling,
  w,
  b,
}: View): (w: number, b: number, loss: number) => [number, number] {
  const scale = Math.min(box.width / 1.3, box.height / 1.2);
  const [sine, cosine] = [Math.sin(turn), Math.cos(turn)];
  return (atW, atB, loss) => {
    const u = (atW - w[0]) / (w[1] - w[0]) - 0.5;
    const v = (atB - b[0]) / (b[1] - b[0]) - 0.5;
    const right = u * cosine - v * sine;
    const away = u * sine + v * cosine;
    return [
      box.x + box.width / 2 + right * scale,
      box.y + box.height * 0.66 - away * scale * TILT - Math.min(1, loss / ceiling) * scale * LIFT,
    ];
  };
}

const CELLS = 44;

interface Corner {
  readonly w: number;
  readonly b: number;
  readonly loss: number;
}

/** The landscape as a surface, far cells first, cut off at the ceiling. */
export function paintSurface(context: CanvasRenderingContext2D, bowl: Bowl, view: View, palette: Palette): void {
  const place = projection({ ...view, box: { ...view.box, x: 0, y: 0 } });
  const set = colours(palette);
  const levels = levelsOf(bowl);
  const at = (range: readonly [number, number], i: number): number => range[0] + (i / CELLS) * (range[1] - range[0]);
  const corner = (i: number, j: number): Corner => {
    const [w, b] = [at(view.w, i), at(view.b, j)];
    return { w, b, loss: lossOn(bowl, w, b) };
  };
  context.lineJoin = "round";
  context.strokeStyle = palette.css("rule");
  context.stroke(new Path2D(ground({ ...view, box: { ...view.box, x: 0, y: 0 } }).outline));
  for (const [i, j] of farFirst(view.turn)) {
    const corners = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)];
    const shown = below(corners, view.ceiling);
    if (shown.length < 3) continue;
    const middle = shown.reduce((sum, { loss }) => sum + loss, 0) / shown.length;
    const rise = (corners[1]!.loss + corners[2]!.loss - corners[0]!.loss - corners[3]!.loss) / view.ceiling;
    const light = 1 - 0.14 * Math.max(-1, Math.min(1, 6 * rise));
    const [r, g, b] = ramp(set, tone(bowl, middle)).map((part) => Math.round(Math.min(255, part * light)));
    context.fillStyle = context.strokeStyle = `rgb(${r},${g},${b})`;
    context.lineWidth = 0.8;
    context.beginPath();
    shown.forEach(({ w, b, loss }, k) => {
      const [x, y] = place(w, b, loss);
      if (k) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
    context.closePath();
    context.fill();
    context.stroke();
    context.strokeStyle = palette.css("ink", 0.3);
    const losses = [0, 1, 3, 2].map((k) => corners[k]!.loss);
    const cell: Field = { columns: 2, rows: 2, values: Float64Array.from(losses) };
    for (const level of levels) {
      if (level < Math.min(...losses) || level > Math.min(view.ceiling, Math.max(...losses))) continue;
      context.stroke(new Path2D(contour(cell, level, (u, v) => place(at(view.w, i + u), at(view.b, j + v), level))));
    }
  }
}

/** The part of a cell that lies below the ceiling. */
function below(corners: readonly Corner[], ceiling: number): Corner[] {
  return corners.flatMap((one, k) => {
    const next = corners[(k + 1) % corners.length]!;
    const kept = one.loss <= ceiling ? [one] : [];
    if (one.loss <= ceiling === next.loss <= ceiling) return kept;
    const t = (ceiling - one.loss) / (next.loss - one.loss);
    return [...kept, { w: one.w + t * (next.w - one.w), b: one.b + t * (next.b - one.b), loss: ceiling }];
  });
}

function* farFirst(turn: number): Generator<readonly [number, number]> {
  const towardsW = Math.sin(turn) > 0;
  const towardsB = Math.cos(turn) > 0;
  for (let i = 0; i < CELLS; i++)
    for (let j = 0; j < CELLS; j++) yield [towardsW ? CELLS - 1 - i : i, towardsB ? CELLS - 1 - j : j];
}

/** The edges of the ground on which a surface stands, and where the names of its axes go: at the edges in front. */
export function ground(view: View): { outline: string; w: [number, number]; b: [number, number] } {
  const place = projection(view);
  const [w, b] = [view.w, view.b];
  const corners = [place(w[0], b[0], 0), place(w[1], b[0], 0), place(w[1], b[1], 0), place(w[0], b[1], 0)];
  const middle = place((w[0] + w[1]) / 2, (b[0] + b[1]) / 2, 0);
  const edge = (i: number, k: number): [number, number] => {
    const [x, y] = [(corners[i]![0] + corners[k]![0]) / 2, (corners[i]![1] + corners[k]![1]) / 2];
    const away = Math.hypot(x - middle[0], y - middle[1]) || 1;
    return [x + (13 * (x - middle[0])) / away, y + (13 * (y - middle[1])) / away + 4];
  };
  const front = (one: [number, number], two: [number, number]): [number, number] => (one[1] > two[1] ? one : two);
  return {
    outline: `M${corners.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`,
    w: front(edge(0, 1), edge(2, 3)),
    b: front(edge(1, 2), edge(3, 0)),
  };
}
