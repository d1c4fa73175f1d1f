/** 1.3: how many rows feed an update, and the path that it takes. */

import { batches } from "looplab/engine/batches";
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
import { bowlOf, lossOn, paintMap } from "looplab/view/terrain";

interface Values {
  readonly batch: "1" | "2" | "4" | "11";
  readonly lr: number;
  readonly seed: number;
  readonly step: number;
}

const EPOCHS = 20;
/** Other seeds whose paths are shown faintly. */
const OTHERS = 24;
const [W, B] = [
  [-4, 22],
  [-4, 19],
] as const;

figure({
  name: "batches",
  title: "How many rows feed an update?",
  settings: {
    batch: oneOf("4", ["1", "2", "4", "11"]),
    lr: number(0.1, 0.001, 1),
    seed: whole(0, 0, 99999),
    step: whole(0, 0, 1000),
  },
  still: { step: 9 },
  make(host) {
    const table = host.data<{ inputs: number[][]; targets: number[][] }>();
    const x = standardize(table.inputs.map((row) => row[0]!)).values;
    const y = table.targets.map((row) => row[0]!);
    const rows = rowsOf(
      x.map((value) => [value]),
      table.targets,
    );
    const bowl = bowlOf(x, y);
    const perEpoch = (batch: number): number => Math.ceil(rows.count / batch);
    const last = ({ batch }: Values): number => EPOCHS * perEpoch(Number(batch));

    const known = new Map<string, Point[]>();
    /** (w, b) before each update, and at the end. */
    function pathOf(values: Values, seed: number): Point[] {
      const key = `${values.batch} ${values.lr} ${seed}`;
      const found = known.get(key);
      if (found) return found;
      if (known.size > 200) known.clear();
      const shape = { inputs: 1, widths: [], outputs: 1, activation: "none" } as const;
      const recipe = { optimizer: "sgd", loss: "mse", lr: values.lr, batchSize: Number(values.batch), seed } as const;
      const run = new Trajectory(shape, rows, recipe, last(values), new Float32Array(2));
      run.reach(last(values));
      const path = Array.from({ length: last(values) + 1 }, (_, step): Point => {
        const [w, b] = run.network(step).parameters;
        return [w!, b!];
      });
      known.set(key, path);
      return path;
    }

    /** The batches of one epoch, in order. */
    function epochOf(values: Values, epoch: number): number[][] {
      const order = batches(rows.count, Number(values.batch), values.seed);
      const count = perEpoch(Number(values.batch));
      for (let i = 0; i < epoch * count; i++) order.next();
      return Array.from({ length: count }, () => [...order.next().value!]);
    }

    const rowsSeen = (values: Values, step: number): number => {
      const batch = Number(values.batch);
      const [epoch, within] = [Math.floor(step / perEpoch(batch)), step % perEpoch(batch)];
      return epoch * rows.count + Math.min(rows.count, within * batch);
    };
    const others = ({ seed }: Values): number[] => Array.from({ length: OTHERS }, (_, i) => seed + 1 + i);

    function drawMap(stage: Stage, box: Box, values: Values): void {
      const panel = new Panel(stage, "map", box, {
        x: linear(...W),
        y: linear(...B),
        xLabel: "w",
        yLabel: "b",
        xTicks: 5,
        yTicks: 5,
        grid: false,
        slack: 0,
        margin: { left: 30, top: 20, bottom: 36 },
      });
      paintMap(panel, bowl, host.palette);
      const faint = others(values).map((seed) => pathOf(values, seed).slice(0, values.step + 1));
      faint.forEach((path, i) => panel.line(`other${i}`, path, "live-path live-hair live-mid"));
      const been = pathOf(values, values.seed).slice(0, values.step + 1);
      panel.line("casing", been, "live-casing");
      panel.line("path", been, "live-path");
      if (been.length < 80) panel.marks("been", been, 1.8, "live-path-mark");
      panel.marks("lowest", [bowl.lowest], 5, "live-cross", "cross");
      panel.marks("now", been.slice(-1), 6, "live-tone-relu live-edged");
    }

    /** The rows in the order of this epoch, cut into batches; the next one is marked. */
    function drawRows(stage: Stage, box: Box, values: Values): void {
      const count = perEpoch(Number(values.batch));
      const finished = values.step >= last(values);
      const epoch = Math.min(EPOCHS - 1, Math.floor(values.step / count));
      const next = finished ? count : values.step % count;
      const title = finished
        ? `${EPOCHS} epochs are over`
        : `epoch ${epoch + 1}: ${count === 1 ? "1 update" : `${count} updates`}; filled: the next`;
      stage.text("rows", box.x, box.y + 11, title, "live-axis");
      const gap = count > 1 ? 7 : 0;
      const size = Math.min(26, (box.width - gap * (count - 1)) / rows.count - 2);
      let at = box.x;
      epochOf(values, epoch).forEach((batch, number) => {
        batch.forEach((row) => {
          const look =
            number === next
              ? "live-tone-network live-filled"
              : number < next
                ? "live-tone-network live-wash"
                : "live-card";
          stage.box(`row${row}`, { x: at, y: box.y + 20, width: size, height: 24 }, look, 4);
          const text = number === next ? "live-small live-inverse" : "live-small live-quiet";
          stage.text(`number${row}`, at + size / 2, box.y + 36, String(row), text, "middle");
          at += size + 2;
        });
        at += gap;
      });
    }

    function drawLoss(stage: Stage, box: Box, values: Values): void {
      const panel = new Panel(stage, "loss", box, {
        x: linear(0, EPOCHS * rows.count),
        y: log(2, 400),
        xLabel: "rows read",
        yLabel: `loss over all rows (log); faint: ${OTHERS} other seeds`,
        xTicks: 4,
        margin: { left: 34, right: 10 },
      });
      panel.level("least", bowl.least, "live-tone-rule live-thin live-dashed");
      const curve = (seed: number): Point[] =>
        pathOf(values, seed)
          .slice(0, values.step + 1)
          .map(([w, b], step): Point => [rowsSeen(values, step), lossOn(bowl, w, b)]);
      others(values).forEach((seed, i) => panel.line(`other${i}`, curve(seed), "live-tone-linear live-hair live-pale"));
      const own = curve(values.seed);
      panel.line("own", own, "live-tone-network");
      if (own.length < 80) panel.marks("own", own, 2, "live-tone-network");
      panel.marks("now", own.slice(-1), 4.5, "live-tone-network");
    }

    return {
      steps: { limit: last, pace: (_, { batch }) => ({ 1: 24, 2: 14, 4: 7, 11: 3 })[batch], unit: "update" },
      controls: [
        { kind: "choice", key: "batch", label: "rows in a batch", options: { 1: "1", 2: "2", 4: "4", 11: "all 11" } },
        { kind: "slider", key: "lr", label: "learning rate", stops: ratios(0.005, 0.5, 25), format: plain },
      ],

      follow: (changed) => (changed.batch ? { step: 0 } : {}),
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 1, height: 262, stacked: 250 },
          { weight: 1.05, height: 262, stacked: 250 },
        ]);
        stage.height = height;
        drawMap(stage, boxes[0]!, values);
        const side = boxes[1]!;
        drawRows(stage, side, values);
        drawLoss(stage, { ...side, y: side.y + 58, height: side.height - 58 }, values);
      },
      words(values) {
        const [w, b] = pathOf(values, values.seed)[values.step]!;
        const loss = Math.fround(lossOn(bowl, w, b));
        const count = perEpoch(Number(values.batch));
        if (!Number.isFinite(loss))
          return `After ${values.step} updates the loss is NaN, not a number: training has blown up. With single rows a smaller rate is needed than with all of them.`;
        const size =
          values.batch === "11" ? "all 11 rows" : values.batch === "1" ? "a single row" : `${values.batch} rows`;
        return `Update ${values.step}, each from ${size}, ${count} in an epoch: ${rowsSeen(values, values.step)} rows read, loss over all rows ${short(loss)}; the lowest is ${short(bowl.least)}. Every update changes both w and b.`;
      },
    };
  },
});
