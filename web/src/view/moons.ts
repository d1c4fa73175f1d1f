/** The plane of the moons: what a network says everywhere, its boundary, its creases, and the rows. */

import type { Columns, Network } from "../engine/network";
import type { Rows } from "../engine/training";
import { mix, type Palette } from "../figure/theme";
import { contour, type Field } from "../plot/field";
import { linear } from "../plot/scale";
import { Panel, type Point } from "./panel";
import type { Box, Stage } from "./stage";

export const X1 = [-1.7, 2.7] as const;
export const X2 = [-1.3, 1.8] as const;

/** The points of a grid over the plane, as columns for a network. */
export class Grid {
  readonly points: Columns;

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    const count = columns * rows;
    this.points = new Float64Array(2 * count);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        this.points[at] = X1[0] + (column / (columns - 1)) * (X1[1] - X1[0]);
        this.points[count + at] = X2[0] + (row / (rows - 1)) * (X2[1] - X2[0]);
      }
  }

  /** The scores at all points; overwritten when the same network is asked again. */
  scores(network: Network): Field {
    const { outputs } = network.forward(this.points, this.columns * this.rows);
    return { columns: this.columns, rows: this.rows, values: outputs };
  }
}

const FINE = new Grid(89, 63);

export function moonsPanel(stage: Stage, name: string, box: Box): Panel {
  return new Panel(stage, name, box, {
    x: linear(...X1),
    y: linear(...X2),
    xLabel: "x₁",
    yLabel: "x₂",
    xTicks: 5,
    yTicks: 4,
    slack: 0,
    grid: false,
    margin: { left: 28, top: 20, right: 4, bottom: 36 },
  });
}

/** Paint the two sides of a network, and draw its boundary. */
export function drawSides(panel: Panel, network: Network, palette: Palette, stamp: string): void {
  const field = FINE.scores(network);
  panel.stage.canvas(`${panel.name}.sides`, panel.inner, `${stamp} ${palette.stamp}`, (context) => {
    const small = document.createElement("canvas");
    [small.width, small.height] = [field.columns, field.rows];
    const image = new ImageData(field.columns, field.rows);
    paintSides(image, 0, 0, field, palette, "side");
    small.getContext("2d")!.putImageData(image, 0, 0);
    const { width, height } = panel.inner;
    context.imageSmoothingQuality = "high";
    context.drawImage(small, 0, 0, width, height);
  });
  const { x, y, width, height } = panel.inner;
  const d = contour(field, 0, (u, v) => [x + u * width, y + (1 - v) * height]);
  panel.path("boundary", d, "live-tone-network live-thick");
}

/** Colours of the two sides, the stronger the surer, into a part of a picture. */
export function paintSides(
  image: ImageData,
  left: number,
  top: number,
  field: Field,
  palette: Palette,
  colours: "side" | "class",
): void {
  const [paper, zero, one] = [palette.rgb("paper"), palette.rgb(`${colours}-0`), palette.rgb(`${colours}-1`)];
  const least = colours === "side" ? 0.45 : 0.3;
  const most = colours === "side" ? 1 : 0.85;
  for (let row = 0; row < field.rows; row++) {
    for (let column = 0; column < field.columns; column++) {
      const score = field.values[(field.rows - 1 - row) * field.columns + column]!;
      const sure = Math.abs(Math.tanh(score / 3));
      const [r, g, b] = !Number.isNaN(score)
        ? mix(paper, score > 0 ? one : zero, least + (most - least) * sure)
        : paper;
      image.data.set([r, g, b, 255], 4 * ((top + row) * image.width + left + column));
    }
  }
}

/** Where each hidden unit's value before the activation is 0. */
export function drawCreases(panel: Panel, network: Network, look: string): void {
  const [hidden, output] = network.layers;
  if (!hidden || !output) return;
  const { parameters } = network;
  let strongest = 1e-9;
  const pull = (j: number): number =>
    Math.abs(parameters[output.weight + j]!) *
    Math.hypot(parameters[hidden.weight + 2 * j]!, parameters[hidden.weight + 2 * j + 1]!);
  for (let j = 0; j < hidden.fanOut; j++) strongest = Math.max(strongest, pull(j));
  for (let j = 0; j < hidden.fanOut; j++) {
    const [a, b] = [parameters[hidden.weight + 2 * j]!, parameters[hidden.weight + 2 * j + 1]!];
    const line = across(a, b, parameters[hidden.bias + j]!);
    if (!line) continue;
    panel.line(`crease${j}`, line, `live-thin live-dashed ${look} ${pull(j) < 0.15 * strongest ? "live-pale" : ""}`);
  }
}

/** The line a x₁ + b x₂ + c = 0, from edge to edge of a generous frame. */
function across(a: number, b: number, c: number): [Point, Point] | undefined {
  if (!Number.isFinite(a + b + c) || (a === 0 && b === 0)) return undefined;
  if (Math.abs(b) > Math.abs(a)) {
    const at = (x: number): Point => [x, -(a * x + c) / b];
    return [at(-4), at(5)];
  }
  const at = (y: number): Point => [-(b * y + c) / a, y];
  return [at(-4), at(5)];
}

export function drawRows(panel: Panel, rows: Rows): void {
  const of = (label: number): Point[] => {
    const points: Point[] = [];
    for (let n = 0; n < rows.count; n++)
      if (rows.targets[n] === label) points.push([rows.inputs[n]!, rows.inputs[rows.count + n]!]);
    return points;
  };
  panel.marks("class0", of(0), 3, "live-tone-class-0 live-edged live-fine");
  panel.marks("class1", of(1), 3.4, "live-tone-class-1 live-outlined", "triangle");
}

/** How many rows lie on the wrong side. */
export function wrongOf(network: Network, rows: Rows): number {
  const { outputs } = network.forward(rows.inputs, rows.count);
  let wrong = 0;
  for (let n = 0; n < rows.count; n++) if (outputs[n]! > 0 !== (rows.targets[n] === 1)) wrong += 1;
  return wrong;
}

/** How many hidden units give 0 for every row. */
export function deadUnits(network: Network, rows: Rows): number {
  const { stages } = network.forward(rows.inputs, rows.count);
  const before = stages[0]!.leaving;
  let dead = 0;
  for (let j = 0; j * rows.count < before.length; j++)
    if (before.subarray(j * rows.count, (j + 1) * rows.count).every((z) => z <= 0)) dead += 1;
  return dead;
}
