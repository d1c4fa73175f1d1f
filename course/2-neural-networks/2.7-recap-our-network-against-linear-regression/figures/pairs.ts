/** 2.7: line and network on the thermometer, with the two rows held out that the reader chooses; all 55 pairs beside it. */

import type { Shape } from "looplab/engine/network";
import { type Recipe, rowsOf, subset } from "looplab/engine/training";
import { Trajectory } from "looplab/engine/trajectory";
import { figure } from "looplab/figure/figure";
import { whole } from "looplab/figure/settings";
import { plain, short } from "looplab/plot/format";
import { linear } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Values {
  /** The rows that are held out, counted from the coldest reading. */
  readonly first: number;
  readonly second: number;
  readonly seed: number;
  readonly step: number;
}

type Model = "line" | "network";

const LAST = 5000;
const EPOCHS: Record<Model, number> = { line: 3000, network: LAST };
const SHAPES: Record<Model, Shape> = {
  line: { inputs: 1, widths: [], outputs: 1, activation: "none" },
  network: { inputs: 1, widths: [8], outputs: 1, activation: "tanh" },
};
const RATES: Record<Model, number> = { line: 1e-2, network: 1e-3 };
const BUDGET_MS = 12;

figure({
  name: "pairs",
  title: "Line or network, with two readings held out",
  settings: {
    first: whole(3, 0, 10),
    second: whole(6, 0, 10),
    seed: whole(0, 0, 99999),
    step: whole(LAST, 0, LAST),
  },
  still: { first: 3, second: 6 },
  make(host) {
    const table = host.data<{ inputs: number[][]; targets: number[][] }>();
    const sorted = table.inputs.map((_, i) => i).sort((a, b) => table.inputs[a]![0]! - table.inputs[b]![0]!);
    const all = rowsOf(
      sorted.map((i) => table.inputs[i]!),
      sorted.map((i) => table.targets[i]!),
    );
    const count = all.count;

    const runs = new Map<string, Trajectory>();
    function runOf(model: Model, first: number, second: number, seed: number): Trajectory {
      const key = [model, Math.min(first, second), Math.max(first, second), seed].join();
      const found = runs.get(key);
      if (found) return found;
      const rows = subset(
        all,
        sorted.map((_, i) => i).filter((i) => i !== first && i !== second),
      );
      const recipe: Recipe = { optimizer: "sgd", loss: "mse", lr: RATES[model], seed };
      const made = new Trajectory(SHAPES[model], rows, recipe, EPOCHS[model]);
      runs.set(key, made);
      return made;
    }

    /** The loss on the held-out rows; of a run that is not kept for long, only this stays. */
    const ends = new Map<string, number>();
    function heldOutLoss(model: Model, first: number, second: number, seed: number, step: number): number {
      const run = runOf(model, first, second, seed);
      const network = run.network(Math.min(step, run.reached));
      const held = subset(all, [first, second]);
      const { outputs } = network.forward(held.inputs, 2);
      return ((outputs[0]! - held.targets[0]!) ** 2 + (outputs[1]! - held.targets[1]!) ** 2) / 2;
    }

    const endKey = (model: Model, first: number, second: number, seed: number): string =>
      [model, first, second, seed].join();

    /** Train pairs that nobody has looked at yet, as far as the time allows; whether any are left. */
    function trainOthers(seed: number): boolean {
      const until = performance.now() + BUDGET_MS;
      for (let first = 0; first < count; first++)
        for (let second = first + 1; second < count; second++)
          for (const model of ["line", "network"] as const) {
            const key = endKey(model, first, second, seed);
            if (ends.has(key)) continue;
            const run = runOf(model, first, second, seed);
            if (run.reach(EPOCHS[model], Math.max(1, until - performance.now())) < EPOCHS[model]) return true;
            ends.set(key, heldOutLoss(model, first, second, seed, LAST));
            if (first !== chosen[0] || second !== chosen[1]) runs.delete([model, first, second, seed].join());
          }
      return false;
    }
    let chosen: readonly [number, number] = [0, 1];

    function choose(row: number): void {
      const { first, second } = host.values;
      if (row !== first && row !== second) host.change({ first: second, second: row });
    }

    function drawFits(stage: Stage, box: Box, values: Values): void {
      const panel = new Panel(stage, "fits", box, {
        x: linear(1.6, 8.8),
        y: linear(-12, 34),
        xLabel: "reading / 10",
        yLabel: "degrees Celsius",
        margin: { left: 32, right: 8 },
        slack: 0,
      });
      for (const [model, look] of [
        ["line", "live-tone-linear"],
        ["network", "live-tone-network"],
      ] as const) {
        const run = runOf(model, values.first, values.second, values.seed);
        const network = run.network(run.reach(Math.min(values.step, EPOCHS[model])));
        const places = new Float64Array(121).map((_, i) => 1.6 + (i * 7.2) / 120);
        const { outputs } = network.forward(places, places.length);
        panel.line(
          model,
          Array.from(places, (x, i): Point => [x, outputs[i]!]),
          `${look} live-thick`,
        );
        const at = model === "line" ? 112 : 8;
        panel.text(
          model,
          [places[at]!, outputs[at]!],
          model,
          `live-small live-strong live-toned ${look}`,
          model === "line" ? "end" : "start",
          model === "line" ? -8 : 4,
          model === "line" ? -10 : -12,
        );
      }
      const point = (i: number): Point => [all.inputs[i]!, all.targets[i]!];
      const held = [values.first, values.second];
      panel.marks(
        "rows",
        sorted
          .map((_, i) => i)
          .filter((i) => !held.includes(i))
          .map(point),
        5,
        "live-tone-ink live-edged",
      );
      panel.marks("held", held.map(point), 6.5, "live-tone-relu live-hollow");
      sorted.forEach((_, i) => {
        const [x, y] = [panel.x(point(i)[0]), panel.y(point(i)[1])];
        stage.button(
          `row ${i}`,
          { x: x - 14, y: y - 14, width: 28, height: 28 },
          {
            label: `hold out the reading ${plain(10 * Number(all.inputs[i]!.toPrecision(4)))}, ${plain(Number(all.targets[i]!.toPrecision(4)))} degrees`,
            pressed: held.includes(i),
            press: () => choose(i),
          },
        );
      });
    }

    /** All pairs, by the two held-out readings; blue where the network predicts them better, grey where the line does. */
    function drawPairs(stage: Stage, box: Box, values: Values): void {
      const cell = Math.floor(Math.min((box.width - 4) / (count - 1), (box.height - 62) / (count - 1)));
      const left = box.x + Math.floor((box.width - cell * (count - 1)) / 2);
      const top = box.y + 24;
      stage.text("pairs", left, box.y + 12, "all 55 pairs, from cold to hot", "live-axis");
      const [low, high] = [Math.min(values.first, values.second), Math.max(values.first, values.second)];
      for (let first = 0; first < count; first++)
        for (let second = first + 1; second < count; second++) {
          const [line, network] = (["line", "network"] as const).map((model) =>
            ends.get(endKey(model, first, second, values.seed)),
          );
          const place = { x: left + first * cell, y: top + (second - 1) * cell, width: cell - 2, height: cell - 2 };
          const known = line !== undefined && network !== undefined;
          const tone = !known ? "" : network < line ? "live-tone-network" : "live-tone-linear";
          const strong = known ? Math.min(1, 0.25 + Math.abs(Math.log(line / network)) / 2) : 1;
          stage.mark(`pair ${first} ${second}`, "rect", {
            x: place.x,
            y: place.y,
            width: place.width,
            height: place.height,
            rx: 3,
            class: known ? `live-filled ${tone}` : "live-card",
            opacity: strong.toFixed(2),
          });
          if (first === low && second === high)
            stage.box(
              "chosen",
              { ...place, x: place.x - 1, y: place.y - 1, width: cell, height: cell },
              "live-frame live-tone-relu",
              4,
            );
        }
      const under = top + (count - 1) * cell + 14;
      stage.text("blue", left, under, "network better", "live-small live-strong live-toned live-tone-network");
      stage.text(
        "grey",
        left + cell * (count - 1),
        under,
        "line better",
        "live-small live-strong live-toned live-tone-linear",
        "end",
      );
      stage.onTouch((px, py) => {
        const [first, second] = [Math.floor((px - left) / cell), Math.floor((py - top) / cell) + 1];
        if (first >= 0 && second < count && first < second) host.change({ first, second, step: LAST });
      });
    }

    return {
      steps: { limit: () => LAST, pace: (step) => 20 + step, unit: "epoch", verb: "Train" },
      controls: [],
      follow: (changed, values) =>
        changed.first !== undefined && values.first === values.second ? { second: (values.first + 1) % count } : {},
      draw(stage, values) {
        chosen = [Math.min(values.first, values.second), Math.max(values.first, values.second)];
        const { boxes, height } = arrange(stage.width, [
          { weight: 1.5, height: 278, stacked: 250 },
          { weight: 1, height: 278, stacked: 290 },
        ]);
        stage.height = height;
        drawFits(stage, boxes[0]!, values);
        if (trainOthers(values.seed)) host.redraw();
        drawPairs(stage, boxes[1]!, values);
      },
      words(values) {
        const { first, second, seed, step } = values;
        const [line, network] = (["line", "network"] as const).map((model) =>
          heldOutLoss(model, first, second, seed, step),
        ) as [number, number];
        const [low, high] = [Math.min(first, second), Math.max(first, second)];
        const reading = (i: number): string => plain(Number((10 * all.inputs[i]!).toPrecision(4)));
        const beyond =
          low === 0 || high === count - 1 ? " One of them lies beyond all readings that they learned from." : "";
        const better = line < network ? "The line predicts them better." : "The network predicts them better.";
        const done = [...ends.keys()].filter((key) => key.startsWith("network") && key.endsWith(`,${seed}`)).length;
        let wins = 0;
        if (done === (count * (count - 1)) / 2)
          for (let i = 0; i < count; i++)
            for (let k = i + 1; k < count; k++)
              if (ends.get(endKey("network", i, k, seed))! < ends.get(endKey("line", i, k, seed))!) wins += 1;
        const total = done === 55 ? ` Over all 55 pairs the network wins ${wins}.` : "";
        return `Held out: ${reading(low)} and ${reading(high)}. Loss on these two after ${step} epochs: line ${short(line)}, network ${short(network)}. ${better}${beyond}${total}`;
      },
    };
  },
});
