/** The front page: one loop with its four beats, and a network that it trains. */

import { rowsOf } from "looplab/engine/training";
import { Trajectory } from "looplab/engine/trajectory";
import { figure } from "looplab/figure/figure";
import { whole } from "looplab/figure/settings";
import { short } from "looplab/plot/format";
import { drawRows, drawSides, moonsPanel, wrongOf } from "looplab/view/moons";
import type { Box, Stage } from "looplab/view/stage";

interface Values {
  readonly seed: number;
  readonly step: number;
}

const BEATS = ["predict", "measure", "gradient", "update"] as const;
const DOES = {
  predict: "predict which side each point is on",
  measure: "measure how wrong that is, the loss",
  gradient: "compute the gradient, which way the loss falls",
  update: "update every number a little that way",
};
const STEPS = 400;

figure({
  name: "loop",
  title: "One loop, four beats",
  startsByItself: true,
  settings: { seed: whole(0, 0, 99999), step: whole(0, 0, 4 * STEPS) },
  make(host) {
    const table = host.data<{ inputs: number[][]; targets: number[][] }>();
    const rows = rowsOf(table.inputs, table.targets);
    let known: Trajectory | undefined;
    function runOf({ seed }: Values): Trajectory {
      if (known?.recipe.seed !== seed) {
        const shape = { inputs: 2, widths: [8], outputs: 1, activation: "tanh" } as const;
        known = new Trajectory(shape, rows, { optimizer: "adam", loss: "bce", lr: 0.05, seed }, STEPS);
      }
      return known;
    }
    const stepOf = (values: Values): number => Math.floor(values.step / BEATS.length);

    /** The four beats on a ring; the one that is done now is filled, and a line leads to it from the last. */
    function drawRing(stage: Stage, box: Box, values: Values, loss: number): void {
      const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
      const down = box.height / 2 - 26;
      const across = Math.min(box.width / 2 - 48, 1.3 * down);
      const beat = values.step % BEATS.length;
      const at = (turn: number): [number, number] => [
        cx + across * Math.sin(turn * 2 * Math.PI),
        cy - down * Math.cos(turn * 2 * Math.PI),
      ];
      stage.mark("ring", "ellipse", { cx, cy, rx: across, ry: down, class: "live-line live-tone-faint live-thick" });
      const [fromX, fromY] = at((beat - 1) / 4);
      const [toX, toY] = at(beat / 4);
      if (values.step > 0)
        stage.path(
          "arc",
          `M${fromX} ${fromY}A${across} ${down} 0 0 1 ${toX} ${toY}`,
          "live-line live-tone-network live-thick",
        );
      BEATS.forEach((name, i) => {
        const [x, y] = at(i / 4);
        const now = i === beat;
        const width = 88;
        stage.box(
          `beat ${name}`,
          { x: x - width / 2, y: y - 16, width, height: 32 },
          now ? "live-filled live-tone-network" : "live-node",
          16,
        );
        stage.text(`beat ${name}`, x, y + 5, name, now ? "live-inverse" : "", "middle");
      });
      stage.text("step", cx, cy - 2, `step ${stepOf(values)}`, "live-quiet", "middle");
      stage.text("loss", cx, cy + 18, `loss ${short(loss)}`, "live-strong live-toned live-tone-network", "middle");
    }

    return {
      // The first steps one beat at a time, later ones as fast as they can be followed.
      steps: { limit: () => 4 * STEPS, pace: (step) => 2.5 + step / 2.2, unit: "beat", noSlider: true },
      controls: [],
      draw(stage, values) {
        const narrow = stage.width < 520;
        const ring: Box = narrow
          ? { x: 0, y: 0, width: stage.width, height: 220 }
          : { x: 0, y: 0, width: stage.width * 0.42, height: 250 };
        const plane: Box = narrow
          ? { x: 0, y: 226, width: stage.width, height: 0.66 * stage.width + 40 }
          : { x: stage.width * 0.45, y: 0, width: stage.width * 0.55, height: 250 };
        stage.height = plane.y + plane.height;
        const run = runOf(values);
        const step = run.reach(stepOf(values), 40);
        if (step < stepOf(values)) host.redraw();
        drawRing(stage, ring, values, run.loss(step));
        const panel = moonsPanel(stage, "plane", plane);
        drawSides(panel, run.network(step), host.palette, `${values.seed} ${step}`);
        drawRows(panel, rows);
      },
      words(values) {
        const run = runOf(values);
        const step = Math.min(run.reached, stepOf(values));
        const wrong = wrongOf(run.network(step), rows);
        const beat = BEATS[values.step % BEATS.length]!;
        return `Step ${step}: ${DOES[beat]}. So far ${wrong} of the ${rows.count} points are on the wrong side of a network with 33 numbers.`;
      },
    };
  },
  still: { step: 4 * 60 },
});
