/** One pair of axes on a stage, with lines, points and words upon it. */

import type { Scale } from "../plot/scale";
import type { Box, Stage } from "./stage";

export interface Axes {
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** About how many ticks; 0 for none. */
  readonly xTicks?: number;
  readonly yTicks?: number;
  /** Ticks at these values instead of round ones. */
  readonly xAt?: readonly { at: number; label: string }[];
  /** Room around the axes. */
  readonly margin?: Partial<Record<"left" | "right" | "top" | "bottom", number>>;
  readonly grid?: boolean;
  /** How far lines may leave the axes before they are cut off. */
  readonly slack?: number;
}

export type Point = readonly [number, number];
export type Marker = "circle" | "triangle" | "cross" | "ring";

const SLACK = 7;

export class Panel {
  readonly inner: Box;

  constructor(
    readonly stage: Stage,
    readonly name: string,
    readonly outer: Box,
    readonly axes: Axes,
  ) {
    const { left = 44, right = 12, top = 22, bottom = 38 } = axes.margin ?? {};
    this.inner = {
      x: outer.x + left,
      y: outer.y + top,
      width: Math.max(10, outer.width - left - right),
      height: Math.max(10, outer.height - top - bottom),
    };
    this.drawAxes();
  }

  x(value: number): number {
    return this.inner.x + this.axes.x.share(value) * this.inner.width;
  }

  y(value: number): number {
    return this.inner.y + (1 - this.axes.y.share(value)) * this.inner.height;
  }

  /** From a place on the stage to values, kept within the axes. */
  at(px: number, py: number): [number, number] {
    const u = Math.min(1, Math.max(0, (px - this.inner.x) / this.inner.width));
    const v = Math.min(1, Math.max(0, 1 - (py - this.inner.y) / this.inner.height));
    return [this.axes.x.value(u), this.axes.y.value(v)];
  }

  holds(px: number, py: number): boolean {
    const { x, y, width, height } = this.inner;
    return px >= x && px <= x + width && py >= y && py <= y + height;
  }

  line(key: string, points: Iterable<Point>, look: string): void {
    this.path(key, this.polyline(points), look);
  }

  /** A function over the whole width. */
  curve(key: string, f: (x: number) => number, look: string, pieces = 160): void {
    const points: Point[] = [];
    for (let i = 0; i <= pieces; i++) {
      const at = this.axes.x.value(i / pieces);
      points.push([at, f(at)]);
    }
    this.line(key, points, look);
  }

  /** The area between a line and the lower end of y. */
  area(key: string, points: readonly Point[], look: string): void {
    if (!points.length) return;
    const [first, last] = [points[0]!, points.at(-1)!];
    const floor = (this.inner.y + this.inner.height).toFixed(1);
    const d = `${this.polyline(points)}L${this.x(last[0]).toFixed(1)} ${floor}L${this.x(first[0]).toFixed(1)} ${floor}Z`;
    this.path(key, d, look);
  }

  /** A path in pixels of the stage, cut off at the axes. */
  path(key: string, d: string, look: string): void {
    this.stage.path(`${this.name}.${key}`, d, `live-line ${look}`, { "clip-path": `url(#${this.clip()})` });
  }

  marks(key: string, points: Iterable<Point>, radius: number, look: string, marker: Marker = "circle"): void {
    let d = "";
    const { x, y, width, height } = this.inner;
    for (const [at, to] of points) {
      const [px, py] = [this.x(at), this.y(to)];
      if (!(px >= x - SLACK && px <= x + width + SLACK && py >= y - SLACK && py <= y + height + SLACK)) continue;
      d += shape(marker, px, py, radius);
    }
    this.stage.path(`${this.name}:${key}`, d, `live-mark ${look}`);
  }

  text(
    key: string,
    at: Point,
    text: string,
    look = "",
    anchor: "start" | "middle" | "end" = "start",
    dx = 0,
    dy = 0,
  ): void {
    this.stage.text(
      `${this.name}.${key}`,
      this.x(at[0]) + dx,
      this.y(at[1]) + dy,
      text,
      `live-on-plot ${look}`,
      anchor,
    );
  }

  /** A straight line over the whole width at one value of y. */
  level(key: string, value: number, look: string): void {
    const { x, width } = this.inner;
    const y = this.y(value);
    if (Number.isFinite(y)) this.path(key, `M${x} ${y.toFixed(1)}h${width}`, look);
  }

  /** A straight line over the whole height at one value of x. */
  upright(key: string, value: number, look: string): void {
    const { y, height } = this.inner;
    this.path(key, `M${this.x(value).toFixed(1)} ${y}v${height}`, look);
  }

  private polyline(points: Iterable<Point>): string {
    let d = "";
    let pen = false;
    const { y, height } = this.inner;
    for (const [at, to] of points) {
      let [px, py] = [this.x(at), this.y(to)];
      if (py === Infinity || py === -Infinity) py = py > 0 ? y + height + 1e3 : y - 1e3;
      if (!Number.isFinite(px) || !Number.isFinite(py)) {
        pen = false;
        continue;
      }
      px = Math.min(1e5, Math.max(-1e5, px));
      py = Math.min(1e5, Math.max(-1e5, py));
      d += `${pen ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`;
      pen = true;
    }
    return d;
  }

  private clip(): string {
    return clipId(this.stage, this.name);
  }

  private drawAxes(): void {
    const { stage, name, axes, inner, outer } = this;
    const key = (part: string): string => `${name}.${part}`;
    const slack = axes.slack ?? SLACK;
    const area = {
      x: inner.x - slack,
      y: inner.y - slack,
      width: inner.width + 2 * slack,
      height: inner.height + 2 * slack,
    };
    const clip = stage.mark(key("clip"), "clipPath", { id: this.clip() });
    if (!clip.firstChild) clip.append(document.createElementNS("http://www.w3.org/2000/svg", "rect"));
    for (const [attribute, value] of Object.entries(area))
      (clip.firstChild as Element).setAttribute(attribute, String(value));

    const bottom = inner.y + inner.height;
    let grid = "";
    axes.y.ticks(axes.yTicks ?? Math.max(2, inner.height / 48)).forEach(({ at, label }, i) => {
      if (axes.yTicks === 0) return;
      const y = this.y(at);
      grid += `M${inner.x} ${y.toFixed(1)}h${inner.width}`;
      stage.text(key(`y${i}`), inner.x - 7, y + 4, label, "live-tick", "end");
    });
    if (axes.grid !== false) stage.path(key("grid"), grid, "live-grid");
    stage.path(key("base"), `M${inner.x} ${bottom}h${inner.width}`, "live-base");
    const ticks = axes.xAt ?? axes.x.ticks(axes.xTicks ?? Math.max(2, inner.width / 70));
    ticks.forEach(({ at, label }, i) => {
      if (axes.xTicks !== 0) stage.text(key(`x${i}`), this.x(at), bottom + 16, label, "live-tick", "middle");
    });
    if (axes.xLabel)
      stage.text(
        key("xLabel"),
        inner.x + inner.width / 2,
        bottom + (axes.xTicks === 0 ? 17 : 33),
        axes.xLabel,
        "live-axis",
        "middle",
      );
    if (axes.yLabel) stage.text(key("yLabel"), outer.x, inner.y - 9, axes.yLabel, "live-axis", "start");
  }
}

let stages = 0;
const numbers = new WeakMap<Stage, number>();

function clipId(stage: Stage, name: string): string {
  if (!numbers.has(stage)) numbers.set(stage, ++stages);
  return `live-clip-${numbers.get(stage)}-${name.replace(/\W/g, "-")}`;
}

export function shape(marker: Marker, x: number, y: number, r: number): string {
  const at = (dx: number, dy: number): string => `${(x + dx).toFixed(1)} ${(y + dy).toFixed(1)}`;
  switch (marker) {
    case "circle":
    case "ring":
      return `M${at(-r, 0)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    case "triangle":
      return `M${at(0, -1.2 * r)}L${at(1.1 * r, 0.8 * r)}L${at(-1.1 * r, 0.8 * r)}Z`;
    case "cross":
      return `M${at(-r, -r)}L${at(r, r)}M${at(-r, r)}L${at(r, -r)}`;
  }
}
