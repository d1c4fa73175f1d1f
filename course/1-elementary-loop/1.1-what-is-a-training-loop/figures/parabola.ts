/** 1.1: one parameter goes down its parabola, with the numbers of the four beats. */

import { figure } from "looplab/figure/figure";
import { flag, number, whole } from "looplab/figure/settings";
import { fixed, short } from "looplab/plot/format";
import { evenly, linear } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Tap {
  readonly minutes: number[];
  readonly litres: number[];
}

/** What one step finds before its update. */
interface Beat {
  readonly w: number;
  readonly loss: number;
  readonly slope: number;
  /** What the update uses: the slope, or the sum of all slopes where nobody zeroes. */
  readonly used: number;
}

interface Values {
  readonly lr: number;
  readonly w0: number;
  readonly forget: boolean;
  readonly step: number;
}

const LAST = 80;
const [LOW, HIGH] = [-0.5, 4.5];

figure({
  name: "parabola",
  title: "One number goes downhill",
  settings: {
    lr: number(0.025, 0.001, 0.15),
    w0: number(0, LOW, HIGH),
    forget: flag(false),
    step: whole(0, 0, LAST),
  },
  still: { lr: 0.085, step: 4 },
  make(host) {
    const tap = host.data<Tap>();
    const count = tap.minutes.length;
    const lossAt = (w: number): number =>
      tap.minutes.reduce((sum, x, i) => sum + (w * x - tap.litres[i]!) ** 2, 0) / count;
    const slopeAt = (w: number): number =>
      (2 / count) * tap.minutes.reduce((sum, x, i) => sum + x * (w * x - tap.litres[i]!), 0);
    const best =
      tap.minutes.reduce((s, x, i) => s + x * tap.litres[i]!, 0) / tap.minutes.reduce((s, x) => s + x * x, 0);

    let known = "";
    let beats: Beat[] = [];
    /** The beats of all steps, as float32 has them; they end with the first loss that is no number. */
    function run({ lr, w0, forget }: Values): Beat[] {
      const asked = `${lr} ${w0} ${forget}`;
      if (asked === known) return beats;
      known = asked;
      beats = [];
      let w = w0;
      let used = 0;
      for (let step = 0; step <= LAST; step++) {
        const slope = Math.fround(slopeAt(w));
        used = forget ? Math.fround(used + slope) : slope;
        beats.push({ w, loss: Math.fround(lossAt(w)), slope, used });
        if (!Number.isFinite(beats.at(-1)!.loss)) break;
        w = Math.fround(w - lr * used);
      }
      return beats;
    }

    function drawBowl(stage: Stage, box: Box, values: Values): void {
      const visited = run(values).slice(0, values.step + 1);
      const now = visited.at(-1)!;
      const panel = new Panel(stage, "bowl", box, {
        x: linear(LOW, HIGH),
        y: linear(0, 64),
        xLabel: "w (litres per minute)",
        yLabel: "loss (litres²)",
        margin: { left: 30 },
      });
      panel.curve("loss", lossAt, "live-tone-linear");
      panel.line(
        "trail",
        visited.map(({ w, loss }): Point => [w, loss]),
        "live-tone-network live-thin live-pale",
      );
      panel.marks(
        "been",
        visited.slice(0, -1).map(({ w, loss }): Point => [w, loss]),
        3.5,
        "live-tone-network live-pale",
      );
      if (Number.isFinite(now.loss)) {
        const reach = Math.min(0.9, 16 / Math.max(1, Math.abs(now.slope)));
        const end = (side: number): Point => [now.w + side * reach, now.loss + side * reach * now.slope];
        panel.line("slope", [end(-1), end(1)], "live-tone-slope live-thick");
        drawUpdate(panel, now, values);
        panel.marks("now", [[now.w, now.loss]], 7, "live-tone-network live-edged");
      }
      drawWhereItWent(panel, now);
      panel.stage.handle("start", {
        x: panel.x(values.w0),
        y: panel.y(lossAt(values.w0)),
        label: "start, the first value of w",
        text: `w = ${fixed(values.w0, 2)}`,
        value: values.w0,
        low: LOW,
        high: HIGH,
        look: values.step > 0 ? "live-handle-quiet" : "",
        drag: (x) => host.change({ w0: Number(panel.at(x, 0)[0].toFixed(2)) }),
        nudge: (right, up) =>
          host.change({ w0: Math.min(HIGH, Math.max(LOW, Number((values.w0 + 0.1 * (right + up)).toFixed(2)))) }),
      });
      if (values.step === 0)
        panel.text(
          "hint",
          [values.w0, lossAt(values.w0)],
          "drag the start",
          "live-small live-quiet",
          values.w0 > 2 ? "end" : "start",
          values.w0 > 2 ? -16 : 16,
          4,
        );
    }

    /** The way that the update goes, along the axis of w. */
    function drawUpdate(panel: Panel, now: Beat, { lr }: Values): void {
      const [from, to] = [panel.x(now.w), panel.x(Math.min(HIGH + 1, Math.max(LOW - 1, now.w - lr * now.used)))];
      const y = panel.y(0) - 1;
      if (Math.abs(to - from) < 1.5) return;
      const side = Math.sign(to - from);
      const tip = Math.min(6, Math.abs(to - from));
      panel.path("drop", `M${from} ${panel.y(now.loss)}V${y}`, "live-tone-network live-hair live-dashed");
      panel.path(
        "go",
        `M${from} ${y}H${to}m${-side * tip} ${-tip * 0.7}L${to} ${y}l${-side * tip} ${tip * 0.7}`,
        "live-tone-network",
      );
    }

    function drawWhereItWent(panel: Panel, now: Beat): void {
      if (now.w >= LOW && now.w <= HIGH && now.loss < 66) return;
      const right = now.w > best;
      panel.text(
        "gone",
        [right ? HIGH : LOW, 58],
        `w = ${short(now.w)}: out of the picture`,
        "live-strong live-tone-slope live-toned",
        right ? "end" : "start",
      );
    }

    function drawBeats(stage: Stage, box: Box, values: Values): void {
      const now = run(values)[values.step]!;
      const next = now.w - values.lr * now.used;
      const predictions = tap.minutes.map((x) => short(now.w * x)).join(", ");
      const sign = now.used > 0 ? "−" : "+";
      const lines = [
        ["predict", `ŷ = w x = ${predictions}`, "ink"],
        ["measure", `loss = ${short(now.loss)}`, "ink"],
        ["gradient", values.forget ? `sum of slopes = ${short(now.used)}` : `slope = ${short(now.slope)}`, "slope"],
        [
          "update",
          `w = ${short(now.w)} ${sign} ${values.lr} · ${short(Math.abs(now.used))} = ${short(next)}`,
          "network",
        ],
      ] as const;
      lines.forEach(([beat, text, tone], i) => {
        const y = box.y + 13 + i * 24;
        stage.text(`beat${i}`, box.x, y, `${i + 1}`, "live-quiet live-small");
        stage.text(`name${i}`, box.x + 15, y, beat, "live-strong");
        stage.text(`text${i}`, box.x + 88, y, text, `live-toned live-tone-${tone}`);
      });
    }

    function drawTrace(stage: Stage, box: Box, values: Values): void {
      const visited = run(values).slice(0, values.step + 1);
      const panel = new Panel(stage, "trace", box, {
        x: linear(0, Math.max(10, Math.min(LAST, 10 * Math.ceil(values.step / 10)))),
        y: linear(LOW, HIGH),
        xLabel: "step",
        yLabel: "w",
        xTicks: 4,
        yTicks: 3,
        margin: { left: 22, top: 20 },
      });
      panel.level("best", best, "live-tone-linear live-thin live-dashed");
      panel.text("best", [panel.axes.x.high, best], `best: ${fixed(best, 0)}`, "live-small live-quiet", "end", 0, -6);
      panel.line(
        "w",
        visited.map(({ w }, step): Point => [step, w]),
        "live-tone-network",
      );
      panel.marks(
        "w",
        visited.map(({ w }, step): Point => [step, w]),
        3,
        "live-tone-network",
      );
    }

    return {
      steps: { limit: (values) => run(values).length - 1, pace: (step) => 2 + step / 3 },
      controls: [
        { kind: "slider", key: "lr", label: "learning rate η", stops: evenly(0.005, 0.15, 0.005) },
        { kind: "toggle", key: "forget", label: "forget to zero the gradient" },
      ],
      draw(stage, values) {
        const { boxes, height, stacked } = arrange(stage.width, [
          { weight: 1, height: 244, stacked: 232 },
          { weight: 1, height: 244, stacked: 256 },
        ]);
        stage.height = height;
        const [bowl, side] = boxes as [Box, Box];
        drawBowl(stage, bowl, values);
        drawBeats(stage, side, values);
        drawTrace(stage, { ...side, y: side.y + 104, height: stacked ? 152 : 140 }, values);
      },
      words(values) {
        const all = run(values);
        const now = all[values.step]!;
        if (!Number.isFinite(now.loss))
          return `After ${values.step} steps the loss is larger than a float32 can hold. It is infinite now, and every number after it is NaN, not a number: training has blown up.`;
        const next = now.w - values.lr * now.used;
        const memory = !values.forget
          ? ""
          : ` Nothing was zeroed, so the update uses the sum of ${values.step + 1} slopes.`;
        const grows =
          !values.forget && Math.abs(next - best) > 1.001 * Math.abs(now.w - best)
            ? " Each step is longer than the last: it diverges."
            : "";
        return (
          `Step ${values.step}: w is ${short(now.w)}, the loss ${short(now.loss)}, the slope ${short(now.slope)}. ` +
          `The update takes w to ${short(next)}.${memory}${grows}`
        );
      },
    };
  },
});
