/** 1.5: the slope from two values of the loss, and its error against the step between them. */

import { figure } from "looplab/figure/figure";
import { number, oneOf } from "looplab/figure/settings";
import { fixed, plain, short } from "looplab/plot/format";
import { linear, log } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Coffee {
  readonly minutes: number[];
  readonly degrees: number[];
  readonly w: number;
  readonly b: number;
}

type Kind = "forward" | "central";
type Precision = "float64" | "float32";

interface Values {
  readonly h: number;
  readonly kind: Kind;
  readonly precision: Precision;
}

/** Eight steps in each power of ten. */
const STEPS = Array.from({ length: 113 }, (_, i) => 10 ** (-14 + i / 8));
const [SMALLEST, LARGEST] = [1e-14, 1];
/** On a logarithmic axis an error of 0 has no place. */
const LEAST_ERROR = 1e-14;

figure({
  name: "difference",
  title: "A slope from two losses",
  settings: {
    h: number(0.1, SMALLEST, LARGEST),
    kind: oneOf("forward", ["forward", "central"]),
    precision: oneOf("float32", ["float64", "float32"]),
  },
  still: { h: 1e-5 },
  make(host) {
    const coffee = host.data<Coffee>();
    const rounds = { float32: Math.fround, float64: (value: number) => value };

    /** The loss at w, each operation rounded to the precision. */
    function loss(w: number, precision: Precision): number {
      const r = rounds[precision];
      let sum = 0;
      coffee.minutes.forEach((minutes, i) => {
        const predicted = r(r(coffee.b) * r(Math.exp(r(-w * r(minutes / 10)))));
        const error = r(predicted - r(coffee.degrees[i]! / 10));
        sum = r(sum + r(error * error));
      });
      return r(sum / coffee.minutes.length);
    }

    /** By the chain rule, at w as the precision has it. */
    function truth(precision: Precision): number {
      const w = rounds[precision](coffee.w);
      const slopes = coffee.minutes.map((minutes, i) => {
        const [x, y] = [minutes / 10, coffee.degrees[i]! / 10];
        const decay = coffee.b * Math.exp(-w * x);
        return 2 * (decay - y) * -x * decay;
      });
      return slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length;
    }

    function slope({ h, kind, precision }: Values): number {
      const r = rounds[precision];
      const w = r(coffee.w);
      const step = r(h);
      const before = kind === "central" ? loss(r(w - step), precision) : loss(w, precision);
      const length = kind === "central" ? 2 * h : h;
      return r(r(loss(r(w + step), precision) - before) / length);
    }

    const errorOf = (values: Values): number =>
      Math.max(Math.abs(slope(values) / truth(values.precision) - 1), LEAST_ERROR);

    const known = new Map<string, Point[]>();
    function curve(kind: Kind, precision: Precision): Point[] {
      const key = kind + precision;
      const found = known.get(key) ?? STEPS.map((h): Point => [h, errorOf({ h, kind, precision })]);
      known.set(key, found);
      return found;
    }

    /** The step with the least error, taken over one power of ten: single points are luck. */
    function best(kind: Kind, precision: Precision): number {
      const errors = curve(kind, precision);
      const around = (i: number): number =>
        errors.slice(i - 4, i + 5).reduce((sum, [, error]) => sum + Math.log(error), 0);
      let least = 4;
      for (let i = 4; i < errors.length - 4; i++) if (around(i) < around(least)) least = i;
      return errors[least]![0];
    }

    function drawZoom(stage: Stage, box: Box, values: Values): void {
      const { h, kind, precision } = values;
      const r = rounds[precision];
      const w = r(coffee.w);
      const here = loss(w, precision);
      const change = (t: number): number => loss(r(w + r(t * h)), precision) - here;
      const points = Array.from({ length: 201 }, (_, i): Point => [-2 + i / 50, change(-2 + i / 50)]);
      const rising = truth(precision) * h;
      const ends: Point[] =
        kind === "central"
          ? [
              [-1, change(-1)],
              [1, change(1)],
            ]
          : [
              [0, 0],
              [1, change(1)],
            ];
      const reach = 1.3 * Math.max(1.5 * Math.abs(rising), ...ends.map(([, y]) => Math.abs(y)));
      const panel = new Panel(stage, "zoom", box, {
        x: linear(-2, 2),
        y: linear(-reach, reach),
        xLabel: `w around ${coffee.w}`,
        yLabel: "change of the loss",
        xAt: [
          { at: -1, label: "w − h" },
          { at: 0, label: "w" },
          { at: 1, label: "w + h" },
        ],
        yTicks: 3,
        margin: { left: 62, right: 6 },
        slack: 0,
      });
      panel.line("loss", points, "live-tone-linear");
      panel.curve("tangent", (t) => rising * t, "live-tone-slope live-thin live-dashed", 2);
      const rise = (ends[1]![1] - ends[0]![1]) / (ends[1]![0] - ends[0]![0]);
      panel.curve("secant", (t) => ends[0]![1] + rise * (t - ends[0]![0]), "live-tone-network", 2);
      panel.marks("ends", ends, 5, "live-tone-network live-edged");
      const { x, y, width, height } = panel.inner;
      stage.text(
        "true",
        x + width,
        y + height - 28,
        `true slope ${fixed(truth(precision), 8)}`,
        "live-small live-on-plot live-toned live-tone-slope",
        "end",
      );
      stage.text(
        "found",
        x + width,
        y + height - 10,
        `this slope ${fixed(slope(values), 8)}`,
        "live-small live-on-plot live-toned live-tone-network live-strong",
        "end",
      );
    }

    function drawErrors(stage: Stage, box: Box, values: Values): void {
      const panel = new Panel(stage, "errors", box, {
        x: log(SMALLEST, LARGEST),
        y: log(1e-13, 1e3),
        xLabel: "step h (logarithmic)",
        yLabel: "relative error (logarithmic)",
        xTicks: 5,
        yTicks: 5,
        margin: { left: 44, right: 10 },
      });
      const other = values.kind === "central" ? "forward" : "central";
      panel.line("other", curve(other, values.precision), "live-tone-linear live-thin live-pale");
      panel.line("this", curve(values.kind, values.precision), "live-tone-network");
      const [left, right] = [1e-12, 3e-1];
      panel.text("rounding", [left, 1e-12], "rounding", "live-small live-quiet", "start");
      panel.text("truncation", [right, 1e-12], "truncation", "live-small live-quiet", "end");
      const set = (h: number): void => host.change({ h: STEPS[nearestStep(h)]! });
      stage.handle("step", {
        x: panel.x(values.h),
        y: panel.y(errorOf(values)),
        label: "step h",
        text: `h = ${short(values.h, 2)}, error ${short(errorOf(values), 2)}`,
        value: Math.log10(values.h),
        low: Math.log10(SMALLEST),
        high: Math.log10(LARGEST),
        drag: (px) => set(panel.at(px, 0)[0]),
        nudge: (right, up) => set(STEPS[Math.min(STEPS.length - 1, Math.max(0, nearestStep(values.h) + right + up))]!),
      });
      stage.onTouch((px, py) => panel.holds(px, py) && set(panel.at(px, py)[0]));
    }

    return {
      controls: [
        { kind: "slider", key: "h", label: "step h", stops: STEPS, format: (h) => plain(Number(h.toPrecision(2))) },
        { kind: "choice", key: "kind", label: "difference", options: { forward: "forward", central: "central" } },
        { kind: "choice", key: "precision", label: "numbers", options: { float32: "float32", float64: "float64" } },
      ],
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 1, height: 270, stacked: 240 },
          { weight: 1, height: 270, stacked: 240 },
        ]);
        stage.height = height;
        drawZoom(stage, boxes[0]!, values);
        drawErrors(stage, boxes[1]!, values);
      },
      words(values) {
        const error = errorOf(values);
        const least = best(values.kind, values.precision);
        const ratio = values.h / least;
        const why =
          slope(values) === 0
            ? "The two losses are the same number: the step is lost in rounding."
            : ratio > 4
              ? `The step is long and the curve bends: truncation.`
              : ratio < 0.25
                ? "The step is so short that the rounding of the loss shows."
                : "About as good as it gets with these numbers.";
        return `Step ${plain(Number(values.h.toPrecision(2)))}, ${values.kind} difference in ${values.precision}: the slope is off by ${short(error, 2)} of its size. ${why}`;
      },
    };
  },
});

function nearestStep(h: number): number {
  return Math.min(STEPS.length - 1, Math.max(0, Math.round((Math.log10(h) + 14) * 8)));
}
