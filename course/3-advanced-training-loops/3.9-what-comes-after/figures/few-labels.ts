/** 3.9: errors on digits 5 to 9 from few labels, by four ways to begin and by what hidden layers had learned before. */

import { figure } from "looplab/figure/figure";
import { oneOf, whole } from "looplab/figure/settings";
import { fixed, plain } from "looplab/plot/format";
import { linear, log } from "looplab/plot/scale";
import { drawLabelColumn } from "looplab/view/labels";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Measured {
  readonly labels: number[];
  readonly seeds: number;
  /** New digits that are classified. */
  readonly rows: number;
  /** Wrong ones, by curve, number of labels and seed. */
  readonly wrong: Record<string, number[][]>;
}

interface Values {
  readonly before: "labels" | "images";
  /** Which of the numbers of labels is shown on the right. */
  readonly at: number;
}

/** From the ways to begin to their colours. */
const WAYS = { scratch: "linear", frozen: "sigmoid", "fine-tuned": "network", adapter: "relu" };
const NAMES = Object.keys(WAYS) as (keyof typeof WAYS)[];
const [LOW, HIGH] = [2, 100];

figure({
  name: "few-labels",
  title: "Digits 5 to 9 from few labels",
  settings: { before: oneOf("labels", ["labels", "images"]), at: whole(2, 0, 6) },
  still: {},
  make(host) {
    const { labels, seeds, rows, wrong } = host.data<Measured>();
    const last = labels.length - 1;

    /** Per cent of new digits that are classified wrongly, for each seed in order of size. */
    const errors = (way: string, { before }: Values, at: number): number[] =>
      wrong[way === "scratch" ? way : `${way} ${before}`]![at]!.map((count) => (100 * count) / rows).sort(
        (a, b) => a - b,
      );
    function median(way: string, values: Values, at = values.at): number {
      const sorted = errors(way, values, at);
      return (sorted[seeds / 2 - 1]! + sorted[seeds / 2]!) / 2;
    }

    function drawMedians(stage: Stage, box: Box, values: Values): void {
      const panel = new Panel(stage, "medians", box, {
        x: log(labels[0]!, labels[last]!),
        y: log(LOW, HIGH),
        xLabel: "labelled digits (logarithmic)",
        yLabel: "new digits wrong in % (logarithmic)",
        xAt: labels.map((at) => ({ at, label: plain(at) })),
        yTicks: 5,
        margin: { left: 34, right: 88 },
      });
      panel.upright("chosen", labels[values.at]!, "live-hair live-dashed");
      for (const way of NAMES) {
        const points = labels.map((count, at): Point => [count, median(way, values, at)]);
        panel.line(way, points, `live-tone-${WAYS[way]} live-thick`);
        panel.marks(way, [points[values.at]!], 4, `live-tone-${WAYS[way]}`);
      }
      const { inner } = panel;
      drawLabelColumn(
        stage,
        { ...inner, width: inner.width + 88 },
        NAMES.map((way) => ({
          key: way,
          x: inner.x + inner.width + 8,
          y: panel.y(median(way, values, last)) + 4,
          text: way,
          look: `live-tone-${WAYS[way]}`,
        })),
      );
      const set = (at: number): void => host.change({ at: Math.min(last, Math.max(0, at)) });
      stage.handle("at", {
        x: panel.x(labels[values.at]!),
        y: panel.y(HIGH) + 9,
        label: "number of labelled digits",
        text: `${labels[values.at]} labels`,
        value: labels[values.at]!,
        low: labels[0]!,
        high: labels[last]!,
        drag: (px) =>
          set(labels.findIndex((count, i) => i === last || px < panel.x(Math.sqrt(count * labels[i + 1]!)))),
        nudge: (right, up) => set(values.at + right + up),
      });
    }

    /** A dot a seed, each way in its own row, from the lowest error upward. */
    function drawSeeds(stage: Stage, box: Box, values: Values): void {
      const panel = new Panel(stage, "seeds", box, {
        x: log(LOW, HIGH),
        y: linear(0, NAMES.length),
        xLabel: "new digits wrong in % (logarithmic)",
        yLabel: `${seeds} seeds, ${labels[values.at]} labels`,
        xTicks: 5,
        yTicks: 0,
        margin: { left: 8, right: 14 },
      });
      NAMES.forEach((way, i) => {
        const floor = NAMES.length - 1 - i;
        const points = errors(way, values, values.at).map(
          (error, k): Point => [error, floor + 0.1 + (0.6 * k) / seeds],
        );
        panel.marks(way, points, 2.6, `live-tone-${WAYS[way]}`);
        panel.text(
          way,
          [LOW, floor + 0.8],
          way,
          `live-small live-strong live-toned live-tone-${WAYS[way]}`,
          "start",
          3,
          0,
        );
      });
    }

    return {
      controls: [
        {
          kind: "choice",
          key: "before",
          label: "the hidden layers had learned",
          options: { labels: "labels of digits 0 to 4", images: "images of 5 to 9" },
        },
        {
          kind: "slider",
          key: "at",
          label: "labelled digits 5 to 9",
          stops: [0, 1, 2, 3, 4, 5, 6],
          format: (at) => plain(labels[at]!),
        },
      ],
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 1.35, height: 270, stacked: 240 },
          { weight: 1, height: 270, stacked: 230 },
        ]);
        stage.height = height;
        drawMedians(stage, boxes[0]!, values);
        drawSeeds(stage, boxes[1]!, values);
      },
      words(values) {
        const told = NAMES.map((way) => {
          const sorted = errors(way, values, values.at);
          return `${way} ${fixed(median(way, values), 1)} (${fixed(sorted[0]!, 1)} to ${fixed(sorted.at(-1)!, 1)})`;
        });
        const before =
          values.before === "labels" ? "labels of digits 0 to 4" : "to restore images of digits 5 to 9, without labels";
        return `${labels[values.at]} labels; the hidden layers had learned ${before}. Errors on new digits in per cent, median of ${seeds} seeds and range: ${told.join(", ")}.`;
      },
    };
  },
});
