/** 3.7: errors of least squares on random features, below and beyond as many features as rows. */

import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { plain, short } from "looplab/plot/format";
import { linear, log } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";
import { COUNTS, type Draw, drawOf, type Fit, ROWS } from "./_features";

interface Values {
  /** Which of the numbers of features is shown on the right. */
  readonly at: number;
  readonly noise: number;
  readonly ridge: number;
  /** Which twenty draws: the seed. */
  readonly draw: number;
  /** What stands on the right. */
  readonly right: "predictions" | "draws";
}

const DRAWS = 20;
const BUDGET_MS = 40;
const [LOW, HIGH] = [0.003, 100];
const REACH = 3.5;

figure({
  name: "double-descent",
  title: "Forty rows, and ever more features",
  settings: {
    at: whole(COUNTS.indexOf(40), 0, COUNTS.length - 1),
    noise: number(0.1, 0, 2),
    ridge: number(0, 0, 10),
    draw: whole(0, 0, 99999),
    right: oneOf("predictions", ["predictions", "draws"]),
  },
  still: {},
  make(host) {
    let known: { key: string; draws: Draw[] } = { key: "", draws: [] };
    /** What is known of the twenty draws for these settings. */
    function draws({ noise, ridge, draw }: Values): readonly Draw[] {
      const key = [noise, ridge, draw].join();
      if (known.key !== key) known = { key, draws: [] };
      if (!known.draws.length) more({ noise, ridge, draw });
      return known.draws;
    }

    function more({ noise, ridge, draw }: Pick<Values, "noise" | "ridge" | "draw">): void {
      known.draws.push(drawOf(DRAWS * draw + known.draws.length, noise, ridge));
    }

    function drawErrors(stage: Stage, box: Box, values: Values): void {
      const all = draws(values);
      const panel = new Panel(stage, "errors", box, {
        x: log(COUNTS[0], COUNTS.at(-1)!),
        y: log(LOW, HIGH),
        xLabel: "features (logarithmic)",
        yLabel: "squared error (logarithmic)",
        xAt: [5, 10, 20, 40, 100, 300, 1000].map((at) => ({ at, label: plain(at) })),
        yTicks: 5,
        margin: { left: 40, right: 16 },
        slack: 0,
      });
      const curve = (of: (fit: Fit) => number): Point[] => COUNTS.map((count, i) => [count, middle(all, i, of)]);
      panel.upright("rows", ROWS, "live-hair live-dashed");
      all.forEach(({ fits }, i) => {
        const points = fits.map(({ test }, j): Point => [COUNTS[j]!, test]);
        panel.line(`draw ${i}`, points, "live-tone-network live-hair live-ghost");
      });
      panel.line(
        "training",
        curve(({ training }) => training),
        "live-tone-relu",
      );
      panel.line(
        "test",
        curve(({ test }) => test),
        "live-tone-network live-thick",
      );
      panel.marks("chosen", [[COUNTS[values.at]!, middle(all, values.at, ({ test }) => test)]], 4, "live-tone-network");
      const label = "live-small live-strong live-toned";
      panel.text("test", [130, 0.35], "new rows", `${label} live-tone-network`);
      panel.text("training", [5.6, 0.018], "training rows", `${label} live-tone-relu`);
      const set = (at: number): void => host.change({ at: Math.min(COUNTS.length - 1, Math.max(0, at)) });
      stage.handle("at", {
        x: panel.x(COUNTS[values.at]!),
        y: panel.y(HIGH) + 9,
        label: "number of features whose predictions are shown",
        text: `${COUNTS[values.at]} features`,
        value: COUNTS[values.at]!,
        low: COUNTS[0],
        high: COUNTS.at(-1)!,
        drag: (px) => set(nearest(panel.at(px, 0)[0])),
        nudge: (right, up) => set(values.at + right + up),
      });
    }

    function drawPredictions(stage: Stage, box: Box, values: Values): void {
      const { truth, fits } = draws(values)[0]!;
      const panel = new Panel(stage, "predictions", box, {
        x: linear(-REACH, REACH),
        y: linear(-REACH, REACH),
        xLabel: "the truth for 100 new rows",
        yLabel: `predicted with ${COUNTS[values.at]} features`,
        margin: { left: 30, right: 14 },
        slack: 0,
      });
      const inside = (value: number): number => Math.min(REACH, Math.max(-REACH, value));
      panel.line(
        "right",
        [
          [-REACH, -REACH],
          [REACH, REACH],
        ],
        "live-tone-rule live-thin live-dashed",
      );
      const points = [...fits[values.at]!.predictions].map((value, i): Point => [inside(truth[i]!), inside(value)]);
      panel.marks("rows", points, 2.6, "live-tone-network");
    }

    /** The error of each draw on new rows, in order of size. */
    function drawDraws(stage: Stage, box: Box, values: Values): void {
      const errors = draws(values)
        .map(({ fits }) => fits[values.at]!.test)
        .sort((a, b) => a - b);
      const panel = new Panel(stage, "draws", box, {
        x: log(LOW, HIGH),
        y: linear(0, DRAWS + 1),
        xLabel: "squared error on new rows (logarithmic)",
        yLabel: `twenty draws, ${COUNTS[values.at]} features`,
        xTicks: 5,
        yTicks: 0,
        margin: { left: 14, right: 24 },
        slack: 0,
      });
      const inside = (error: number): number => Math.min(HIGH, Math.max(LOW, error));
      panel.upright(
        "median",
        middle(draws(values), values.at, ({ test }) => test),
        "live-tone-network live-thin",
      );
      const points = errors.map((error, i): Point => [inside(error), i + 1]);
      panel.marks("draws", points, 3.5, "live-tone-network");
    }

    return {
      controls: [
        {
          kind: "choice",
          key: "right",
          label: "on the right",
          options: { predictions: "predictions", draws: "twenty draws" },
        },
        { kind: "slider", key: "noise", label: "noise of the targets", stops: [0, 0.03, 0.1, 0.2, 0.3, 0.5, 1] },
        {
          kind: "slider",
          key: "ridge",
          label: "ridge λ",
          stops: [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
        },
        { kind: "slider", key: "draw", label: "draw of all twenty", stops: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
      ],
      draw(stage, values) {
        const until = performance.now() + BUDGET_MS;
        while (draws(values).length < DRAWS && performance.now() < until) more(values);
        if (draws(values).length < DRAWS) host.redraw();
        const { boxes, height } = arrange(stage.width, [
          { weight: 1.3, height: 270, stacked: 230 },
          { weight: 1, height: 270, stacked: 220 },
        ]);
        stage.height = height;
        drawErrors(stage, boxes[0]!, values);
        if (values.right === "predictions") drawPredictions(stage, boxes[1]!, values);
        else drawDraws(stage, boxes[1]!, values);
      },
      words(values) {
        const all = draws(values);
        const count = COUNTS[values.at]!;
        const [test, training] = [
          middle(all, values.at, (fit) => fit.test),
          middle(all, values.at, (fit) => fit.training),
        ];
        const fitted =
          training < 1e-9 ? "the forty rows are fitted exactly" : `on the forty rows ${short(training, 2)}`;
        const errors = all.map(({ fits }) => fits[values.at]!.test);
        const right =
          values.right === "predictions"
            ? "On the right, the first of the twenty draws; predictions beyond the frame stand at its edge."
            : `On the right, the twenty draws: from ${short(Math.min(...errors), 2)} to ${short(Math.max(...errors), 2)}.`;
        const penalty = values.ridge ? `ridge ${plain(values.ridge)}` : "no ridge";
        return `${count} features, noise ${plain(values.noise)}, ${penalty}: the median error on new rows is ${short(test, 2)}; ${fitted}. ${right}`;
      },
    };
  },
});

/** The median over the draws, at one of the numbers of features. */
function middle(draws: readonly Draw[], at: number, of: (fit: Fit) => number): number {
  const sorted = draws.map(({ fits }) => of(fits[at]!)).sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

function nearest(features: number): number {
  const apart = COUNTS.map((count) => Math.abs(Math.log(count / features)));
  return apart.indexOf(Math.min(...apart));
}
