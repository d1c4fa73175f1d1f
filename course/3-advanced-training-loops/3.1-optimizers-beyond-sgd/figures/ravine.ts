/** 3.1: optimizers race down a ravine or Rosenbrock's valley; their losses beside it. */

import { figure } from "looplab/figure/figure";
import { flag, number, oneOf, whole } from "looplab/figure/settings";
import { mix } from "looplab/figure/theme";
import { plain, short } from "looplab/plot/format";
import { evenly, linear, log, ratios } from "looplab/plot/scale";
import { drawLabelColumn, drawLabels, type Label } from "looplab/view/labels";
import { arrange } from "looplab/view/layout";
import { Panel } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";
import { paintBands } from "looplab/view/terrain";
import { type Course, GOAL, LAST, NAMES, RATES, type RacerName, type Ran, race, racer, surfaceOf } from "./_race";

interface Values extends Course, Record<RacerName, boolean> {
  readonly step: number;
}

interface Ground {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** The lowest and the highest contour. */
  readonly levels: readonly [number, number];
  readonly start: { readonly x0: number; readonly y0: number; readonly rate: number };
}

const GROUNDS: Record<Course["surface"], Ground> = {
  ravine: { x: [-8.5, 8.5], y: [-5, 5], levels: [0.02, 20], start: { x0: -7, y0: 0.5, rate: 0.32 } },
  rosenbrock: { x: [-2, 2], y: [-1, 3], levels: [0.2, 2000], start: { x0: -1.2, y0: 1, rate: 0.001 } },
};
const CONTOURS = 9;
const [LOWEST, HIGHEST] = [1e-8, 1e4];

figure({
  name: "ravine",
  title: "A race down a ravine",
  settings: {
    surface: oneOf("ravine", ["ravine", "rosenbrock"]),
    kappa: number(100, 1, 1000),
    turn: number(20, 0, 45),
    rates: oneOf("same", ["same", "best"]),
    rate: number(0.32, 1e-4, 10),
    beta: number(0.9, 0, 0.99),
    x0: number(-7, -8.5, 8.5),
    y0: number(0.5, -5, 5),
    sgd: flag(true),
    momentum: flag(true),
    nesterov: flag(true),
    rmsprop: flag(true),
    adagrad: flag(true),
    adam: flag(true),
    step: whole(0, 0, LAST),
  },
  still: { step: 60 },
  make(host) {
    let known = "";
    let ran: Record<RacerName, Ran>;
    function racing({ surface, kappa, turn, rates, rate, beta, x0, y0 }: Values): Record<RacerName, Ran> {
      const asked = [surface, kappa, turn, rates, rates === "same" ? rate : "", beta, x0, y0].join();
      if (asked !== known) [known, ran] = [asked, race({ surface, kappa, turn, rates, rate, beta, x0, y0 })];
      return ran;
    }

    function setStart({ x, y }: Ground, x0: number, y0: number): void {
      const within = (value: number, [low, high]: readonly [number, number]): number =>
        Number(Math.min(high, Math.max(low, value)).toFixed(2));
      host.change({ x0: within(x0, x), y0: within(y0, y) });
    }

    function drawMap(stage: Stage, box: Box, values: Values): void {
      const ground = GROUNDS[values.surface];
      const { loss, lowest } = surfaceOf(values);
      const panel = new Panel(stage, "map", box, {
        x: linear(...ground.x),
        y: linear(...ground.y),
        xTicks: 5,
        yTicks: 5,
        grid: false,
        slack: 0,
        margin: { left: 26, top: 8, bottom: 22, right: 4 },
      });
      paintBands(
        panel,
        `${values.surface} ${values.kappa} ${values.turn}`,
        loss,
        ratios(...ground.levels, CONTOURS),
        host.palette,
        (share) => mix(host.palette.rgb("paper"), host.palette.rgb("low"), 0.36 * share),
      );
      panel.marks("lowest", [lowest], 5, "live-cross live-tone-ink", "cross");
      const labels: Label[] = [];
      for (const name of shown(values)) {
        const been = racing(values)[name].points.slice(0, values.step + 1);
        const look = `live-tone-${racer(name).tone}`;
        panel.line(`${name}-casing`, been, "live-casing live-thin");
        panel.line(name, been, look);
        panel.marks(name, been.slice(-1), 5, `${look} live-edged`);
        const [x, y] = been.at(-1)!;
        if (values.step > 0 && panel.holds(panel.x(x), panel.y(y)))
          labels.push({ key: name, x: panel.x(x) + 8, y: panel.y(y) + 4, text: racer(name).label, look });
      }
      drawLabels(stage, panel.inner, labels);
      stage.onTouch((px, py) => panel.holds(px, py) && setStart(ground, ...panel.at(px, py)));
      const [stepX, stepY] = [ground.x, ground.y].map(([low, high]) => (high - low) / 40) as [number, number];
      stage.handle("start", {
        x: panel.x(values.x0),
        y: panel.y(values.y0),
        label: "start of the race",
        text: `x = ${plain(values.x0)}, y = ${plain(values.y0)}`,
        value: values.x0,
        low: ground.x[0],
        high: ground.x[1],
        look: "live-handle-quiet",
        drag: (px, py) => setStart(ground, ...panel.at(px, py)),
        nudge: (right, up) => setStart(ground, values.x0 + right * stepX, values.y0 + up * stepY),
      });
    }

    function drawLosses(stage: Stage, box: Box, values: Values): void {
      const until = [50, 100, 200, 500].find((last) => values.step <= last) ?? LAST;
      const panel = new Panel(stage, "losses", box, {
        x: linear(0, until),
        y: log(LOWEST, HIGHEST),
        xLabel: "step",
        yLabel: "loss (logarithmic)",
        margin: { left: 40, right: 84, bottom: 36 },
        yTicks: 4,
        slack: 0,
      });
      const goal = GOAL * racing(values).sgd.losses[0]!;
      panel.level("goal", goal, "live-dashed live-hair");
      panel.text("goal", [until, goal], "a ten-thousandth", "live-small live-quiet", "end", -3, 13);
      const labels: Label[] = [];
      for (const name of shown(values)) {
        const { losses } = racing(values)[name];
        const been = losses.slice(0, values.step + 1).map((loss, step) => [step, loss] as const);
        const look = `live-tone-${racer(name).tone}`;
        panel.line(name, been, look);
        const [step, loss] = been.at(-1)!;
        const at = Number.isFinite(loss) ? panel.y(Math.max(loss, LOWEST)) : panel.inner.y;
        if (step > 0)
          labels.push({ key: `loss ${name}`, x: panel.x(step) + 6, y: at + 4, text: racer(name).label, look });
      }
      const column = { ...panel.outer, y: panel.inner.y, height: panel.inner.height };
      drawLabelColumn(stage, column, labels);
    }

    /** A button for each: who takes part, and at which rate. */
    function drawRacers(stage: Stage, top: number, values: Values): number {
      const columns = stage.width < 560 ? 3 : NAMES.length;
      const [gap, height] = [8, 38];
      const width = (stage.width - gap * (columns - 1)) / columns;
      NAMES.forEach((name, i) => {
        const { label, tone } = racer(name);
        const on = values[name];
        const look = `live-tone-${tone}`;
        const box = {
          x: (i % columns) * (width + gap),
          y: top + Math.floor(i / columns) * (height + gap),
          width,
          height,
        };
        stage.box(`racer ${name}`, box, on ? "live-card" : "live-node live-unknown", 6);
        stage.mark(`dot ${name}`, "circle", {
          cx: (box.x + 12).toFixed(1),
          cy: (box.y + 13).toFixed(1),
          r: 4.5,
          class: `live-mark ${look} ${on ? "" : "live-hollow"}`,
        });
        stage.text(
          `racer ${name}`,
          box.x + 22,
          box.y + 17,
          label,
          on ? `live-small live-strong live-toned ${look}` : "live-small live-quiet",
        );
        const { rate } = racing(values)[name];
        stage.text(
          `rate ${name}`,
          box.x + 22,
          box.y + 31,
          on ? `rate ${plain(rate)}` : "not shown",
          "live-small live-quiet",
        );
        const pressed = {
          label: `${label}, rate ${plain(rate)}`,
          pressed: on,
          press: () => host.change({ [name]: !host.values[name] }),
        };
        stage.button(`racer ${name}`, box, pressed);
      });
      return top + Math.ceil(NAMES.length / columns) * (height + gap) - gap;
    }

    return {
      steps: { limit: () => LAST, pace: (step) => 8 + step / 2 },
      controls: [
        {
          kind: "choice",
          key: "surface",
          label: "surface",
          options: { ravine: "ravine", rosenbrock: "Rosenbrock" },
        },
        { kind: "choice", key: "rates", label: "rates", options: { same: "one for all", best: "each its best" } },
        {
          kind: "slider",
          key: "kappa",
          label: "condition number κ",
          stops: [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000],
          when: ({ surface }) => surface === "ravine",
        },
        {
          kind: "slider",
          key: "turn",
          label: "turned by",
          stops: evenly(0, 45, 5),
          format: (turn) => `${plain(turn)}°`,
          when: ({ surface }) => surface === "ravine",
        },
        {
          kind: "slider",
          key: "rate",
          label: "rate η",
          stops: RATES,
          when: ({ rates }) => rates === "same",
        },
        {
          kind: "slider",
          key: "beta",
          label: "momentum β",
          stops: [...evenly(0, 0.95, 0.05), 0.97, 0.98, 0.99],
        },
      ],
      follow: (changed) => (changed.surface ? GROUNDS[changed.surface].start : {}),
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 1, height: 206, stacked: 200 },
          { weight: 1, height: 206, stacked: 190 },
        ]);
        drawMap(stage, boxes[0]!, values);
        drawLosses(stage, boxes[1]!, values);
        stage.height = drawRacers(stage, height + 8, values);
      },
      words: (values) => told(values, racing(values)),
    };
  },
});

const shown = (values: Values): RacerName[] => NAMES.filter((name) => values[name]);

function told(values: Values, ran: Record<RacerName, Ran>): string {
  const { step } = values;
  const names = shown(values);
  if (!names.length) return "Nobody takes part: choose an optimizer.";
  const rates =
    values.rates === "same" ? `all at rate ${plain(values.rate)}` : `each at the best of ${RATES.length} rates`;
  const blown = names.filter((name) => ran[name].blown !== undefined && ran[name].blown <= step);
  const going = names.filter((name) => !blown.includes(name));
  going.sort((a, b) => ran[a].losses[step]! - ran[b].losses[step]!);
  const loss = (name: RacerName): string => `${racer(name).label} ${short(ran[name].losses[step]!, 2)}`;
  const parts = [`Step ${step}, ${rates}.`];
  if (step === 0) parts.push(`All start from a loss of ${short(ran.sgd.losses[0]!)}; the cross is the lowest point.`);
  else if (going.length) parts.push(`Losses: ${going.map(loss).join(", ")}.`);
  const arrived = going.filter((name) => (ran[name].arrived ?? LAST + 1) <= step);
  arrived.sort((a, b) => ran[a].arrived! - ran[b].arrived!);
  if (arrived.length && step > 0)
    parts.push(
      `Below a ten-thousandth of the first loss, for good: ${arrived.map((name) => `${racer(name).label} from step ${ran[name].arrived}`).join(", ")}.`,
    );
  if (blown.length)
    parts.push(
      `Blown up: ${blown.map((name) => `${racer(name).label} at step ${ran[name].blown}`).join(", ")}, where the loss is more than a float32 can hold; it is NaN from there on.`,
    );
  return parts.join(" ");
}
