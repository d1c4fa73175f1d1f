/** 1.4: gradient descent on the landscape of a line's two parameters, from above and as a surface. */

import { standardize } from "looplab/engine/scaling";
import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { plain, short } from "looplab/plot/format";
import { evenly, linear } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";
import {
  type Bowl,
  bowlOf,
  curvatures,
  ground,
  lossOn,
  paintMap,
  paintSurface,
  projection,
  slopeOn,
  type View,
} from "looplab/view/terrain";

interface Readings {
  readonly inputs: number[][];
  readonly targets: number[][];
}

interface Values {
  readonly w0: number;
  readonly b0: number;
  /** The learning rate as a share of 2/λ_max. */
  readonly rate: number;
  readonly inputs: "tenth" | "standardized";
  readonly turn: number;
  readonly step: number;
}

interface Land {
  readonly bowl: Bowl;
  readonly critical: number;
  readonly ratio: number;
  readonly w: readonly [number, number];
  readonly b: readonly [number, number];
  readonly ceiling: number;
}

const LAST = 200;
const RECENT = 6;

figure({
  name: "landscape",
  title: "A walk on the loss landscape",
  settings: {
    w0: number(0, -40, 40),
    b0: number(0, -60, 60),
    rate: number(0.97, 0.02, 1.15),
    inputs: oneOf("tenth", ["tenth", "standardized"]),
    turn: number(-55, -180, 180),
    step: whole(0, 0, LAST),
  },
  still: { rate: 0.9, step: 40 },
  make(host) {
    const readings = host.data<Readings>();
    const tenth = readings.inputs.map((row) => row[0]!);
    const y = readings.targets.map((row) => row[0]!);
    const lands = {
      tenth: landOf(tenth, y, "tenth"),
      standardized: landOf(standardize(tenth).values, y, "standardized"),
    };

    let known = "";
    let walked: Point[] = [];
    /** Where the walk stands before each step; it ends where the loss is no number. */
    function walk({ w0, b0, rate, inputs }: Values): Point[] {
      const asked = `${w0} ${b0} ${rate} ${inputs}`;
      if (asked === known) return walked;
      known = asked;
      const { bowl, critical } = lands[inputs];
      let [w, b] = [w0, b0];
      walked = [[w, b]];
      for (let step = 0; step < LAST && Number.isFinite(Math.fround(lossOn(bowl, w, b))); step++) {
        const [sw, sb] = slopeOn(bowl, w, b);
        [w, b] = [w - rate * critical * sw, b - rate * critical * sb];
        walked.push([w, b]);
      }
      return walked;
    }

    function setStart(land: Land, w: number, b: number): void {
      const within = (value: number, [low, high]: readonly [number, number]): number =>
        Math.min(high, Math.max(low, value));
      host.change({ w0: Number(within(w, land.w).toFixed(2)), b0: Number(within(b, land.b).toFixed(2)) });
    }

    function drawMap(stage: Stage, box: Box, values: Values, land: Land): void {
      const panel = new Panel(stage, "map", box, {
        x: linear(...land.w),
        y: linear(...land.b),
        xLabel: "w",
        yLabel: "b",
        xTicks: 5,
        yTicks: 5,
        grid: false,
        slack: 0,
        margin: { left: 32, top: 20, bottom: 36 },
      });
      paintMap(panel, land.bowl, host.palette);
      const been = walk(values).slice(0, values.step + 1);
      drawPath(panel, been);
      panel.marks("lowest", [land.bowl.lowest], 5, "live-cross", "cross");
      panel.marks("now", been.slice(-1), 6, "live-tone-relu live-edged");
      stage.onTouch((px, py) => panel.holds(px, py) && setStart(land, ...panel.at(px, py)));
      const [stepW, stepB] = [(land.w[1] - land.w[0]) / 60, (land.b[1] - land.b[0]) / 60];
      stage.handle("start", {
        x: panel.x(values.w0),
        y: panel.y(values.b0),
        label: "start of the walk",
        text: `w = ${plain(values.w0)}, b = ${plain(values.b0)}`,
        value: values.w0,
        low: land.w[0],
        high: land.w[1],
        drag: (px, py) => setStart(land, ...panel.at(px, py)),
        nudge: (right, up) => setStart(land, values.w0 + right * stepW, values.b0 + up * stepB),
      });
    }

    function drawSurface(stage: Stage, box: Box, values: Values, land: Land): void {
      const view: View = { box, turn: (values.turn * Math.PI) / 180, ceiling: land.ceiling, w: land.w, b: land.b };
      const stamp = [values.turn, values.inputs, host.palette.stamp].join();
      stage.canvas("surface", box, stamp, (context) => paintSurface(context, land.bowl, view, host.palette));
      stage.turnable("surface", box, (right) =>
        host.change({ turn: ((((host.values.turn - right * 0.6 + 180) % 360) + 360) % 360) - 180 }),
      );
      const { w, b } = ground(view);
      const place = projection(view);
      const been = walk(values)
        .slice(0, values.step + 1)
        .filter((point) => isInside(point, land));
      const d = been.map(
        (point, i) =>
          `${i ? "L" : "M"}${place(...point, lossOn(land.bowl, ...point))
            .map((v) => v.toFixed(1))
            .join(" ")}`,
      );
      const recent = d.slice(-RECENT).join("").replace(/^L/, "M");
      stage.path("surface-old", d.join(""), "live-line live-path live-hair live-pale");
      stage.path("surface-casing", recent, "live-line live-casing");
      stage.path("surface-path", recent, "live-line live-path");
      if (been.length) {
        const [x, y] = place(...been.at(-1)!, lossOn(land.bowl, ...been.at(-1)!));
        stage.mark("surface-now", "circle", {
          cx: x.toFixed(1),
          cy: y.toFixed(1),
          r: 5.5,
          class: "live-mark live-tone-relu live-edged",
        });
      }
      stage.text("w-axis", ...w, "w", "live-axis", "middle");
      stage.text("b-axis", ...b, "b", "live-axis", "middle");
      stage.text("surface-title", box.x, box.y + 11, "loss, as height", "live-axis");
    }

    return {
      steps: { limit: (values) => walk(values).length - 1, pace: (step) => 3 + step / 2 },
      controls: [
        {
          kind: "slider",
          key: "rate",
          label: "rate η",
          wide: true,
          stops: evenly(0.02, 1.15, 0.01),
          format: (rate, { inputs }) =>
            `${plain(Number((rate * lands[inputs].critical).toPrecision(3)))}, ${Math.round(100 * rate)} % of 2/λ`,
          notch: () => ({ at: 1, label: "2/λ of the walls" }),
        },
        {
          kind: "choice",
          key: "inputs",
          label: "inputs",
          options: { tenth: "as they were", standardized: "standardized" },
        },
        {
          kind: "slider",
          key: "turn",
          label: "turn the surface",
          stops: evenly(-180, 180, 5),
          format: (turn) => `${plain(Math.round(turn))}°`,
        },
      ],
      follow: (changed) => (changed.inputs ? { w0: 0, b0: 0 } : {}),
      draw(stage, values) {
        const land = lands[values.inputs];
        const { boxes, height } = arrange(stage.width, [
          { weight: 1, height: 244, stacked: 240 },
          { weight: 1, height: 244, stacked: 220 },
        ]);
        stage.height = height;
        drawMap(stage, boxes[0]!, values, land);
        drawSurface(stage, boxes[1]!, values, land);
      },
      words(values) {
        const { bowl, ratio } = lands[values.inputs];
        const [w, b] = walk(values)[values.step]!;
        const loss = Math.fround(lossOn(bowl, w, b));
        if (!Number.isFinite(loss))
          return `After ${values.step} steps the loss is more than a float32 can hold: infinite, and NaN from here on. Training has blown up.`;
        const shape =
          ratio < 1.001 ? "The bowl is round." : `The walls are ${short(ratio)} times as curved as the floor.`;
        const place = `Step ${values.step}: w ${short(w)}, b ${short(b)}, loss ${short(loss)} (lowest ${short(bowl.least)}).`;
        return values.step === 0 ? `${place} ${shape}` : `${place} ${manner(values.rate)}`;
      },
    };
  },
});

/** What a rate, as a share of 2/λ of the walls, does across the valley. */
function manner(rate: number): string {
  if (rate > 1.0001) return "Above 2/λ each step across the valley is longer than the last: it diverges.";
  if (rate > 0.9999) return "At 2/λ it jumps across the valley and back for ever.";
  if (rate > 0.505) return "It jumps across the valley and back, each time less far.";
  if (rate > 0.2) return "It comes down the wall without jumping across.";
  return "It creeps down the wall.";
}

/** The whole path, with the last steps strong: a long zigzag would cover the picture. */
function drawPath(panel: Panel, been: readonly Point[]): void {
  const recent = been.slice(-RECENT);
  panel.line("old", been, "live-path live-hair live-pale");
  panel.marks("old", been, 1.6, "live-path-mark live-pale");
  panel.line("casing", recent, "live-casing");
  panel.line("path", recent, "live-path");
  panel.marks("recent", recent, 2.4, "live-path-mark");
}

function isInside([w, b]: Point, land: Land): boolean {
  return (
    w >= land.w[0] && w <= land.w[1] && b >= land.b[0] && b <= land.b[1] && lossOn(land.bowl, w, b) <= land.ceiling
  );
}

function landOf(x: readonly number[], y: readonly number[], inputs: Values["inputs"]): Land {
  const bowl = bowlOf(x, y);
  const [largest, smallest] = curvatures(bowl);
  const land = { bowl, critical: 2 / largest, ratio: largest / smallest };
  return inputs === "tenth"
    ? { ...land, w: [-3, 10], b: [-30, 8], ceiling: 1500 }
    : { ...land, w: [-6, 26], b: [-5, 24], ceiling: 420 };
}
