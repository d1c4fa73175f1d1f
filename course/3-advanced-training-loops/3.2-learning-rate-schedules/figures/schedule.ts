/** 3.2: a schedule of the learning rate to draw, and 64 networks that follow it. */

import { Crowd } from "looplab/engine/crowd";
import { drawn, throughPoints } from "looplab/engine/schedule";
import { type Rows, rowsOf } from "looplab/engine/training";
import { figure } from "looplab/figure/figure";
import { number, oneOf, whole, wholes } from "looplab/figure/settings";
import { plain, short } from "looplab/plot/format";
import { linear, log, ratios } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

const NAMES = {
  constant: "constant",
  step: "step",
  exponential: "exponential",
  cosine: "cosine",
  "warmup-cosine": "warm-up, cosine",
  "one-cycle": "one-cycle",
  "warmup-stable-decay": "warm-up, stable, decay",
  drawn: "drawn by you",
};
type Name = keyof typeof NAMES;

interface Values {
  readonly schedule: Name;
  readonly rate: number;
  readonly curve: readonly number[];
  readonly at: number;
  readonly batch: "8" | "all";
  readonly step: number;
}

const LAST = 1000;
const SEEDS = 64;
const POINTS = 21;
/** The largest rate that can be drawn; a curve's values are hundredths. */
const MOST = 4;
const NUDGE = 5;
/** The losses over all rows are measured in every twentieth step. */
const EVERY = 20;
const BUDGET_MS = 40;
const SHAPE = { inputs: 2, widths: [16], outputs: 1, activation: "relu" } as const;

/** 64 trainings, and of each the loss over all rows at every twentieth step so far. */
class Course {
  readonly losses: number[][] = [];
  private readonly crowd: Crowd;

  constructor(rows: Rows, curve: readonly number[], batchSize: number | null) {
    const schedule = throughPoints(
      curve.map((value) => value / 100),
      LAST,
    );
    this.crowd = new Crowd(SHAPE, rows, { optimizer: "sgd", loss: "bce", lr: 1, batchSize, schedule }, SEEDS);
    this.measure();
  }

  /** The last step that is measured. */
  get reached(): number {
    return (this.losses.length - 1) * EVERY;
  }

  reach(step: number, until: number): void {
    while (this.reached + EVERY <= step && performance.now() < until) {
      this.crowd.reach(this.reached + EVERY, until - performance.now());
      if (this.crowd.step < this.reached + EVERY) return;
      this.measure();
    }
  }

  /** Step and median of the 64 losses. */
  medians(step: number): Point[] {
    return this.upTo(step).map((losses, i) => [i * EVERY, median(losses)]);
  }

  upTo(step: number): readonly number[][] {
    return this.losses.slice(0, Math.floor(step / EVERY) + 1);
  }

  private measure(): void {
    this.losses.push(this.crowd.trainings.map((training) => training.loss()));
  }
}

function median(losses: readonly number[]): number {
  const sorted = losses.map((loss) => (Number.isFinite(loss) ? loss : Infinity)).sort((a, b) => a - b);
  return (sorted[SEEDS / 2 - 1]! + sorted[SEEDS / 2]!) / 2;
}

figure({
  name: "schedule",
  title: "Draw the learning rate; 64 networks follow it",
  settings: {
    schedule: oneOf("constant", Object.keys(NAMES) as Name[]),
    rate: number(1.4, 0.01, MOST),
    curve: wholes(new Array<number>(POINTS).fill(140), 0, 100 * MOST),
    at: whole(14, 0, POINTS - 1),
    batch: oneOf("8", ["8", "all"]),
    step: whole(LAST, 0, LAST),
  },
  still: {},
  make(host) {
    const { inputs, targets, factors } = host.data<{
      inputs: number[][];
      targets: number[][];
      factors: Record<string, number[]>;
    }>();
    const rows = rowsOf(inputs, targets);

    function curveOf({ schedule, rate, curve }: Values): readonly number[] {
      return schedule === "drawn" ? curve : factors[schedule]!.map((factor) => Math.round(100 * rate * factor));
    }

    const flat = (rate: number): number[] => new Array<number>(POINTS).fill(Math.round(100 * rate));
    const batchOf = ({ batch }: Values): number | null => (batch === "all" ? null : Number(batch));

    const known = new Map<string, { key: string; course: Course }>();
    function course(which: "drawn" | "constant", curve: readonly number[], batch: number | null): Course {
      const key = `${curve}|${batch}`;
      if (known.get(which)?.key !== key) known.set(which, { key, course: new Course(rows, curve, batch) });
      return known.get(which)!.course;
    }

    /** The networks that follow the schedule, and those of the constant rate to compare with, unless it is the same. */
    function both(values: Values): { ours: Course; other: Course | undefined } {
      const ours = course("drawn", curveOf(values), batchOf(values));
      const same = `${curveOf(values)}` === `${flat(values.rate)}`;
      return { ours, other: same ? undefined : course("constant", flat(values.rate), batchOf(values)) };
    }

    function put(values: Values, at: number, value: number, from = at): void {
      const curve = curveOf(values);
      const hundredths = Math.round(Math.min(100 * MOST, Math.max(0, value)));
      host.change({ schedule: "drawn", at, curve: drawn(curve, [from, curve[from]!], [at, hundredths]) });
    }

    function drawSchedule(stage: Stage, box: Box, values: Values): void {
      const curve = curveOf(values);
      const panel = new Panel(stage, "schedule", box, {
        x: linear(0, LAST),
        y: linear(0, MOST),
        xLabel: "step",
        yLabel: "learning rate: draw here",
        xTicks: 2,
        yTicks: 4,
        margin: { left: 26, right: 14 },
      });
      const place = (i: number): number => (i * LAST) / (POINTS - 1);
      const points = curve.map((value, i): Point => [place(i), value / 100]);
      panel.level("constant", values.rate, "live-tone-linear live-thin live-dashed");
      panel.area("below", points, "live-wash live-tone-network");
      panel.line("curve", points, "live-tone-network live-thick");
      panel.marks("points", points, 2.6, "live-tone-network");
      const touch = (px: number, py: number): [number, number] => {
        const [step, rate] = panel.at(px, py);
        return [Math.round((step / LAST) * (POINTS - 1)), 100 * rate];
      };
      stage.drawable("curve", panel.inner, (px, py, begins) => {
        const [at, value] = touch(px, py);
        put(host.values, at, value, begins ? at : host.values.at);
      });
      const chosen = curve[values.at]! / 100;
      stage.handle("point", {
        x: panel.x(place(values.at)),
        y: panel.y(chosen),
        label: "learning rate at one step: left and right choose the step, up and down change its rate",
        text: `step ${place(values.at)}: rate ${plain(chosen)}`,
        value: chosen,
        low: 0,
        high: MOST,
        drag: (px, py) => {
          const [at, value] = touch(px, py);
          put(host.values, at, value, host.values.at);
        },
        nudge: (right, up) => {
          const at = Math.min(POINTS - 1, Math.max(0, host.values.at + right));
          if (up) put(host.values, at, curveOf(host.values)[at]! + NUDGE * up);
          else host.change({ at });
        },
      });
    }

    function drawLosses(stage: Stage, box: Box, values: Values): void {
      const { ours, other } = both(values);
      const step = Math.min(values.step, ours.reached);
      const panel = new Panel(stage, "losses", box, {
        x: linear(0, LAST),
        y: log(0.02, 1.5),
        xLabel: "step",
        yLabel: "loss of each of the 64 (logarithmic)",
        xTicks: 2,
        margin: { left: 36, right: 14 },
      });
      const shown = ours.upTo(step);
      for (let seed = 0; seed < SEEDS; seed++)
        panel.line(
          `seed ${seed}`,
          shown.map((losses, i): Point => [i * EVERY, losses[seed]!]),
          "live-tone-network live-hair live-ghost",
        );
      const last = ours.medians(step).at(-1)!;
      const before = other?.medians(step);
      if (before) panel.line("constant", before, "live-tone-linear live-dashed");
      panel.line("median", ours.medians(step), "live-tone-network live-thick");
      panel.marks("now", [last], 3.5, "live-tone-network");
      const below = before !== undefined && last[1] < before.at(-1)![1];
      const right = step > LAST * 0.55;
      const [anchor, shift] = right ? (["end", -2] as const) : (["start", 8] as const);
      const label = (key: string, at: Point, text: string, tone: string, under: boolean): void =>
        panel.text(
          key,
          at,
          text,
          `live-small live-strong live-toned live-tone-${tone}`,
          anchor,
          shift,
          under ? 22 : -12,
        );
      if (Number.isFinite(last[1])) label("median", last, `median ${short(last[1])}`, "network", below || !before);
      const end = before?.at(-1);
      if (end && Number.isFinite(end[1]))
        label("constant", end, `constant ${plain(values.rate)}: ${short(end[1])}`, "linear", !below);
    }

    return {
      steps: { limit: () => LAST, pace: () => 300, verb: "Train" },
      controls: [
        { kind: "menu", key: "schedule", label: "schedule", options: NAMES },
        { kind: "slider", key: "rate", label: "largest rate", stops: ratios(0.1, MOST, 17) },
        { kind: "choice", key: "batch", label: "rows in a step", options: { "8": "8", all: "all 200" } },
      ],
      // who chooses to draw begins with a straight line
      follow: (changed, values) => (changed.schedule === "drawn" && !changed.curve ? { curve: flat(values.rate) } : {}),
      draw(stage, values) {
        const { ours, other } = both(values);
        const until = performance.now() + BUDGET_MS;
        ours.reach(values.step, until);
        other?.reach(ours.reached, until);
        if (Math.min(ours.reached, other?.reached ?? LAST) + EVERY <= values.step) host.redraw();
        const { boxes, height } = arrange(stage.width, [
          { weight: 1, height: 256, stacked: 210 },
          { weight: 1.15, height: 256, stacked: 220 },
        ]);
        stage.height = height;
        drawSchedule(stage, boxes[0]!, values);
        drawLosses(stage, boxes[1]!, values);
      },
      words(values) {
        const { ours, other } = both(values);
        const step = Math.min(values.step, ours.reached);
        const losses = ours.upTo(step).at(-1)!;
        const broken = losses.filter((loss) => !Number.isFinite(loss)).length;
        const measured = step - (step % EVERY);
        const start = `Step ${values.step}${measured < values.step ? `, measured at ${measured}` : ""}, ${NAMES[values.schedule]}`;
        if (broken > 0) return `${start}: the loss of ${broken} of the ${SEEDS} networks is NaN, not a number.`;
        const compared = other
          ? `, against ${short(other.medians(step).at(-1)![1])} with the constant rate ${plain(values.rate)}`
          : ` with the constant rate ${plain(values.rate)}`;
        const [low, high] = [Math.min(...losses), Math.max(...losses)];
        return `${start}: the median loss of the ${SEEDS} networks is ${short(median(losses))}${compared}. The lowest is ${short(low)}, the highest ${short(high)}.`;
      },
    };
  },
});
