/** 3.1: the share of 64 seeds that succeed, over rate and momentum; the final losses of each cell beside it. */

import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { plain } from "looplab/plot/format";
import { wilson } from "looplab/plot/rates";
import { linear, log, ratios } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Trained {
  readonly rates: number[];
  readonly momenta: number[];
  readonly seeds: number;
  readonly updates: number;
  readonly scale: { lowest: number; highest: number; levels: number };
  /** For each optimizer a text a momentum; two digits of base 36 for each rate and seed. */
  readonly rows: Record<Optimizer, string[]>;
}

type Optimizer = "sgd" | "adam";

interface Cell {
  readonly column: number;
  readonly row: number;
}

interface Values extends Cell {
  readonly optimizer: Optimizer;
  readonly below: number;
}

const SECOND: Record<Optimizer, string> = { sgd: "momentum", adam: "β₁" };
const [LOW, HIGH] = [0.02, 10];
const BINS = 44;
/** With a jump at a half, so that a number is easy to read upon each of the colours. */
const strength = (share: number): number => (share < 0.5 ? 0.9 * share : 0.76 + 0.48 * (share - 0.5));
const percent = (share: number): string => `${Math.round(100 * share)}\u00a0%`;

figure({
  name: "success-map",
  title: "Which share of 64 seeds succeeds",
  settings: {
    optimizer: oneOf("sgd", ["sgd", "adam"]),
    below: number(0.1, LOW, 1),
    column: whole(8, 0, 12),
    row: whole(3, 0, 5),
  },
  still: {},
  make(host) {
    const trained = host.data<Trained>();
    const losses: Record<Optimizer, number[][][]> = { sgd: read("sgd"), adam: read("adam") };
    let hovered: Cell | undefined;

    /** Losses by momentum, rate and seed; infinite where the run failed. */
    function read(optimizer: Optimizer): number[][][] {
      const { rates, seeds, scale } = trained;
      const loss = (text: string): number => {
        const level = Number.parseInt(text, 36);
        const { lowest, highest, levels } = scale;
        return level > levels ? Number.POSITIVE_INFINITY : lowest * (highest / lowest) ** (level / levels);
      };
      return trained.rows[optimizer].map((row) =>
        rates.map((_, c) => Array.from({ length: seeds }, (_, s) => loss(row.slice(2 * (c * seeds + s)).slice(0, 2)))),
      );
    }

    const succeeded = ({ optimizer, below }: Values, { column, row }: Cell): number =>
      losses[optimizer][row]![column]!.filter((loss) => loss < below).length;

    function best(values: Values): Cell {
      let found: Cell = { column: 0, row: 0 };
      for (const cell of cells()) if (succeeded(values, cell) > succeeded(values, found)) found = cell;
      return found;
    }

    function cells(): Cell[] {
      return trained.momenta.flatMap((_, row) => trained.rates.map((_, column) => ({ column, row })));
    }

    const looked = (values: Values): Cell => hovered ?? values;
    const named = ({ optimizer }: Values, { column, row }: Cell): string =>
      `rate ${plain(trained.rates[column]!)}, ${SECOND[optimizer]} ${plain(trained.momenta[row]!)}`;

    function drawMap(stage: Stage, box: Box, values: Values): void {
      const [left, top, bottom] = [34, 20, 46];
      const { rates, momenta, seeds } = trained;
      const [width, height] = [(box.width - left - 2) / rates.length, (box.height - top - bottom) / momenta.length];
      const floor = box.y + box.height - bottom;
      const place = ({ column, row }: Cell): Box => ({
        x: box.x + left + column * width,
        y: floor - (row + 1) * height,
        width: width - 1.5,
        height: height - 1.5,
      });
      stage.text("second", box.x, box.y + 12, `${SECOND[values.optimizer]} (not to scale), upward`, "live-axis");
      momenta.forEach((momentum, row) => {
        const { y } = place({ column: 0, row });
        stage.text(`row ${row}`, box.x + left - 6, y + height / 2 + 4, plain(momentum), "live-tick", "end");
      });
      rates.forEach((rate, column) => {
        const { x } = place({ column, row: 0 });
        if (column % 4 === 0)
          stage.text(`column ${column}`, x + width / 2, floor + 16, plain(rate), "live-tick", "middle");
      });
      stage.text(
        "rate",
        box.x + left + (box.width - left) / 2,
        floor + 34,
        "rate η (logarithmic)",
        "live-axis",
        "middle",
      );
      for (const cell of cells()) drawCell(stage, place(cell), cell, values, seeds);
      stage.box("best", outside(place(best(values))), "live-frame live-tone-relu", 3);
      stage.box("looked", outside(place(looked(values))), "live-frame live-tone-ink", 3);
    }

    function drawCell(stage: Stage, place: Box, cell: Cell, values: Values, seeds: number): void {
      const key = `${cell.column} ${cell.row}`;
      const share = succeeded(values, cell) / seeds;
      stage.box(`empty ${key}`, place, "live-card", 2);
      stage.mark(`share ${key}`, "rect", {
        ...place,
        rx: 2,
        class: "live-filled live-tone-class-0",
        opacity: strength(share).toFixed(2),
      });
      const look = share < 0.5 ? "" : "live-inverse";
      const [x, y] = [place.x + place.width / 2, place.y + place.height / 2 + 4];
      stage.text(`percent ${key}`, x, y, String(Math.round(100 * share)), `live-small ${look}`, "middle");
      const chosen = cell.column === values.column && cell.row === values.row;
      stage.button(`cell ${key}`, place, {
        label: `${named(values, cell)}: ${percent(share)}`,
        pressed: chosen,
        tabbable: chosen,
        press: () => host.change({ column: cell.column, row: cell.row }),
        look: (here) => {
          hovered = here ? cell : undefined;
          host.redraw();
        },
      });
    }

    /** A dot a seed, those with nearly the same loss one above the other. */
    function drawStrip(stage: Stage, box: Box, values: Values): void {
      const cell = looked(values);
      const panel = new Panel(stage, "strip", box, {
        x: log(LOW, HIGH),
        y: linear(0, 24),
        xLabel: "final loss (logarithmic)",
        yLabel: `${trained.seeds} seeds at ${named(values, cell)}`,
        yTicks: 0,
        xTicks: 4,
        grid: false,
        margin: { left: 10, right: 14, top: 24, bottom: 46 },
      });
      const filled = new Map<number, number>();
      const dots: Record<"network" | "slope", Point[]> = { network: [], slope: [] };
      for (const loss of [...losses[values.optimizer][cell.row]![cell.column]!].sort((a, b) => a - b)) {
        const share = Math.min(1, Math.max(0, panel.axes.x.share(loss)));
        const bin = Math.min(BINS - 1, Math.floor(share * BINS));
        const height = filled.get(bin) ?? 0;
        filled.set(bin, height + 1);
        dots[loss < values.below ? "network" : "slope"].push([panel.axes.x.value((bin + 0.5) / BINS), height + 0.5]);
      }
      const radius = Math.min(
        3.1,
        panel.inner.width / BINS / 2,
        panel.inner.height / Math.max(24, ...filled.values()) / 2,
      );
      const stacked = (points: Point[]): Point[] =>
        points.map(([at, height]) => [at, (height * 24 * radius * 2) / panel.inner.height]);
      panel.upright("below", values.below, "live-dashed live-thin");
      panel.marks("succeed", stacked(dots.network), radius, "live-tone-network");
      panel.marks("fail", stacked(dots.slope), radius, "live-tone-slope", "triangle");
      panel.text(
        "below",
        [values.below, 24],
        `below ${plain(values.below)}`,
        "live-small live-strong live-toned live-tone-network",
        "end",
        -6,
        10,
      );
    }

    return {
      controls: [
        { kind: "choice", key: "optimizer", label: "optimizer", options: { sgd: "SGD with momentum", adam: "Adam" } },
        {
          kind: "slider",
          key: "below",
          label: "succeeds with a final loss below",
          stops: ratios(0.03, 1, 24),
          wide: true,
        },
      ],
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 1.35, height: 250, stacked: 230 },
          { weight: 1, height: 250, stacked: 200 },
        ]);
        stage.height = height;
        drawMap(stage, boxes[0]!, values);
        drawStrip(stage, boxes[1]!, values);
      },
      words(values) {
        const { seeds } = trained;
        const cell = looked(values);
        const told = (at: Cell): string => {
          const count = succeeded(values, at);
          const [low, high] = wilson(count, seeds);
          return `${count} of ${seeds} seeds, ${percent(count / seeds)} [${percent(low)}, ${percent(high)}]`;
        };
        const failed = losses[values.optimizer][cell.row]![cell.column]!.filter(
          (loss) => loss === Number.POSITIVE_INFINITY,
        );
        const blown = failed.length ? ` ${failed.length} ended in NaN.` : "";
        const top = best(values);
        const first = `At ${named(values, cell)}, ${told(cell)} end below ${plain(values.below)} after ${trained.updates} steps.${blown}`;
        if (succeeded(values, cell) === succeeded(values, top)) return `${first} No cell has more.`;
        return `${first} The best of ${cells().length} cells is ${named(values, top)}: ${told(top)}; picked as the best, so expect less of fresh seeds.`;
      },
    };
  },
});

const outside = ({ x, y, width, height }: Box): Box => ({ x: x - 1, y: y - 1, width: width + 2, height: height + 2 });
