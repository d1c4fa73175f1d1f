/** 1.2: a line that the reader drags against one that descends. */

import { standardize } from "looplab/engine/scaling";
import { rowsOf } from "looplab/engine/training";
import { Trajectory } from "looplab/engine/trajectory";
import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { plain, short } from "looplab/plot/format";
import { linear, log, ratios } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";
import { bowlOf } from "looplab/view/terrain";

interface Values {
  /** Degrees of the reader's line at its two handles. */
  readonly left: number;
  readonly right: number;
  readonly lr: number;
  readonly inputs: "tenth" | "raw" | "standardized";
  readonly step: number;
}

interface Inputs {
  /** From a tenth of the reading to what the model is given. */
  readonly of: (tenth: number) => number;
  readonly name: string;
}

const LAST = 3000;
/** Where the handles stand, in tenths of a reading. */
const [LEFT, RIGHT] = [2.4, 8];
const [COLDEST, HOTTEST] = [-14, 36];

figure({
  name: "line",
  title: "Your line against gradient descent",
  settings: {
    left: number(10, COLDEST, HOTTEST),
    right: number(10, COLDEST, HOTTEST),
    lr: number(0.01, 0.00001, 1),
    inputs: oneOf("tenth", ["tenth", "raw", "standardized"]),
    step: whole(0, 0, LAST),
  },
  still: { left: -1, right: 22, step: 30 },
  make(host) {
    const table = host.data<{ inputs: number[][]; targets: number[][] }>();
    const x = table.inputs.map((row) => row[0]!);
    const y = table.targets.map((row) => row[0]!);
    const standard = standardize(x);
    const kinds: Record<Values["inputs"], Inputs> = {
      tenth: { of: (tenth) => tenth, name: "reading / 10" },
      raw: { of: (tenth) => 10 * tenth, name: "raw reading" },
      standardized: { of: standard.of, name: "standardized" },
    };
    const { least } = bowlOf(x, y);

    let known: { key: string; run: Trajectory } | undefined;
    function descent({ lr, inputs }: Values): Trajectory {
      const key = `${lr} ${inputs}`;
      if (known?.key !== key) {
        const shape = { inputs: 1, widths: [], outputs: 1, activation: "none" } as const;
        const rows = rowsOf(
          x.map((value) => [kinds[inputs].of(value)]),
          table.targets,
        );
        const run = new Trajectory(
          shape,
          rows,
          { optimizer: "sgd", loss: "mse", lr, seed: 0 },
          LAST,
          new Float32Array(2),
        );
        run.reach(LAST);
        known = { key, run };
      }
      return known.run;
    }

    /** The last step before everything is NaN. */
    function lastStep(values: Values): number {
      const blown = descent(values).losses.findIndex((loss) => !Number.isFinite(loss));
      return blown < 0 || blown >= LAST ? LAST : blown;
    }

    function lineAt(values: Values): { w: number; b: number; loss: number } {
      const run = descent(values);
      const [w, b] = run.network(values.step).parameters as unknown as [number, number];
      return { w, b, loss: run.loss(values.step) };
    }

    const yours =
      ({ left, right }: Values) =>
      (at: number): number =>
        left + ((at - LEFT) / (RIGHT - LEFT)) * (right - left);
    const yourLoss = (values: Values): number =>
      x.reduce((sum, at, i) => sum + (yours(values)(at) - y[i]!) ** 2, 0) / x.length;

    function drawLines(stage: Stage, box: Box, values: Values): void {
      const panel = new Panel(stage, "lines", box, {
        x: linear(1.2, 9),
        y: linear(COLDEST, HOTTEST),
        xLabel: "reading / 10",
        yLabel: "degrees Celsius",
        margin: { left: 34 },
        slack: 0,
      });
      const own = yours(values);
      const errors = x.map(
        (at, i) => `M${panel.x(at).toFixed(1)} ${panel.y(y[i]!).toFixed(1)}V${panel.y(own(at)).toFixed(1)}`,
      );
      panel.path("errors", errors.join(""), "live-tone-relu live-thin live-mid");
      const { w, b } = lineAt(values);
      if (Number.isFinite(w + b))
        panel.curve("descent", (at) => w * kinds[values.inputs].of(at) + b, "live-tone-linear live-thick", 2);
      panel.curve("yours", own, "live-tone-relu", 2);
      panel.marks(
        "rows",
        x.map((at, i): Point => [at, y[i]!]),
        4.5,
        "live-tone-ink live-edged",
      );
      for (const [key, at, name] of [
        ["left", LEFT, "left end"],
        ["right", RIGHT, "right end"],
      ] as const) {
        const set = (value: number): void =>
          host.change({ [key]: Number(Math.min(HOTTEST, Math.max(COLDEST, value)).toFixed(1)) } as Partial<Values>);
        stage.handle(key, {
          x: panel.x(at),
          y: panel.y(values[key]),
          label: `${name} of your line`,
          text: `${plain(values[key])} degrees`,
          value: values[key],
          low: COLDEST,
          high: HOTTEST,
          look: "live-handle-relu",
          drag: (_, py) => set(panel.at(0, py)[1]),
          nudge: (right, up) => set(values[key] + 0.5 * (up + right)),
        });
      }
    }

    function drawLosses(stage: Stage, box: Box, values: Values): void {
      const panel = new Panel(stage, "loss", box, {
        x: log(1, LAST + 1),
        y: log(2, 400),
        xLabel: "epoch + 1 (logarithmic)",
        yLabel: "loss, °C² (logarithmic)",
        xTicks: 4,
        margin: { left: 36, right: 8 },
      });
      panel.level("least", least, "live-tone-rule live-thin live-dashed");
      const own = yourLoss(values);
      panel.level("yours", own, "live-tone-relu live-dashed");
      panel.text(
        "yours",
        [LAST + 1, Math.min(330, own)],
        `yours ${short(own)}`,
        "live-strong live-toned live-tone-relu",
        "end",
        0,
        own > 330 ? 14 : -7,
      );
      const { losses } = descent(values);
      const points: Point[] = [];
      for (let i = 0; i <= values.step; i++) points.push([i + 1, i < LAST ? losses[i]! : lineAt(values).loss]);
      panel.line("descent", points, "live-tone-linear");
      const now = points.at(-1)!;
      panel.marks("descent", [now], 4.5, "live-tone-linear");
      if (now[1] < 330) {
        const right = values.step > 60;
        const near = Math.abs(Math.log(now[1] / own)) < 0.35;
        panel.text(
          "descent",
          now,
          short(now[1]),
          "live-strong live-toned live-tone-linear",
          right ? "end" : "start",
          right ? -4 : 9,
          near ? 18 : -9,
        );
      }
    }

    return {
      steps: { limit: lastStep, pace: (step) => 3 + 0.7 * step, unit: "epoch", verb: "Descend" },
      controls: [
        { kind: "slider", key: "lr", label: "learning rate", stops: [...ratios(0.0001, 1, 33)], format: plain },
        {
          kind: "choice",
          key: "inputs",
          label: "the descending line is given",
          options: { tenth: "reading / 10", raw: "reading", standardized: "standardized" },
        },
      ],
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 1.2, height: 262, stacked: 250 },
          { weight: 1, height: 262, stacked: 210 },
        ]);
        stage.height = height;
        drawLines(stage, boxes[0]!, values);
        drawLosses(stage, boxes[1]!, values);
      },
      words(values) {
        const { w, b, loss } = lineAt(values);
        const own = yourLoss(values);
        const mine = `Your line: loss ${short(own)}.`;
        if (!Number.isFinite(loss))
          return `Epoch ${values.step}: the descending line has blown up, its loss is ${Number.isNaN(loss) ? "NaN, not a number" : "infinite, and NaN from here on"}. ${mine}`;
        const ahead = Math.abs(own - loss) < 0.005 ? "You are level." : own < loss ? "You are ahead." : "It is ahead.";
        return `${mine} Epoch ${values.step} of the descending line: w ${short(w)}, b ${short(b)}, loss ${short(loss)}. ${ahead} No line has less than ${short(least)}.`;
      },
    };
  },
});
