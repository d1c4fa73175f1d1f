/** 2.4: an activation's value and slope; a bump from two units; a curve from bumps. */

import { ACTIVATIONS, type ActivationName, activation } from "looplab/engine/activations";
import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { fixed, plain, short } from "looplab/plot/format";
import { evenly, linear } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Values {
  readonly view: "slope" | "bump" | "curve";
  readonly activation: ActivationName;
  readonly z: number;
  readonly a: number;
  readonly b: number;
  readonly k: number;
  readonly bumps: number;
}

const NAMES = Object.keys(ACTIVATIONS) as ActivationName[];
const [LOW, HIGH] = [-5, 5];
const WAVE = 2 * Math.PI;
const FAR = 1e3;

/** Two units, one that turns on at a and one that turns off at b, with an output bias that makes them 0 far away. */
function bump(
  name: ActivationName,
  a: number,
  b: number,
  k: number,
): { A: (x: number) => number; B: (x: number) => number; sum: (x: number) => number } {
  const { value } = activation(name);
  const A = (x: number): number => value(k * (x - a));
  const B = (x: number): number => value(k * (b - x));
  const bias = isBounded(name) ? -(value(FAR) + value(-FAR)) : 0;
  return { A, B, sum: (x) => A(x) + B(x) + bias };
}

const isBounded = (name: ActivationName): boolean => Math.abs(activation(name).value(FAR)) < 10;

/** The sum of so many bumps over two waves of a sine, each as high as the sine in the middle of its strip. */
function sumOfBumps(
  name: ActivationName,
  count: number,
  steepness: number,
): { parts: ((x: number) => number)[]; sum: (x: number) => number } {
  const { value } = activation(name);
  const width = (2 * WAVE) / count;
  const top = isBounded(name) ? value(FAR) - value(-FAR) : 1;
  const parts = Array.from({ length: count }, (_, i) => {
    const left = -WAVE + i * width;
    const { sum } = bump(name, left, left + width, (steepness * Math.PI) / (3 * width));
    const height = Math.sin(left + width / 2) / top;
    return (x: number): number => height * sum(x);
  });
  return { parts, sum: (x) => parts.reduce((all, part) => all + part(x), 0) };
}

figure({
  name: "activations",
  title: "What an activation does",
  settings: {
    view: oneOf("slope", ["slope", "bump", "curve"]),
    activation: oneOf("tanh", NAMES),
    z: number(1, LOW, HIGH),
    a: number(-1, -4, 4),
    b: number(1, -4, 4),
    k: number(3, 0.5, 10),
    bumps: whole(8, 1, 64),
  },
  still: { z: 1.5 },
  make(host) {
    const tone = ({ activation }: Values): string => `live-tone-${activation}`;

    function drawSlope(stage: Stage, [left, right]: readonly Box[], values: Values): void {
      const { value, slope } = activation(values.activation);
      const at = values.z;
      const h = value(at);
      const steep = slope(at, h);
      const values_ = new Panel(stage, "value", left!, {
        x: linear(LOW, HIGH),
        y: linear(-1.6, 2.9),
        xLabel: "z, what goes in",
        yLabel: "σ(z), what comes out",
        margin: { left: 30 },
      });
      values_.curve("value", value, `${tone(values)} live-thick`, 240);
      values_.line(
        "tangent",
        [
          [at - 1.6, h - 1.6 * steep],
          [at + 1.6, h + 1.6 * steep],
        ],
        "live-tone-slope",
      );
      const slopes = new Panel(stage, "slope", right!, {
        x: linear(LOW, HIGH),
        y: linear(-0.2, 1.25),
        xLabel: "z",
        yLabel: "σ′(z), the slope",
        margin: { left: 34 },
      });
      slopes.curve("slope", (z) => slope(z, value(z)), `${tone(values)} live-thick`, 400);
      slopes.line(
        "drop",
        [
          [at, -0.2],
          [at, steep],
        ],
        "live-tone-slope live-thin live-dashed",
      );
      slopes.marks("now", [[at, steep]], 6, "live-tone-slope live-edged");
      slopes.text(
        "now",
        [at, steep],
        fixed(steep, 3),
        "live-strong live-toned live-tone-slope",
        at > 2.5 ? "end" : "start",
        at > 2.5 ? -10 : 10,
        -8,
      );
      const set = (z: number): void => host.change({ z: Number(Math.min(HIGH, Math.max(LOW, z)).toFixed(2)) });
      stage.handle("z", {
        x: values_.x(at),
        y: Math.max(left!.y, Math.min(left!.y + left!.height - 20, values_.y(h))),
        label: "z, what goes in",
        text: `z = ${plain(at)}, value ${short(h)}, slope ${short(steep)}`,
        value: at,
        low: LOW,
        high: HIGH,
        drag: (px) => set(values_.at(px, 0)[0]),
        nudge: (toRight, up) => set(at + 0.1 * (toRight + up)),
      });
    }

    function drawBump(stage: Stage, [left, right]: readonly Box[], values: Values): void {
      const { A, B, sum } = bump(values.activation, values.a, values.b, values.k);
      const x = linear(-4, 4);
      const y = isBounded(values.activation) ? linear(-1.6, 2.9) : linear(-6, 16);
      const units = new Panel(stage, "units", left!, { x, y, xLabel: "x", yLabel: "two units", margin: { left: 30 } });
      units.curve("A", A, `${tone(values)} live-dashed`);
      units.curve("B", B, tone(values));
      const clip = (value: number): number => Math.min(y.high * 0.93, Math.max(y.low * 0.9, value));
      units.text("A", [3.9, clip(A(3.9))], "A", `live-strong live-toned ${tone(values)}`, "end", 0, -8);
      units.text("B", [-3.9, clip(B(-3.9))], "B", `live-strong live-toned ${tone(values)}`, "start", 0, -8);
      for (const [key, name] of [
        ["a", "place a, where A turns on"],
        ["b", "place b, where B turns off"],
      ] as const) {
        const at = values[key];
        const set = (value: number): void =>
          host.change({ [key]: Number(Math.min(4, Math.max(-4, value)).toFixed(2)) } as Partial<Values>);
        units.upright(key, at, "live-tone-rule live-thin live-dashed");
        stage.handle(key, {
          x: units.x(at),
          y: units.y(y.low),
          label: name,
          text: `${key} = ${plain(at)}`,
          value: at,
          low: -4,
          high: 4,
          drag: (px) => set(units.at(px, 0)[0]),
          nudge: (toRight, up) => set(at + 0.1 * (toRight + up)),
        });
        units.text(`name ${key}`, [at, y.low], key, "live-strong", "middle", 0, -16);
      }
      const whole = new Panel(stage, "sum", right!, {
        x,
        y,
        xLabel: "x",
        yLabel: isBounded(values.activation) && values.activation === "sigmoid" ? "A + B − 1" : "A + B",
        margin: { left: 30 },
      });
      const points = Array.from({ length: 161 }, (_, i): Point => [-4 + i / 20, sum(-4 + i / 20)]);
      whole.line(
        "zero",
        [
          [-4, 0],
          [4, 0],
        ],
        "live-tone-rule live-thin",
      );
      whole.line("sum", points, `${tone(values)} live-thick`);
    }

    function drawCurve(stage: Stage, [left, right]: readonly Box[], values: Values): void {
      const { parts, sum } = sumOfBumps(values.activation, values.bumps, values.k);
      const x = linear(-WAVE, WAVE);
      const y = linear(-1.5, 1.5);
      const single = new Panel(stage, "parts", left!, {
        x,
        y,
        xLabel: "x",
        yLabel: values.bumps === 1 ? "one bump" : `${values.bumps} bumps`,
        yTicks: 3,
        margin: { left: 30 },
      });
      parts.forEach((part, i) =>
        single.curve(`part${i}`, part, `${tone(values)} live-thin ${values.bumps > 12 ? "live-mid" : ""}`, 120),
      );
      const whole = new Panel(stage, "whole", right!, {
        x,
        y,
        xLabel: "x",
        yLabel: "their sum, and a sine",
        yTicks: 3,
        margin: { left: 30 },
      });
      whole.marks(
        "sine",
        Array.from({ length: 61 }, (_, i): Point => [-WAVE + (i * WAVE) / 30, Math.sin(-WAVE + (i * WAVE) / 30)]),
        2.2,
        "live-tone-rule",
      );
      whole.curve("sum", sum, `${tone(values)} live-thick`, 240);
    }

    return {
      controls: [
        {
          kind: "choice",
          key: "view",
          label: "show",
          options: { slope: "value and slope", bump: "a bump", curve: "a curve" },
        },
        {
          kind: "menu",
          key: "activation",
          label: "activation",
          options: Object.fromEntries(NAMES.map((name) => [name, ACTIVATIONS[name].label])),
        },
        { kind: "slider", key: "z", label: "z", stops: evenly(LOW, HIGH, 0.1), when: ({ view }) => view === "slope" },
        {
          kind: "slider",
          key: "k",
          label: "steepness k",
          stops: evenly(0.5, 10, 0.5),
          when: ({ view }) => view !== "slope",
        },
        {
          kind: "slider",
          key: "bumps",
          label: "bumps",
          stops: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64],
          when: ({ view }) => view === "curve",
        },
      ],
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 1, height: 250, stacked: 210 },
          { weight: 1, height: 250, stacked: 210 },
        ]);
        stage.height = height + (values.view === "bump" ? 8 : 0);
        if (values.view === "slope") drawSlope(stage, boxes, values);
        else if (values.view === "bump") drawBump(stage, boxes, values);
        else drawCurve(stage, boxes, values);
      },
      words(values) {
        const { label } = ACTIVATIONS[values.activation];
        const name = values.activation === "none" ? "Without an activation" : label;
        if (values.view === "slope") {
          const { value, slope } = activation(values.activation);
          const h = value(values.z);
          const passes = slope(values.z, h);
          return `${name}, z = ${plain(values.z)}: the value is ${short(h)}, the slope ${short(passes)}. Of a gradient of 1 that comes back, ${passes === 0 ? "nothing" : short(passes)} passes.`;
        }
        if (values.view === "bump") {
          const { sum } = bump(values.activation, values.a, values.b, values.k);
          const [left, middle, right] = [sum(-20), sum((values.a + values.b) / 2), sum(20)];
          const level = Math.abs(left) < 0.05 && Math.abs(right) < 0.05;
          const verdict = level
            ? Math.abs(middle) > 0.2
              ? "A bump."
              : "Nearly nothing is left: a and b are the same place."
            : "No bump: the units do not level off on both sides.";
          return `A turns on at a = ${plain(values.a)}, B turns off at b = ${plain(values.b)}. Far left the sum is ${short(left)}, between them ${short(middle)}, far right ${short(right)}. ${verdict}`;
        }
        const { sum } = sumOfBumps(values.activation, values.bumps, values.k);
        const errors = Array.from({ length: 100 }, (_, i) => -WAVE + (2 * WAVE * i) / 99).map((x) =>
          Math.abs(sum(x) - Math.sin(x)),
        );
        const units = `${values.bumps} bump${values.bumps === 1 ? "" : "s"}, ${2 * values.bumps} ${label} units, all weights set by hand`;
        return `${units}: the sum is off the sine by at most ${short(Math.max(...errors))}.${isBounded(values.activation) ? "" : " These units do not level off, so two of them are no bump."}`;
      },
    };
  },
});
