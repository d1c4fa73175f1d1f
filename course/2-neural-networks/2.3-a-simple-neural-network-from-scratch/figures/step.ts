/** 2.3: one step of a network, number by number: every matrix with its gradient below, of the same shape. */

import { figure } from "looplab/figure/figure";
import { number, whole } from "looplab/figure/settings";
import { short } from "looplab/plot/format";
import { evenly } from "looplab/plot/scale";
import type { Stage } from "looplab/view/stage";
import {
  compute,
  LABELS,
  type Matrix,
  type Name,
  ORDER,
  originOf,
  type Parameters,
  type Place,
  SINCE,
  START,
  show,
  updated,
} from "./_network";

interface Values {
  readonly lr: number;
  readonly step: number;
  /** The number whose origin is asked for, as "A 0 1"; 0 when none. */
  readonly row: number;
  readonly column: number;
  readonly matrix: number;
}

const BEATS = 10;
const STEPS = 20;

const BEAT_WORDS = [
  "",
  "1. Forward: A = X W₁ + b₁, one row for each example, one column for each unit.",
  "2. Forward: h = max(0, A), each number by itself.",
  "3. Forward: z = h W₂ + b₂, one score for each example.",
  "4. Measure: the mean binary cross-entropy of the scores.",
  "5. Backward: dz = (s(z) − y) / N, what the network says minus what is true.",
  "6. Backward: dW₂ = hᵀ dz, and db₂ is the sum of dz over the rows.",
  "7. Backward: dh = dz W₂ᵀ, what each unit is blamed for.",
  "8. Backward: dA is dh where the unit was on, and 0 where it was off.",
  "9. Backward: dW₁ = Xᵀ dA, and db₁ is the sum of dA over the rows.",
];

/** The matrices from left to right; a bias lies below its weights. Where there is little room, the first four come first. */
const COLUMNS: readonly { readonly names: readonly Name[]; readonly cells: number }[] = [
  { names: ["X"], cells: 2 },
  { names: ["W1", "b1"], cells: 2 },
  { names: ["A"], cells: 2 },
  { names: ["h"], cells: 2 },
  { names: ["W2", "b2"], cells: 1 },
  { names: ["z"], cells: 1 },
  { names: ["y"], cells: 1 },
  { names: ["L"], cells: 1 },
];

figure({
  name: "step",
  title: "One step, number by number",
  settings: {
    lr: number(0.5, 0.1, 4),
    matrix: whole(0, 0, ORDER.length),
    row: whole(0, 0, 1),
    column: whole(0, 0, 1),
    step: whole(0, 0, BEATS * STEPS),
  },
  still: { step: 9 },
  make(host) {
    let known = "";
    let states: Parameters[] = [];
    function parametersAt(lr: number, step: number): Parameters {
      if (known !== String(lr)) {
        known = String(lr);
        states = [START];
        for (let i = 0; i < STEPS; i++) states.push(updated(states[i]!, lr));
      }
      return states[step]!;
    }

    const isKnown = (name: Name, beat: number): boolean => (SINCE[name] ?? 0) <= beat;
    const chosenPlace = ({ matrix, row, column }: Values): Place | undefined =>
      matrix === 0 ? undefined : { name: ORDER[matrix - 1]!, i: row, j: column };

    function drawMatrix(
      stage: Stage,
      name: Name,
      x: number,
      y: number,
      cell: number,
      all: Record<Name, Matrix>,
      values: Values,
    ): void {
      const matrix = all[name];
      const beat = values.step % BEATS;
      const shown = isKnown(name, beat);
      const fresh = SINCE[name] === beat || (beat === 0 && values.step > 0 && name in START);
      const gradient = name.startsWith("d");
      const chosen = chosenPlace(values);
      const uses = chosen && isKnown(chosen.name, beat) ? originOf(chosen, all).uses : [];
      stage.text(`label ${name}`, x + 1, y - 6, LABELS[name], `live-small ${fresh ? "live-strong" : "live-quiet"}`);
      matrix.forEach((row, i) =>
        row.forEach((value, j) => {
          const key = `${name} ${i} ${j}`;
          const box = { x: x + j * (cell + 2), y: y + i * 27, width: cell, height: 25 };
          const isChosen = chosen?.name === name && chosen.i === i && chosen.j === j;
          const isUsed = uses.some((use) => use.name === name && use.i === i && use.j === j);
          const look = isChosen ? "live-chosen" : isUsed ? "live-used" : fresh ? "live-fresh" : "";
          stage.box(`cell ${key}`, box, `live-node ${look} ${shown ? "" : "live-unknown"}`, 5);
          if (shown) {
            const tone = gradient ? "live-tone-slope" : "live-tone-network";
            stage.text(
              `number ${key}`,
              box.x + cell / 2,
              box.y + 17,
              show(value),
              `live-small live-toned ${tone} ${fresh || isChosen ? "live-strong" : ""}`,
              "middle",
            );
          }
          stage.button(key, box, {
            label: `${LABELS[name]}, row ${i + 1}, column ${j + 1}: ${shown ? show(value) : "not known yet"}`,
            pressed: isChosen,
            tabbable: isChosen || (!chosen && key === "X 0 0"),
            press: () =>
              host.change(
                isChosen ? { matrix: 0, row: 0, column: 0 } : { matrix: ORDER.indexOf(name) + 1, row: i, column: j },
              ),
          });
        }),
      );
    }

    return {
      steps: { limit: () => BEATS * STEPS, pace: (step) => (step < BEATS ? 0.9 : 8), unit: "beat", verb: "Play" },
      controls: [{ kind: "slider", key: "lr", label: "learning rate η", stops: evenly(0.1, 4, 0.1) }],
      follow: (changed) => (changed.step === undefined ? {} : { matrix: 0, row: 0, column: 0 }),
      draw(stage, values) {
        const all = compute(parametersAt(values.lr, Math.floor(values.step / BEATS)));
        const narrow = stage.width < 560;
        const gap = narrow ? 10 : 16;
        const inRow = narrow ? COLUMNS.slice(0, 4) : COLUMNS;
        const cells = inRow.reduce((sum, { cells }) => sum + cells, 0);
        const cell = Math.min(
          48,
          Math.floor((stage.width - gap * (inRow.length - 1) - 2 * (cells - inRow.length) - 2) / cells),
        );
        let [x, y] = [1, 20];
        const block = 20 + 27 * 3 + 24;
        COLUMNS.forEach(({ names, cells }, index) => {
          if (narrow && index === 4) [x, y] = [1, 20 + 2 * block];
          names.forEach((name, part) => {
            drawMatrix(stage, name, x, y + part * 75, cell, all, values);
            const gradient = `d${name}` as Name;
            if (gradient in LABELS) drawMatrix(stage, gradient, x, y + part * 75 + block, cell, all, values);
          });
          x += cells * (cell + 2) - 2 + gap;
        });
        stage.height = narrow ? 4 * block - 4 : 2 * block - 4;
      },
      words(values) {
        const step = Math.floor(values.step / BEATS);
        const beat = values.step % BEATS;
        const all = compute(parametersAt(values.lr, step));
        const chosen = chosenPlace(values);
        if (chosen) {
          const name = `${LABELS[chosen.name]} in row ${chosen.i + 1}, column ${chosen.j + 1}`;
          return isKnown(chosen.name, beat)
            ? `${name}: ${originOf(chosen, all).words}.`
            : `${name} is not known yet. Step on.`;
        }
        const loss = all.L[0]![0]!;
        if (!Number.isFinite(loss)) return "The loss is NaN, not a number: training has blown up.";
        if (values.step === 0)
          return "Two rows, two units, one score. Given are X, y and the parameters. Step on, or press a number to see how it comes about.";
        if (beat > 0)
          return `${step > 0 ? `Step ${step + 1}. ` : ""}${BEAT_WORDS[beat]}${beat >= 4 ? ` Loss ${short(loss)}.` : ""}`;
        return `10. Update ${step}: each parameter minus η times its slope. The loss goes from ${short(compute(parametersAt(values.lr, step - 1)).L[0]![0]!)} to ${short(loss)}.`;
      },
    };
  },
});
