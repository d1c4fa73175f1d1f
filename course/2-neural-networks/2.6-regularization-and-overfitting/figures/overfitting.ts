/** 2.6: a network learns a noisy sine: training and validation loss, with width, penalty and rows to choose. */

import type { Network } from "looplab/engine/network";
import { MersenneTwister } from "looplab/engine/random";
import { type Rows, rowsOf, subset } from "looplab/engine/training";
import { Trajectory } from "looplab/engine/trajectory";
import { figure } from "looplab/figure/figure";
import { number, whole } from "looplab/figure/settings";
import { plain, short } from "looplab/plot/format";
import { linear, log } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Values {
  readonly units: number;
  readonly penalty: number;
  readonly rows: number;
  readonly seed: number;
  readonly step: number;
}

const LAST = 2000;
/** The losses are looked at in every tenth step. */
const EVERY = 10;
const VALIDATION = 100;
const WAVE = 2 * Math.PI;
const PENALTIES = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
const BUDGET_MS = 40;

interface Course {
  readonly run: Trajectory;
  readonly training: Rows;
  /** At every tenth step so far. */
  readonly losses: { training: number; validation: number }[];
}

figure({
  name: "overfitting",
  title: "When does it learn the noise?",
  settings: {
    units: whole(32, 1, 64),
    penalty: number(0, 0, 1),
    rows: whole(30, 5, 200),
    seed: whole(0, 0, 99999),
    step: whole(0, 0, LAST),
  },
  still: { step: 2000 },
  make(host) {
    const table = host.data<{ inputs: number[][]; targets: number[][]; noise: number }>();
    const all = rowsOf(table.inputs, table.targets);
    const order = new MersenneTwister(0).permutation(all.count);
    const validation = subset(all, order.slice(all.count - VALIDATION));
    const floor = table.noise ** 2;

    let known: { key: string; course: Course } | undefined;
    function courseOf({ units, penalty, rows, seed }: Values): Course {
      const key = [units, penalty, rows, seed].join();
      if (known?.key !== key) {
        const training = subset(all, order.slice(0, rows));
        const shape = { inputs: 1, widths: [units], outputs: 1, activation: "tanh" } as const;
        const recipe = { optimizer: "adam", loss: "mse", lr: 0.02, weightDecay: penalty, seed } as const;
        known = { key, course: { run: new Trajectory(shape, training, recipe, LAST), training, losses: [] } };
      }
      return known.course;
    }

    function measured(network: Network, rows: Rows): number {
      const { outputs } = network.forward(rows.inputs, rows.count);
      let sum = 0;
      for (let i = 0; i < rows.count; i++) sum += (outputs[i]! - rows.targets[i]!) ** 2;
      return sum / rows.count;
    }

    /** Train up to a step, and measure on the way; returns the step that was reached. */
    function reach(values: Values): number {
      const { run, training, losses } = courseOf(values);
      const until = performance.now() + BUDGET_MS;
      let reached = Math.min(values.step, run.reached);
      while (reached < values.step && performance.now() < until) {
        reached = run.reach(Math.min(values.step, reached + 5 * EVERY));
        catchUp();
      }
      catchUp();
      return Math.min(values.step, reached);

      function catchUp(): void {
        while (losses.length * EVERY <= run.reached) {
          const network = run.network(losses.length * EVERY);
          losses.push({ training: measured(network, training), validation: measured(network, validation) });
        }
      }
    }

    function drawFit(stage: Stage, box: Box, values: Values, step: number): void {
      const { run, training } = courseOf(values);
      const panel = new Panel(stage, "fit", box, {
        x: linear(-WAVE - 0.2, WAVE + 0.2),
        y: linear(-2.1, 2.1),
        xLabel: "x",
        yLabel: "y; strong: training rows, pale: validation rows",
        yTicks: 4,
        margin: { left: 26, right: 6 },
        slack: 2,
      });
      const places = new Float64Array(161).map((_, i) => -WAVE - 0.2 + (i * (2 * WAVE + 0.4)) / 160);
      const { outputs } = run.network(step).forward(places, places.length);
      panel.curve("truth", Math.sin, "live-tone-linear live-thin live-dashed");
      panel.line(
        "fit",
        Array.from(places, (x, i): Point => [x, outputs[i]!]),
        "live-tone-tanh live-thick",
      );
      const points = (rows: Rows): Point[] => Array.from(rows.inputs, (x, i): Point => [x, rows.targets[i]!]);
      panel.marks("validation", points(validation), 2.2, "live-tone-linear live-pale");
      panel.marks("training", points(training), 3.6, "live-tone-ink live-edged");
    }

    function drawLosses(stage: Stage, box: Box, values: Values, step: number): void {
      const { losses } = courseOf(values);
      const panel = new Panel(stage, "losses", box, {
        x: linear(0, LAST),
        y: log(0.008, 1.5),
        xLabel: "step",
        yLabel: "loss (logarithmic)",
        xTicks: 2,
        margin: { left: 36, right: 14 },
      });
      panel.level("floor", floor, "live-tone-rule live-thin live-dashed");
      panel.text("floor", [LAST, floor], "the noise", "live-small live-quiet", "end", 0, 14);
      const shown = losses.slice(0, Math.floor(step / EVERY) + 1);
      const curve = (which: "training" | "validation"): Point[] =>
        shown.map((loss, i): Point => [i * EVERY, loss[which]]);
      panel.line("training", curve("training"), "live-tone-tanh");
      panel.line("validation", curve("validation"), "live-tone-tanh live-dashed");
      const last = shown.at(-1)!;
      panel.marks(
        "now",
        [last.training, last.validation].map((loss): Point => [step, loss]),
        3.5,
        "live-tone-tanh",
      );
      const right = step > LAST * 0.55;
      const [anchor, shift] = right ? (["end", -2] as const) : (["start", 8] as const);
      const clear = Math.abs(Math.log(last.validation / last.training)) > 0.25 || step === 0;
      panel.text(
        "validation",
        [step, last.validation],
        `validation ${short(last.validation)}`,
        "live-small live-toned live-tone-tanh live-strong",
        anchor,
        shift,
        clear && last.validation < last.training ? 16 : -8,
      );
      panel.text(
        "training",
        [step, last.training],
        `training ${short(last.training)}`,
        "live-small live-toned live-tone-tanh live-strong",
        anchor,
        shift,
        last.validation < last.training ? -8 : 18,
      );
    }

    return {
      steps: { limit: () => LAST, pace: (step) => 40 + step, verb: "Train" },
      controls: [
        { kind: "slider", key: "units", label: "hidden units", stops: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] },
        { kind: "slider", key: "rows", label: "training rows", stops: [10, 15, 20, 30, 40, 60, 80, 100, 150, 200] },
        { kind: "slider", key: "penalty", label: "L2 penalty", stops: PENALTIES, format: plain },
      ],
      draw(stage, values) {
        const step = reach(values);
        if (step < values.step) host.redraw();
        const { boxes, height } = arrange(stage.width, [
          { weight: 1.15, height: 256, stacked: 220 },
          { weight: 1, height: 256, stacked: 210 },
        ]);
        stage.height = height;
        drawFit(stage, boxes[0]!, values, step);
        drawLosses(stage, boxes[1]!, values, step);
      },
      words(values) {
        const { run, losses } = courseOf(values);
        const step = Math.min(values.step, run.reached);
        const shown = losses.slice(0, Math.floor(step / EVERY) + 1);
        const now = shown.at(-1);
        if (!now) return "";
        if (!Number.isFinite(now.training))
          return `Step ${step}: the loss is NaN, not a number. Training has blown up.`;
        let least = 0;
        shown.forEach((loss, i) => {
          if (loss.validation < shown[least]!.validation) least = i;
        });
        const rose = now.validation > 1.1 * shown[least]!.validation;
        const since = rose
          ? ` Validation was lowest at step ${least * EVERY}, ${short(shown[least]!.validation)}, and has risen since: the network overfits.`
          : "";
        return `Step ${step}: training loss ${short(now.training)}, validation loss ${short(now.validation)}; the noise alone makes ${short(floor)}.${since}`;
      },
    };
  },
});
