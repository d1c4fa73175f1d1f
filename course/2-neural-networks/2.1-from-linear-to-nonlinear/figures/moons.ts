/** 2.1: a network learns to tell the moons apart: one seed in full, or 256 seeds at once. */

import { Crowd } from "looplab/engine/crowd";
import type { Shape } from "looplab/engine/network";
import { type Recipe, rowsOf } from "looplab/engine/training";
import { Trajectory } from "looplab/engine/trajectory";
import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { plain, short } from "looplab/plot/format";
import { linear, log, ratios } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { deadUnits, drawCreases, drawRows, drawSides, Grid, moonsPanel, paintSides, wrongOf } from "looplab/view/moons";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Values {
  readonly view: "one" | "many";
  readonly units: number;
  readonly activation: "relu" | "tanh" | "sigmoid" | "none";
  readonly lr: number;
  readonly seed: number;
  readonly step: number;
}

const LAST = 1000;
const SEEDS = 256;
const FAILED = 0.15;
const NAMES = { relu: "ReLU", tanh: "tanh", sigmoid: "sigmoid", none: "none" };
/** Time for training between two pictures. */
const BUDGET_MS = 13;
/** How long the 256 small pictures stay as they are while training goes on: painting them takes its time, too. */
const PAINT_EVERY_MS = 160;

figure({
  name: "moons",
  title: "Two moons, one network",
  settings: {
    view: oneOf("one", ["one", "many"]),
    units: whole(8, 1, 64),
    activation: oneOf("relu", ["relu", "tanh", "sigmoid", "none"]),
    lr: number(0.05, 0.0005, 1),
    seed: whole(0, 0, 99999),
    step: whole(0, 0, LAST),
  },
  still: { step: 300 },
  make(host) {
    const table = host.data<{ inputs: number[][]; targets: number[][] }>();
    const rows = rowsOf(table.inputs, table.targets);
    const shapeOf = ({ units, activation }: Values): Shape => ({ inputs: 2, widths: [units], outputs: 1, activation });
    const recipeOf = ({ lr, seed }: Values): Recipe => ({ optimizer: "adam", loss: "bce", lr, seed });

    let one: { key: string; run: Trajectory } | undefined;
    function trajectory(values: Values): Trajectory {
      const key = [values.units, values.activation, values.lr, values.seed].join();
      if (one?.key !== key) one = { key, run: new Trajectory(shapeOf(values), rows, recipeOf(values), LAST) };
      return one.run;
    }

    let many: { key: string; crowd: Crowd } | undefined;
    function crowdOf(values: Values): Crowd {
      const key = [values.units, values.activation, values.lr].join();
      if (many?.key !== key || many.crowd.step > values.step)
        many = { key, crowd: new Crowd(shapeOf(values), rows, recipeOf(values), SEEDS) };
      return many.crowd;
    }

    function drawOne(stage: Stage, values: Values): void {
      const run = trajectory(values);
      const step = run.reach(values.step, 4 * BUDGET_MS);
      if (step < values.step) host.redraw();
      const { boxes, height } = arrange(stage.width, [
        { weight: 1.45, height: 262, stacked: Math.min(300, stage.width * 0.66 + 40) },
        { weight: 1, height: 262, stacked: 180 },
      ]);
      stage.height = height;
      const network = run.network(step);
      const panel = moonsPanel(stage, "plane", boxes[0]!);
      drawSides(panel, network, host.palette, [values.units, values.activation, values.lr, values.seed, step].join());
      drawCreases(panel, network, `live-tone-${values.activation === "none" ? "linear" : values.activation}`);
      drawRows(panel, rows);
      drawLoss(stage, boxes[1]!, run, step);
    }

    function drawLoss(stage: Stage, box: Box, run: Trajectory, step: number): void {
      const panel = new Panel(stage, "loss", box, {
        x: linear(0, LAST),
        y: log(0.02, 1.2),
        xLabel: "step",
        yLabel: "loss (logarithmic)",
        xTicks: 2,
        margin: { left: 36, right: 14, top: 20, bottom: 36 },
      });
      panel.level("failed", FAILED, "live-tone-slope live-thin live-dashed");
      panel.text(
        "failed",
        [LAST, FAILED],
        `failed: above ${FAILED}`,
        "live-small live-toned live-tone-slope",
        "end",
        0,
        -6,
      );
      const points: Point[] = [];
      for (let i = 0; i < step; i++) points.push([i, run.losses[i]!]);
      const now = run.loss(step);
      points.push([step, now]);
      panel.line("loss", points, "live-tone-network");
      panel.marks("now", [[step, now]], 4.5, "live-tone-network");
      const right = step > LAST * 0.6;
      if (Number.isFinite(now))
        panel.text(
          "now",
          [step, now],
          short(now),
          "live-strong live-toned live-tone-network",
          right ? "end" : "start",
          right ? -2 : 9,
          right ? 20 : -6,
        );
    }

    let painted = { at: 0, step: 0 };
    const tiles = new Map<string, Grid>();
    function drawMany(stage: Stage, values: Values): void {
      const crowd = crowdOf(values);
      crowd.reach(values.step, 2 * BUDGET_MS);
      if (crowd.step < values.step) host.redraw();
      const across = stage.width < 480 ? 16 : 24;
      const down = Math.ceil(SEEDS / across);
      const width = Math.floor(stage.width / across);
      const height = Math.round(width * 0.74);
      stage.height = down * (height + 1) + 24;
      const left = Math.floor((stage.width - across * width) / 2);
      const finished = crowd.step >= LAST;
      const order = finished ? crowd.byLoss() : crowd.byLoss().map((_, seed) => seed);
      const place = (rank: number): [number, number] => [
        left + (rank % across) * width,
        Math.floor(rank / across) * (height + 1),
      ];
      const key = `${width - 2},${height - 1}`;
      const grid = tiles.get(key) ?? new Grid(width - 2, height - 1);
      tiles.set(key, grid);
      const area = { x: 0, y: 0, width: stage.width, height: down * (height + 1) };
      if (crowd.step === values.step || performance.now() > painted.at + PAINT_EVERY_MS)
        painted = { at: performance.now(), step: crowd.step };
      const stamp = [many!.key, painted.step, host.palette.stamp].join();
      stage.canvas("tiles", area, stamp, (context) => {
        const small = document.createElement("canvas");
        [small.width, small.height] = [area.width, area.height];
        const picture = small.getContext("2d")!;
        const image = picture.createImageData(area.width, area.height);
        order.forEach((seed, rank) => {
          const [x, y] = place(rank);
          paintSides(image, x + 1, y, grid.scores(crowd.trainings[seed]!.network), host.palette, "class");
        });
        picture.putImageData(image, 0, 0);
        context.drawImage(small, 0, 0);
      });
      frameFailures(stage, crowd, order, place, width, height);
      const rank = order.indexOf(values.seed);
      if (rank >= 0) {
        const [x, y] = place(rank);
        stage.box("chosen", { x, y: y - 1, width, height: height + 1 }, "live-frame live-tone-ink", 3);
      }
      const below = down * (height + 1);
      stage.text(
        "order",
        left,
        below + 17,
        finished ? "sorted, lowest loss first" : "in the order of their seeds",
        "live-axis",
      );
      const [note, look] = finished
        ? ["framed: failed", "live-axis live-toned live-tone-slope"]
        : [stage.width < 480 ? "" : "press one to see it large", "live-axis"];
      stage.text("note", left + across * width, below + 17, note, look, "end");
      stage.onTouch((px, py) => {
        const [column, row] = [Math.floor((px - left) / width), Math.floor(py / (height + 1))];
        const seed = order[row * across + column];
        if (column >= 0 && column < across && seed !== undefined) host.change({ seed, view: "one" });
      });
    }

    function frameFailures(
      stage: Stage,
      crowd: Crowd,
      order: readonly number[],
      place: (rank: number) => [number, number],
      width: number,
      height: number,
    ): void {
      if (crowd.step < LAST) return;
      let d = "";
      order.forEach((seed, rank) => {
        if (crowd.losses[seed]! <= FAILED) return;
        const [x, y] = place(rank);
        d += `M${x + 1} ${y}h${width - 2}v${height - 1}h${2 - width}Z`;
      });
      stage.path("failures", d, "live-line live-tone-slope live-thin");
    }

    function failures(crowd: Crowd): number {
      return crowd.losses.reduce((sum, loss) => sum + (loss <= FAILED ? 0 : 1), 0);
    }

    return {
      steps: {
        limit: () => LAST,
        pace: (step, values) => {
          if (values.view === "many") return many && many.crowd.step < step ? 0 : 160;
          return 12 + step / 2;
        },
        verb: "Train",
      },
      controls: [
        { kind: "choice", key: "view", label: "show", options: { one: "one network", many: `${SEEDS} seeds at once` } },
        { kind: "choice", key: "activation", label: "activation", options: NAMES },
        {
          kind: "slider",
          key: "units",
          label: "hidden units",
          stops: [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48, 64],
        },
        {
          kind: "slider",
          key: "lr",
          label: "learning rate",
          stops: ratios(0.001, 1, 31).map((lr) => (Math.abs(lr - 0.05) < 0.002 ? 0.05 : lr)),
        },
      ],
      follow: (changed, values) =>
        (changed.view === "many" && values.step < LAST) ||
        (values.view === "many" && (changed.units ?? changed.lr ?? changed.activation) !== undefined)
          ? { step: 0 }
          : {},
      draw(stage, values) {
        if (values.view === "one") drawOne(stage, values);
        else drawMany(stage, values);
      },
      words(values) {
        const units = `${values.units} ${values.activation === "none" ? "units without activation" : `${NAMES[values.activation]} unit${values.units > 1 ? "s" : ""}`}`;
        if (values.view === "many") {
          const crowd = crowdOf(values);
          const finished = crowd.step >= LAST;
          const failed = failures(crowd);
          const start = `Step ${crowd.step}: of ${SEEDS} networks with ${units}, learning rate ${plain(values.lr)}, `;
          return finished
            ? `${start}${failed} have failed: their loss is above ${FAILED}. The lowest is ${short(crowd.losses[crowd.byLoss()[0]!]!)}.`
            : `${start}${SEEDS - failed} are below ${FAILED} by now.`;
        }
        const run = trajectory(values);
        const step = Math.min(values.step, run.reached);
        const network = run.network(step);
        const loss = run.loss(step);
        if (!Number.isFinite(loss))
          return `Step ${step}: the loss is NaN, not a number. Training has blown up; a smaller learning rate helps.`;
        const dead = values.activation === "relu" ? deadUnits(network, rows) : 0;
        const deadText = dead
          ? ` ${dead} of ${values.units} units ${dead === 1 ? "is dead: it gives" : "are dead: they give"} 0 for every point.`
          : "";
        const end = step >= LAST && loss > FAILED ? " It has failed." : "";
        return `Seed ${values.seed}, ${units}, step ${step}: loss ${short(loss)}, ${wrongOf(network, rows)} of ${rows.count} points on the wrong side.${end}${deadText}`;
      },
    };
  },
});
