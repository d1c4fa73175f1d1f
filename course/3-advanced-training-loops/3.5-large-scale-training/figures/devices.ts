/** 3.5: how much faster many devices are than one, by what a step computes and what it sends. */

import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { plain, short } from "looplab/plot/format";
import { linear, log } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";
import { KINDS, type Kind, most, partsOf, type Setup, speedup } from "./_cost";

interface Values extends Omit<Setup, "grows"> {
  readonly devices: number;
  /** Whose the rows of the batch are. */
  readonly batch: "shared" | "each";
}

const MOST = 10_000;
const [LOW, HIGH] = [0.01, 10_000];
const TONES: Record<Kind, string> = { data: "network", tensor: "tanh", pipeline: "sigmoid" };
const PARTS = ["compute", "messages", "idle"] as const;
const LOOKS = { compute: "network", messages: "relu", idle: "linear" };
const UNITS = ["", " thousand", " million", " billion", " trillion"];

/** A number as it is said: 7 billion. */
function said(value: number): string {
  const group = value < 1e5 ? 0 : Math.floor(Math.log10(value) / 3 + 1e-9);
  return `${group ? plain(value / 1000 ** group) : value.toLocaleString("en")}${UNITS[group]}`;
}

const setupOf = (values: Values): Setup => ({ ...values, grows: values.batch === "each" });

/** How many of the devices have work. */
const used = (kind: Kind, values: Values): number => Math.min(values.devices, most(kind, setupOf(values)));

function drawSpeed(stage: Stage, box: Box, values: Values): Panel {
  const panel = new Panel(stage, "speed", box, {
    x: log(1, MOST),
    y: log(LOW, HIGH),
    xAt: [1, 10, 100, 1000, MOST].map((at) => ({ at, label: at.toLocaleString("en") })),
    xLabel: "devices (logarithmic)",
    yLabel: "speed, one device = 1 (logarithmic)",
    yTicks: 6,
    margin: { left: 48, right: 16 },
    slack: 0,
  });
  const diagonal: Point[] = [1, MOST].map((n) => [n, n]);
  panel.line("ideal", diagonal, "live-tone-rule live-thin live-dashed");
  panel.level("one", 1, "live-tone-rule live-thin");
  panel.upright("devices", values.devices, "live-tone-rule live-thin");
  for (const kind of KINDS) {
    const end = Math.min(MOST, most(kind, setupOf(values)));
    const points = Array.from({ length: 81 }, (_, i): Point => {
      const n = end ** (i / 80);
      return [n, speedup(kind, setupOf(values), n)];
    });
    const look = `live-tone-${TONES[kind]}`;
    panel.line(kind, points, `${look} ${kind === "data" ? "live-thick" : ""}`);
    panel.marks(`${kind} end`, end < MOST ? [points.at(-1)!] : [], 3.5, look, "cross");
    panel.marks(`${kind} now`, [[used(kind, values), speedup(kind, setupOf(values), used(kind, values))]], 3.5, look);
  }
  return panel;
}

/** What each kind spends a step on, as shares. */
function drawShares(stage: Stage, box: Box, values: Values): void {
  const panel = new Panel(stage, "shares", box, {
    x: linear(0, 1),
    y: linear(-0.5, 3),
    xAt: [0, 0.5, 1].map((at) => ({ at, label: `${100 * at} %` })),
    xLabel: "of the time of a step",
    yLabel: `with ${said(values.devices)} devices`,
    yTicks: 0,
    margin: { left: 12, right: 22 },
    slack: 0,
  });
  KINDS.forEach((kind, row) => {
    const parts = partsOf(kind, setupOf(values), used(kind, values));
    const whole = parts.compute + parts.messages + parts.idle;
    const [top, bottom] = [panel.y(2.55 - row), panel.y(2.1 - row)];
    let done = 0;
    for (const part of PARTS) {
      const [from, to] = [panel.x(done), panel.x(done + parts[part] / whole)];
      stage.path(
        `bar ${kind} ${part}`,
        `M${from} ${top}H${to}V${bottom}H${from}Z`,
        `live-mark live-tone-${LOOKS[part]}`,
      );
      done += parts[part] / whole;
    }
    const spare = used(kind, values) < values.devices ? `, work for ${said(used(kind, values))}` : "";
    panel.text(kind, [0, 2.62 - row], `${kind}${spare}`, `live-small live-toned live-tone-${TONES[kind]}`);
  });
  PARTS.forEach((part, i) => {
    panel.text(
      part,
      [[0, 0.36, 0.76][i]!, -0.35],
      part,
      `live-small live-toned live-tone-${LOOKS[part]}`,
      "start",
      0,
      -4,
    );
  });
}

figure({
  name: "devices",
  title: "How much faster many devices are than one",
  settings: {
    devices: whole(2, 1, MOST),
    parameters: number(8970, 1000, 1e12),
    rows: number(101, 1, 1e8),
    batch: oneOf("shared", ["shared", "each"]),
    speed: number(4.6e10, 1e9, 1e16),
    bandwidth: number(1.3e9, 1e7, 1e13),
    latency: number(1.23e-4, 1e-7, 0.1),
  },
  still: {},
  make(host) {
    return {
      controls: [
        {
          kind: "slider",
          key: "parameters",
          label: "parameters",
          stops: [8970, 1e5, 1e6, 1e7, 1e8, 1e9, 7e9, 7e10, 1e12],
          format: said,
          wide: true,
        },
        {
          kind: "slider",
          key: "rows",
          label: "rows of a batch",
          stops: [101, 1e3, 1e4, 1e5, 1e6, 4e6, 1e7],
          format: said,
          wide: true,
        },
        {
          kind: "choice",
          key: "batch",
          label: "batch",
          options: { shared: "shared by all", each: "for each device" },
        },
        {
          kind: "slider",
          key: "speed",
          label: "operations a second",
          stops: [4.6e10, 1e12, 1e13, 1e14, 4e14],
          format: said,
          wide: true,
        },
        {
          kind: "slider",
          key: "bandwidth",
          label: "bytes a second",
          stops: [1e8, 1.3e9, 1e10, 5e10, 4e11],
          format: said,
          wide: true,
        },
        {
          kind: "slider",
          key: "latency",
          label: "latency",
          stops: [1e-6, 3e-6, 1e-5, 3e-5, 1.23e-4],
          format: (value) => `${plain(1e6 * value)} µs`,
          wide: true,
        },
      ],
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 3, height: 290, stacked: 230 },
          { weight: 2, height: 290, stacked: 190 },
        ]);
        stage.height = height;
        const panel = drawSpeed(stage, boxes[0]!, values);
        drawShares(stage, boxes[1]!, values);
        const set = (devices: number): void =>
          host.change({ devices: Math.min(MOST, Math.max(1, Math.round(devices))) });
        stage.handle("devices", {
          x: panel.x(values.devices),
          y: panel.y(HIGH) + 9,
          label: "number of devices",
          text: `${said(values.devices)} devices`,
          value: values.devices,
          low: 1,
          high: MOST,
          drag: (px) => set(panel.at(px, 0)[0]),
          nudge: (right, up) => {
            const way = right + up;
            const next = values.devices * 1.25 ** way;
            set(way > 0 ? Math.max(values.devices + 1, next) : Math.min(values.devices - 1, next));
          },
        });
      },
      words(values) {
        const speeds = KINDS.map(
          (kind) => `${kind} ${short(speedup(kind, setupOf(values), used(kind, values)), 2)}`,
        ).join(", ");
        const { compute, messages } = partsOf("data", setupOf(values), used("data", values));
        const share = Math.round((100 * messages) / (compute + messages));
        const each = values.batch === "each" ? " for each" : "";
        return `${said(values.devices)} devices, ${said(values.parameters)} parameters, ${said(values.rows)} rows${each}: times as fast as one device: ${speeds}. Data parallelism spends ${share} % of a step on messages.`;
      },
    };
  },
});
