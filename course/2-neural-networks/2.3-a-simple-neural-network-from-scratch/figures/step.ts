/** 2.3: one step of a network, number by number: every matrix with its gradient below, of the same shape. */

import { figure } from "looplab/figure/figure";
import { number, whole } from "looplab/figure/settings";
import { plain, short } from "looplab/plot/format";
import { evenly } from "looplab/plot/scale";
import type { Stage } from "looplab/view/stage";

type Matrix = readonly (readonly number[])[];

interface Parameters {
  readonly W1: Matrix;
  readonly b1: Matrix;
  readonly W2: Matrix;
  readonly b2: Matrix;
}

/** Names of all matrices; that of a gradient is d and the name of what it is the gradient of. */
type Name = "X" | "W1" | "b1" | "A" | "h" | "W2" | "b2" | "z" | "y" | "L" | "dW1" | "db1" | "dA" | "dh" | "dW2" | "db2" | "dz";

interface Values {
  readonly lr: number;
  readonly step: number;
  /** The number whose origin is asked for, as "A 0 1"; 0 when none. */
  readonly row: number;
  readonly column: number;
  readonly matrix: number;
}

const X: Matrix = [[1, 0], [1, 2]];
const Y: Matrix = [[1], [0]];
const START: Parameters = { W1: [[1, -1], [1, 1]], b1: [[1, 0]], W2: [[1], [-2]], b2: [[-2]] };
const BEATS = 10;
const STEPS = 20;

const LABELS: Record<Name, string> = {
  X: "X", W1: "W₁", b1: "b₁", A: "A", h: "h", W2: "W₂", b2: "b₂", z: "z", y: "y", L: "L",
  dW1: "dW₁", db1: "db₁", dA: "dA", dh: "dh", dW2: "dW₂", db2: "db₂", dz: "dz",
};
const ORDER = Object.keys(LABELS) as Name[];

/** In which beat each becomes known; what is given is known from the beginning. */
const SINCE: Partial<Record<Name, number>> = { A: 1, h: 2, z: 3, L: 4, dz: 5, dW2: 6, db2: 6, dh: 7, dA: 8, dW1: 9, db1: 9 };

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

const product = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
const turned = (a: Matrix): number[][] => a[0]!.map((_, j) => a.map((row) => row[j]!));
const summed = (a: Matrix): number[][] => [a[0]!.map((_, j) => a.reduce((sum, row) => sum + row[j]!, 0))];
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

function compute({ W1, b1, W2, b2 }: Parameters): Record<Name, Matrix> {
  const A = product(X, W1).map((row) => row.map((value, j) => value + b1[0]![j]!));
  const h = A.map((row) => row.map((value) => Math.max(0, value)));
  const z = product(h, W2).map((row) => [row[0]! + b2[0]![0]!]);
  const losses = z.map(([score], i) => Math.max(score!, 0) - score! * Y[i]![0]! + Math.log1p(Math.exp(-Math.abs(score!))));
  const dz = z.map(([score], i) => [(sigmoid(score!) - Y[i]![0]!) / X.length]);
  const dh = product(dz, turned(W2));
  const dA = dh.map((row, i) => row.map((value, j) => (A[i]![j]! > 0 ? value : 0)));
  const L = [[losses.reduce((sum, loss) => sum + loss, 0) / X.length]];
  return {
    X, W1, b1, A, h, W2, b2, z, y: Y, L,
    dz, dW2: product(turned(h), dz), db2: summed(dz), dh, dA, dW1: product(turned(X), dA), db1: summed(dA),
  };
}

function updated(parameters: Parameters, lr: number): Parameters {
  const all = compute(parameters);
  const move = (name: "W1" | "b1" | "W2" | "b2"): Matrix =>
    parameters[name].map((row, i) => row.map((value, j) => value - lr * all[`d${name}`][i]![j]!));
  return { W1: move("W1"), b1: move("b1"), W2: move("W2"), b2: move("b2") };
}

interface Place {
  readonly name: Name;
  readonly i: number;
  readonly j: number;
}

interface Origin {
  readonly words: string;
  /** The numbers that it is made of. */
  readonly uses: readonly Place[];
}

const show = (value: number): string => plain(Number(value.toFixed(3)) + 0);
const bracket = (value: number): string => (value < 0 ? `(${show(value)})` : show(value));

/** How one number comes about. */
function originOf({ name, i, j }: Place, all: Record<Name, Matrix>): Origin {
  const at = (of: Name, row: number, column: number): number => all[of][row]![column]!;
  const places = (...list: [Name, number, number][]): Place[] => list.map(([of, row, column]) => ({ name: of, i: row, j: column }));
  const value = show(at(name, i, j));
  const sum = (pairs: readonly [Place, Place][]): string =>
    pairs.map(([a, b]) => `${show(at(a.name, a.i, a.j))} · ${bracket(at(b.name, b.i, b.j))}`).join(" + ");
  const pair = (a: [Name, number, number], b: [Name, number, number]): [Place, Place] => places(a, b) as [Place, Place];
  const both = [0, 1];
  switch (name) {
    case "A": {
      const pairs = both.map((d) => pair(["X", i, d], ["W1", d, j]));
      return { words: `${sum(pairs)} + ${bracket(at("b1", 0, j))} = ${value}`, uses: [...pairs.flat(), ...places(["b1", 0, j])] };
    }
    case "h":
      return { words: `max(0, ${show(at("A", i, j))}) = ${value}`, uses: places(["A", i, j]) };
    case "z": {
      const pairs = both.map((u) => pair(["h", i, u], ["W2", u, 0]));
      return { words: `${sum(pairs)} + ${bracket(at("b2", 0, 0))} = ${value}`, uses: [...pairs.flat(), ...places(["b2", 0, 0])] };
    }
    case "L":
      return { words: `the mean over both rows of the cross-entropy of z and y = ${value}`, uses: places(["z", 0, 0], ["z", 1, 0], ["y", 0, 0], ["y", 1, 0]) };
    case "dz":
      return { words: `(s(${show(at("z", i, 0))}) − ${at("y", i, 0)}) / 2 = ${value}`, uses: places(["z", i, 0], ["y", i, 0]) };
    case "dW2": {
      const pairs = both.map((n) => pair(["h", n, i], ["dz", n, 0]));
      return { words: `${sum(pairs)} = ${value}`, uses: pairs.flat() };
    }
    case "db2":
      return { words: `${show(at("dz", 0, 0))} + ${bracket(at("dz", 1, 0))} = ${value}`, uses: places(["dz", 0, 0], ["dz", 1, 0]) };
    case "dh":
      return { words: `${sum([pair(["dz", i, 0], ["W2", j, 0])])} = ${value}`, uses: places(["dz", i, 0], ["W2", j, 0]) };
    case "dA": {
      const on = at("A", i, j) > 0;
      return { words: `${show(at("dh", i, j))} · ${on ? "1, as A > 0 there" : "0, as A is not above 0 there"} = ${value}`, uses: places(["dh", i, j], ["A", i, j]) };
    }
    case "dW1": {
      const pairs = both.map((n) => pair(["X", n, i], ["dA", n, j]));
      return { words: `${sum(pairs)} = ${value}`, uses: pairs.flat() };
    }
    case "db1":
      return { words: `${show(at("dA", 0, j))} + ${bracket(at("dA", 1, j))} = ${value}`, uses: places(["dA", 0, j], ["dA", 1, j]) };
    default:
      return { words: `${value}, ${name === "X" || name === "y" ? "which is given" : "a parameter"}`, uses: [] };
  }
}

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
            stage.text(`number ${key}`, box.x + cell / 2, box.y + 17, show(value), `live-small live-toned ${tone} ${fresh || isChosen ? "live-strong" : ""}`, "middle");
          }
          stage.button(key, box, {
            label: `${LABELS[name]}, row ${i + 1}, column ${j + 1}: ${shown ? show(value) : "not known yet"}`,
            pressed: isChosen,
            tabbable: isChosen || (!chosen && key === "X 0 0"),
            press: () => host.change(isChosen ? { matrix: 0, row: 0, column: 0 } : { matrix: ORDER.indexOf(name) + 1, row: i, column: j }),
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
        const cell = Math.min(48, Math.floor((stage.width - gap * (inRow.length - 1) - 2 * (cells - inRow.length) - 2) / cells));
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
          return isKnown(chosen.name, beat) ? `${name}: ${originOf(chosen, all).words}.` : `${name} is not known yet. Step on.`;
        }
        const loss = all.L[0]![0]!;
        if (!Number.isFinite(loss)) return "The loss is NaN, not a number: training has blown up.";
        if (values.step === 0)
          return "Two rows, two units, one score. Given are X, y and the parameters. Step on, or press a number to see how it comes about.";
        if (beat > 0) return `${step > 0 ? `Step ${step + 1}. ` : ""}${BEAT_WORDS[beat]}${beat >= 4 ? ` Loss ${short(loss)}.` : ""}`;
        return `10. Update ${step}: each parameter minus η times its slope. The loss goes from ${short(compute(parametersAt(values.lr, step - 1)).L[0]![0]!)} to ${short(loss)}.`;
      },
    };
  },
});
