/** 3.4: the gradient of each layer of a deep network; shortcuts and norms to switch on, depth to drag. */

import { ACTIVATIONS, type ActivationName } from "looplab/engine/activations";
import { type Norm, type Traces, tracesOf, weightsOf } from "looplab/engine/deep";
import { MersenneTwister } from "looplab/engine/random";
import { normal } from "looplab/engine/signals";
import { figure } from "looplab/figure/figure";
import { flag, number, oneOf, whole } from "looplab/figure/settings";
import { fixed, short } from "looplab/plot/format";
import { linear, log } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Values {
  readonly activation: ActivationName;
  readonly scale: number;
  readonly layers: number;
  readonly shortcuts: boolean;
  readonly norm: Norm;
  /** Which draw of the weights and inputs: the seed. */
  readonly draw: number;
}

const [WIDTH, ROWS, MOST, FEWEST] = [32, 48, 30, 2];
const HE = Math.SQRT2;
const [LOW, HIGH] = [1e-20, 1e10];
const OFFERED = ["sigmoid", "tanh", "relu"] as const;
const NORMS: Record<Norm, string> = { none: "none", layer: "layer", batch: "batch" };

/** What a network gives at its start: normal inputs go in, and 1 or −1 comes back to each number that came out. */
function traced({ activation, scale, layers, shortcuts, norm, draw }: Values): Traces {
  const generator = new MersenneTwister(draw);
  const inputs = normal(generator, WIDTH * ROWS);
  const coming = Float64Array.from({ length: WIDTH * ROWS }, () => (generator.bits() & 1 ? 1 : -1));
  const weights = weightsOf(generator, layers, WIDTH);
  return tracesOf({ width: WIDTH, rows: ROWS, activation, shortcuts, norm }, weights, scale, inputs, coming);
}

/** Of all layers, as multiples of the number at the last. */
const relative = (numbers: readonly number[]): number[] => numbers.map((value) => value / numbers.at(-1)!);

const isPlain = ({ shortcuts, norm }: Values): boolean => !shortcuts && norm === "none";

figure({
  name: "depth",
  title: "The gradient of each layer of a deep network",
  settings: {
    activation: oneOf("sigmoid", OFFERED),
    scale: number(1, 0.05, 10),
    layers: whole(20, FEWEST, MOST),
    shortcuts: flag(false),
    norm: oneOf("none", ["none", "layer", "batch"]),
    draw: whole(0, 0, 99999),
  },
  still: {},
  make(host) {
    const known = new Map<string, Traces>();
    function traces(values: Values): Traces {
      const { activation, scale, layers, shortcuts, norm, draw } = values;
      const key = [activation, scale, layers, shortcuts, norm, draw].join();
      if (!known.has(key)) {
        if (known.size > 50) known.clear();
        known.set(key, traced(values));
      }
      return known.get(key)!;
    }

    function drawTrace(stage: Stage, box: Box, values: Values, part: keyof Traces, label: string): Panel {
      const panel = new Panel(stage, part, box, {
        x: linear(1, MOST),
        y: log(LOW, HIGH),
        xAt: [1, 10, 20, 30].map((at) => ({ at, label: String(at) })),
        xLabel: "layer",
        yLabel: label,
        yTicks: 4,
        margin: { left: 42, right: 10 },
        slack: 3,
      });
      const points = (from: Values): Point[] => {
        const numbers = traces(from)[part];
        return (part === "gradients" ? relative(numbers) : numbers).map((size, l) => [l + 1, size]);
      };
      panel.level("one", 1, "live-tone-rule live-thin live-dashed");
      panel.upright("last", values.layers, "live-tone-rule live-thin");
      if (!isPlain(values))
        panel.line("plain", points({ ...values, shortcuts: false, norm: "none" }), "live-tone-linear live-dashed");
      const look = part === "gradients" ? "live-tone-slope" : `live-tone-${values.activation}`;
      panel.line("size", points(values), `${look} live-thick`);
      panel.marks("each", points(values), 2.2, look);
      return panel;
    }

    function drawHandle(stage: Stage, panel: Panel, values: Values): void {
      const set = (layers: number): void =>
        host.change({ layers: Math.min(MOST, Math.max(FEWEST, Math.round(layers))) });
      stage.handle("layers", {
        x: panel.x(values.layers),
        y: panel.y(HIGH) + 9,
        label: "number of layers",
        text: `${values.layers} layers`,
        value: values.layers,
        low: FEWEST,
        high: MOST,
        drag: (px) => set(panel.at(px, 0)[0]),
        nudge: (right, up) => set(values.layers + right + up),
      });
    }

    return {
      controls: [
        { kind: "toggle", key: "shortcuts", label: "shortcuts" },
        { kind: "choice", key: "norm", label: "norm", options: NORMS },
        {
          kind: "choice",
          key: "activation",
          label: "activation",
          options: Object.fromEntries(OFFERED.map((name) => [name, ACTIVATIONS[name].label])),
        },
        {
          kind: "slider",
          key: "scale",
          label: "scale of the weights",
          stops: [0.2, 0.4, 0.6, 0.8, 1, 1.2, HE, 1.7, 2, 2.5, 3, 4],
          format: (value) => fixed(value, 2),
          notch: ({ activation }) => (activation === "relu" ? { at: HE, label: "He" } : { at: 1, label: "Xavier" }),
        },
        { kind: "slider", key: "draw", label: "draw of the weights", stops: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
      ],
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 3, height: 290, stacked: 220 },
          { weight: 2, height: 290, stacked: 180 },
        ]);
        stage.height = height;
        const gradients = drawTrace(stage, boxes[0]!, values, "gradients", "gradient norm, last layer = 1");
        drawTrace(stage, boxes[1]!, values, "signals", "size of what comes out");
        drawHandle(stage, gradients, values);
      },
      words(values) {
        const first = relative(traces(values).gradients)[0]!;
        const with_ = [
          values.shortcuts ? "shortcuts" : "",
          values.norm === "none" ? "" : `${NORMS[values.norm]} norm`,
        ].filter(Boolean);
        const setting = `${values.layers} layers of ${ACTIVATIONS[values.activation].label}, scale ${fixed(values.scale, 2)}, ${with_.join(" and ") || "without shortcuts or norm"}`;
        const ghost = isPlain(values) ? "" : " The dashed line is the same network without either.";
        return `${setting}: the gradient of layer 1 is ${short(Number(first.toPrecision(2)), 2)} times that of the last.${ghost}`;
      },
    };
  },
});
