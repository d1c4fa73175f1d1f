/** 2.2: the computation graph of one unit: values are computed forward, slopes of the loss backward. */

import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { plain } from "looplab/plot/format";
import { evenly } from "looplab/plot/scale";
import type { Box, Stage } from "looplab/view/stage";

const NODES = ["x", "w1", "b1", "a", "h", "w2", "b2", "yhat", "y", "L"] as const;
type Node = (typeof NODES)[number];

const NAMES: Record<Node, string> = {
  x: "x",
  w1: "w₁",
  b1: "b₁",
  a: "a",
  h: "h",
  w2: "w₂",
  b2: "b₂",
  yhat: "ŷ",
  y: "y",
  L: "L",
};
const EDGES: readonly [Node, Node][] = [
  ["x", "a"],
  ["w1", "a"],
  ["b1", "a"],
  ["a", "h"],
  ["h", "yhat"],
  ["w2", "yhat"],
  ["b2", "yhat"],
  ["yhat", "L"],
  ["y", "L"],
];

/** Column and row of each node, where there is room for five columns, and where there is not. */
const WIDE: Record<Node, [number, number]> = {
  x: [0, 0],
  w1: [0, 1],
  b1: [0, 2],
  a: [1, 1],
  h: [2, 1],
  w2: [2, 0],
  b2: [2, 2],
  yhat: [3, 1],
  y: [3, 2],
  L: [4, 1],
};
const NARROW: Record<Node, [number, number]> = {
  x: [0, 0],
  w1: [1, 0],
  b1: [2, 0],
  a: [1, 1],
  h: [1, 2],
  w2: [0, 2],
  b2: [2, 2],
  yhat: [1, 3],
  y: [2, 3],
  L: [1, 4],
};

const NARROWER = 540;

/** What becomes known in each step. */
const FORWARD: readonly Node[] = ["a", "h", "yhat", "L"];
const BACKWARD: readonly (readonly Node[])[] = [["L"], ["yhat"], ["h", "w2", "b2"], ["a"], ["w1", "b1", "x"]];
const LAST = FORWARD.length + BACKWARD.length;

interface Values {
  readonly w1: number;
  readonly w2: number;
  readonly y: number;
  readonly look: Node | "now";
  readonly step: number;
}

interface Numbers {
  readonly value: Record<Node, number>;
  readonly slope: Record<Node, number>;
  /** What a slope is multiplied by on its way back along an edge; keys like "x a". */
  readonly local: Record<string, number>;
}

function compute({ w1, w2, y }: Values): Numbers {
  const [x, b1, b2] = [2, -1, -4];
  const a = w1 * x + b1;
  const h = Math.max(0, a);
  const yhat = w2 * h + b2;
  const value = { x, w1, b1, a, h, w2, b2, yhat, y, L: (yhat - y) ** 2 };
  const local: Record<string, number> = {
    "x a": w1,
    "w1 a": x,
    "b1 a": 1,
    "a h": a > 0 ? 1 : 0,
    "h yhat": w2,
    "w2 yhat": h,
    "b2 yhat": 1,
    "yhat L": 2 * (yhat - y),
    "y L": 0,
  };
  const slope: Record<Node, number> = { x: 0, w1: 0, b1: 0, a: 0, h: 0, w2: 0, b2: 0, yhat: 0, y: 0, L: 1 };
  for (const [from, to] of [...EDGES].reverse()) slope[from] = slope[to] * local[`${from} ${to}`]!;
  return { value, slope, local };
}

const show = (value: number): string => plain(Number(value.toFixed(2)) + 0);
/** In brackets where a minus would follow another sign. */
const factor = (value: number): string => (value < 0 ? `(${show(value)})` : show(value));
const plus = (value: number): string => (value < 0 ? `− ${show(-value)}` : `+ ${show(value)}`);

const isKnown = (node: Node, step: number): boolean => !FORWARD.includes(node) || FORWARD.indexOf(node) < step;

function isBack(node: Node, step: number): boolean {
  const at = BACKWARD.findIndex((nodes) => nodes.includes(node));
  return at >= 0 && FORWARD.length + at < step;
}

/** The nodes of the step that was just done. */
function current(step: number): readonly Node[] {
  if (step === 0) return [];
  return step <= FORWARD.length ? [FORWARD[step - 1]!] : BACKWARD[step - FORWARD.length - 1]!;
}

function forwardWords(node: Node, { value: v }: Numbers): string {
  switch (node) {
    case "a":
      return `a = w₁ x + b₁ = ${show(v.w1)} · ${show(v.x)} ${plus(v.b1)} = ${show(v.a)}.`;
    case "h":
      return `h = max(0, a) = ${show(v.h)}.${v.a > 0 ? "" : " The unit is off."}`;
    case "yhat":
      return `ŷ = w₂ h + b₂ = ${show(v.w2)} · ${show(v.h)} ${plus(v.b2)} = ${show(v.yhat)}.`;
    case "L":
      return `L = (ŷ − y)² = (${show(v.yhat)} − ${factor(v.y)})² = ${show(v.L)}.`;
    default:
      return `${NAMES[node]} = ${show(v[node])} is given.`;
  }
}

function backwardWords(node: Node, { slope, local }: Numbers): string {
  if (node === "L") return "The slope of L for itself is 1.";
  if (node === "y") return "Nobody asks for the slope of the target.";
  const to = EDGES.find(([from]) => from === node)![1];
  const product = `${show(slope[to])} · ${factor(local[`${node} ${to}`]!)}`;
  return `slope of ${NAMES[node]} = slope of ${NAMES[to]} times ${localWords(node)} = ${product} = ${show(slope[node])}`;
}

function localWords(node: Node): string {
  const words: Partial<Record<Node, string>> = {
    yhat: "2 (ŷ − y)",
    h: "w₂",
    w2: "h, what came in",
    b2: "1",
    a: "the slope of ReLU",
    w1: "x, what came in",
    b1: "1",
    x: "w₁",
  };
  return words[node]!;
}

figure({
  name: "graph",
  title: "Values go forward, slopes come back",
  settings: {
    w1: number(1.5, -1, 3),
    w2: number(3, -3, 4),
    y: number(1, -5, 10),
    look: oneOf("now", ["now", ...NODES]),
    step: whole(0, 0, LAST),
  },
  still: { step: 9 },
  make(host) {
    function drawNode(stage: Stage, node: Node, box: Box, numbers: Numbers, values: Values): void {
      const { step, look } = values;
      const known = isKnown(node, step);
      const back = isBack(node, step);
      const chosen = look === "now" ? current(step).includes(node) : look === node;
      stage.box(`box ${node}`, box, `live-node ${chosen ? "live-chosen" : ""} ${known ? "" : "live-unknown"}`, 8);
      const [middle, line] = [box.x + box.width / 2, box.y + 22];
      const text = known ? `${NAMES[node]} = ${show(numbers.value[node])}` : NAMES[node];
      stage.text(
        `value ${node}`,
        middle,
        line,
        text,
        known ? "live-strong live-toned live-tone-network live-large" : "live-quiet live-large",
        "middle",
      );
      if (back)
        stage.text(
          `slope ${node}`,
          middle,
          line + 20,
          `slope ${show(numbers.slope[node])}`,
          "live-toned live-tone-slope",
          "middle",
        );
      stage.button(node, box, {
        label: `${NAMES[node]}${known ? `, value ${show(numbers.value[node])}` : ", not known yet"}${back ? `, slope ${show(numbers.slope[node])}` : ""}`,
        pressed: look === node,
        press: () => host.change({ look: look === node ? "now" : node }),
      });
    }

    function drawEdge(
      stage: Stage,
      [from, to]: readonly [Node, Node],
      boxes: Record<Node, Box>,
      numbers: Numbers,
      step: number,
    ): void {
      const [a, b] = [boxes[from], boxes[to]];
      const [ax, ay, bx, by] = [a.x + a.width / 2, a.y + a.height / 2, b.x + b.width / 2, b.y + b.height / 2];
      const start = rim(a, bx - ax, by - ay, 3);
      const end = rim(b, ax - bx, ay - by, 7);
      const back = isBack(from, step);
      const [tip, tail] = back ? [start, end] : [end, start];
      const [dx, dy] = [tip[0] - tail[0], tip[1] - tail[1]];
      const long = Math.hypot(dx, dy) || 1;
      const [ux, uy] = [dx / long, dy / long];
      const wing = (side: number): string =>
        `${(tip[0] - 7 * ux + side * 4 * uy).toFixed(1)} ${(tip[1] - 7 * uy - side * 4 * ux).toFixed(1)}`;
      const d = `M${tail[0].toFixed(1)} ${tail[1].toFixed(1)}L${tip[0].toFixed(1)} ${tip[1].toFixed(1)}M${wing(1)}L${tip[0].toFixed(1)} ${tip[1].toFixed(1)}L${wing(-1)}`;
      const reached = back || isKnown(to, step);
      stage.path(
        `edge ${from}`,
        d,
        `live-line ${back ? "live-tone-slope" : reached ? "live-tone-network" : "live-tone-rule"} ${reached ? "" : "live-thin"}`,
      );
      if (!back) return;
      const [mx, my] = [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2];
      // The label stands above its edge; where edges go down, outside of it, and to the right of an upright one.
      const side = Math.abs(ux) < 0.3 ? 1 : Math.sign(ux) * (stage.width < NARROWER ? -1 : 1);
      const [nx, ny] = [side * uy, -side * ux];
      const anchor = nx > 0.3 ? "start" : nx < -0.3 ? "end" : "middle";
      const text = `× ${show(numbers.local[`${from} ${to}`]!)}`;
      stage.text(
        `local ${from}`,
        mx + 8 * nx,
        my + 9 * ny + (anchor === "middle" ? 2 : 4),
        text,
        "live-small live-toned live-tone-slope",
        anchor,
      );
    }

    return {
      steps: { limit: () => LAST, pace: () => 0.9, unit: "stage", verb: "Play" },
      controls: [
        { kind: "slider", key: "w1", label: "w₁", stops: evenly(-1, 3, 0.25), format: show },
        { kind: "slider", key: "w2", label: "w₂", stops: evenly(-3, 4, 0.25), format: show },
        { kind: "slider", key: "y", label: "target y", stops: evenly(-5, 10, 0.5), format: show },
      ],
      follow: (changed) => (changed.step === undefined ? {} : { look: "now" }),
      draw(stage, values) {
        const numbers = compute(values);
        const narrow = stage.width < NARROWER;
        const [columns, rows] = narrow ? [3, 5] : [5, 3];
        const [width, height] = [narrow ? Math.min(100, stage.width / 3 - 12) : 94, 54];
        const down = narrow ? 88 : 84;
        stage.height = (rows - 1) * down + height + 8;
        const boxes = {} as Record<Node, Box>;
        for (const node of NODES) {
          const [column, row] = (narrow ? NARROW : WIDE)[node];
          boxes[node] = {
            x: 2 + (column * (stage.width - 4 - width)) / (columns - 1),
            y: 4 + row * down,
            width,
            height,
          };
        }
        for (const edge of EDGES) drawEdge(stage, edge, boxes, numbers, values.step);
        for (const node of NODES) drawNode(stage, node, boxes[node], numbers, values);
      },
      words(values) {
        const { step, look } = values;
        const numbers = compute(values);
        if (look !== "now") {
          if (!isKnown(look, step)) return `${NAMES[look]} is not known yet. Step forward.`;
          const back =
            isBack(look, step) || look === "y"
              ? ` ${capital(backwardWords(look, numbers))}${look === "y" || look === "L" ? "" : "."}`
              : "";
          return forwardWords(look, numbers) + back;
        }
        if (step === 0)
          return "Blue: x, the parameters and the target y are given. Step forward, or press any box to see how it is computed.";
        if (step <= FORWARD.length) return `Forward. ${forwardWords(FORWARD[step - 1]!, numbers)}`;
        const nodes = BACKWARD[step - FORWARD.length - 1]!;
        if (nodes.length === 1)
          return `Backward. ${capital(backwardWords(nodes[0]!, numbers))}${nodes[0] === "L" ? "" : "."}`;
        const end = step === LAST && numbers.slope.a === 0 ? " The unit is off, so nothing reaches w₁ and b₁." : "";
        return `Backward. ${capital(backwardWords(nodes[0]!, numbers))}; ${nodes
          .slice(1)
          .map((node) => `of ${NAMES[node]}: ${show(numbers.slope[node])}`)
          .join("; ")}.${end}`;
      },
    };
  },
});

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Where a line from the middle of a box in a direction leaves it, and a little beyond. */
function rim({ x, y, width, height }: Box, dx: number, dy: number, beyond: number): [number, number] {
  const [cx, cy] = [x + width / 2, y + height / 2];
  const share = Math.min(width / 2 / Math.max(1e-9, Math.abs(dx)), height / 2 / Math.max(1e-9, Math.abs(dy)));
  const long = Math.hypot(dx, dy) || 1;
  return [cx + dx * share + (dx / long) * beyond, cy + dy * share + (dy / long) * beyond];
}
