/** 3.3: signals and gradients through 30 layers at the start; activation, width and the scale of the weights to push. */

import { ACTIVATIONS, type ActivationName } from "looplab/engine/activations";
import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { fixed, short } from "looplab/plot/format";
import { linear, log } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";
import { DEPTH, type Layer, type Passes, passesOf } from "./_passes";

interface Values {
  readonly activation: ActivationName;
  readonly scale: number;
  readonly width: number;
  readonly layer: number;
  /** Which draw of the weights and inputs: the seed. */
  readonly draw: number;
}

const HE = Math.SQRT2;
const DEFAULT = 1 / Math.sqrt(3);
/** Among them the starts that have names, and He's less and more a tenth. */
const SCALES = [
  0.1,
  0.2,
  0.3,
  0.4,
  0.5,
  DEFAULT,
  0.7,
  0.8,
  0.9,
  1,
  1.1,
  1.2,
  0.9 * HE,
  HE,
  1.1 * HE,
  1.7,
  2,
  2.5,
  3,
  4,
];
const NAMES: readonly [number, string][] = [
  [DEFAULT, "PyTorch"],
  [1, "Xavier"],
  [HE, "He"],
];
const OFFERED = ["relu", "tanh", "sigmoid", "silu", "none"] as const;
const [LOW, HIGH] = [1e-8, 1e8];
const BARS = 41;

const nameOf = (scale: number): string => NAMES.find(([at]) => Math.abs(scale - at) < 1e-3)?.[1] ?? "";
/** The first layer whose values are all 0; 0 if there is none. */
const firstDead = ({ forward }: Passes): number =>
  Math.max(
    0,
    forward.findIndex(({ size }) => size === 0),
  );

figure({
  name: "signals",
  title: "A signal goes through 30 layers, and a gradient comes back",
  settings: {
    activation: oneOf("relu", OFFERED),
    scale: number(HE, 0.05, 10),
    width: whole(64, 2, 64),
    layer: whole(20, 1, DEPTH),
    draw: whole(0, 0, 99999),
  },
  still: {},
  make(host) {
    let known: { key: string; passes: Passes } | undefined;
    function passes(values: Values): Passes {
      const { activation, scale, width, draw } = values;
      const key = [activation, scale, width, draw].join();
      if (known?.key !== key) known = { key, passes: passesOf({ activation, scale, width, seed: draw }) };
      return known.passes;
    }

    function drawSizes(
      stage: Stage,
      box: Box,
      key: string,
      label: string,
      layers: readonly Layer[],
      look: string,
    ): Panel {
      const panel = new Panel(stage, key, box, {
        x: linear(0, DEPTH),
        y: log(LOW, HIGH),
        xLabel: "layer",
        yLabel: label,
        yTicks: 4,
        margin: { left: 36, right: 8 },
        slack: 1,
      });
      const shown = layers.map((layer, l) => ({ l, ...layer })).filter(({ quantiles }) => quantiles);
      for (const [name, low, high] of [
        ["most", 0, 3],
        ["half", 1, 2],
      ] as const) {
        const side = (which: number): Point[] => shown.map(({ l, quantiles }) => [l, quantiles![which]!]);
        const ring = [...side(low), ...side(high).reverse()];
        const place = ([l, size]: Point): string => `${panel.x(l).toFixed(1)} ${panel.y(size).toFixed(1)}`;
        panel.path(name, ring.length ? `M${ring.map(place).join("L")}Z` : "", `live-wash ${look}`);
      }
      panel.level("one", 1, "live-tone-rule live-thin live-dashed");
      panel.line(
        "size",
        shown.map(({ l, size }): Point => [l, size]),
        `${look} live-thick`,
      );
      return panel;
    }

    function drawMark(panel: Panel, values: Values): void {
      panel.upright("layer", values.layer, "live-tone-rule");
    }

    function drawHandle(stage: Stage, panel: Panel, values: Values): void {
      const set = (layer: number): void => host.change({ layer: Math.min(DEPTH, Math.max(1, Math.round(layer))) });
      stage.handle("layer", {
        x: panel.x(values.layer),
        y: panel.y(HIGH) + 9,
        label: "layer whose values are shown below",
        text: `layer ${values.layer}`,
        value: values.layer,
        low: 1,
        high: DEPTH,
        drag: (px) => set(panel.at(px, 0)[0]),
        nudge: (right, up) => set(values.layer + right + up),
      });
    }

    function drawValues(stage: Stage, box: Box, key: string, label: string, { values }: Layer, look: string): void {
      const reach = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
      const counts = new Array<number>(BARS).fill(0);
      for (const value of values) counts[Math.min(BARS - 1, Math.floor(((value / reach + 1) / 2) * BARS))]! += 1;
      const most = Math.max(...counts);
      const panel = new Panel(stage, key, box, {
        x: linear(-1, 1),
        y: linear(0, 1.05),
        yLabel: label,
        yTicks: 0,
        xAt: [-1, 0, 1].map((at) => ({ at, label: short(at * reach, 2) })),
        margin: { left: 40, right: 34, bottom: 20 },
        grid: false,
        slack: 0,
      });
      const edge = (i: number): number => -1 + (2 * i) / BARS;
      const outline = counts.flatMap((count, i): Point[] => [
        [edge(i), count / most],
        [edge(i + 1), count / most],
      ]);
      panel.area("bars", outline, `live-wash ${look}`);
      panel.line("outline", outline, `${look} live-thin`);
    }

    return {
      controls: [
        {
          kind: "slider",
          key: "scale",
          label: "scale of the weights",
          stops: SCALES,
          wide: true,
          format: (value) => [fixed(value, 2), nameOf(value)].filter(Boolean).join(", "),
          notch: ({ activation }) => (activation === "relu" ? { at: HE, label: "He" } : { at: 1, label: "Xavier" }),
        },
        {
          kind: "choice",
          key: "activation",
          label: "activation",
          options: Object.fromEntries(OFFERED.map((name) => [name, ACTIVATIONS[name].label])),
        },
        { kind: "slider", key: "width", label: "width", stops: [2, 3, 4, 8, 16, 32, 64] },
        { kind: "slider", key: "draw", label: "draw of the weights", stops: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
      ],
      draw(stage, values) {
        const { forward, backward } = passes(values);
        const tone = `live-tone-${values.activation}`;
        const above = arrange(stage.width, [
          { weight: 1, height: 200, stacked: 165 },
          { weight: 1, height: 200, stacked: 165 },
        ]);
        const below = arrange(stage.width, [
          { weight: 1, height: 108, stacked: 92 },
          { weight: 1, height: 108, stacked: 92 },
        ]);
        const offset = above.height + 10;
        const [signal, gradient] = below.boxes.map((box) => ({ ...box, y: box.y + offset }));
        stage.height = offset + below.height;
        const sizes = drawSizes(stage, above.boxes[0]!, "forward", "size of what comes out", forward, tone);
        const back = drawSizes(stage, above.boxes[1]!, "backward", "size of the gradient", backward, "live-tone-slope");
        for (const panel of [sizes, back]) drawMark(panel, values);
        drawHandle(stage, sizes, values);
        const at = `layer ${values.layer}`;
        drawValues(stage, signal!, "values", `what comes out of ${at}`, forward[values.layer]!, tone);
        drawValues(stage, gradient!, "slopes", `the gradient at ${at}`, backward[values.layer]!, "live-tone-slope");
      },
      words(values) {
        const all = passes(values);
        const { forward, backward } = all;
        const { label } = ACTIVATIONS[values.activation];
        const name = nameOf(values.scale);
        const setting = `${values.activation === "none" ? "No activation" : label}, scale ${fixed(values.scale, 2)}${name ? ` (${name})` : ""}`;
        const dead = firstDead(all);
        if (dead) return `${setting}: layer ${dead} gives 0 for every row, so nothing passes it, forward or back.`;
        const [out, first] = [forward[DEPTH]!.size / forward[0]!.size, backward[1]!.size];
        return `${setting}: what comes out of layer 30 has ${times(out)} the size of the inputs. The gradient that reaches layer 1 has ${times(first)} the size of the one at layer 30.`;
      },
    };
  },
});

const times = (ratio: number): string => `${short(Number(ratio.toPrecision(2)), 2)} times`;
