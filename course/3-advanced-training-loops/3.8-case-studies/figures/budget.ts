/** 3.8: a published run to change: operations, days, energy, interruptions, and how often to save. */

import { figure } from "looplab/figure/figure";
import { number, oneOf, whole } from "looplab/figure/settings";
import { plain, power, short } from "looplab/plot/format";
import { log } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";
import { type Bill, best, billOf, lost, RUNS, type Run } from "./_arithmetic";

type Name = keyof typeof RUNS;

interface Values {
  readonly run: Name;
  readonly parameters: number;
  readonly tokens: number;
  readonly devices: number;
  readonly used: number;
  /** Minutes that one save takes. */
  readonly saving: number;
}

const NAMES = Object.keys(RUNS) as Name[];
const [FEWEST, MOST] = [1e10, 1e13];
const [SHORT, LONG] = [1e11, 1e14];
const NUDGE = 1.1;
const DEVICES = [256, 512, 1024, 2048, 3072, 4096, 6144, 8192, 16384, 32768, 65536, 131072];

const runOf = (values: Values): Run => ({ ...RUNS[values.run], ...values });
const published = ({ parameters, tokens, devices, used }: Run): Partial<Values> => ({
  parameters,
  tokens,
  devices,
  used,
});

figure({
  name: "budget",
  title: "What a training takes",
  settings: {
    run: oneOf("llama3", NAMES),
    parameters: number(RUNS.llama3.parameters, FEWEST, MOST),
    tokens: number(RUNS.llama3.tokens, SHORT, LONG),
    devices: whole(RUNS.llama3.devices, 256, 131072),
    used: number(RUNS.llama3.used, 0.05, 1),
    saving: number(1, 0.1, 30),
  },
  still: {},
  make(host) {
    function drawPlane(stage: Stage, box: Box, values: Values): void {
      const panel = new Panel(stage, "plane", box, {
        x: log(FEWEST, MOST),
        y: log(SHORT, LONG),
        xLabel: "parameters (logarithmic)",
        yLabel: "tokens (logarithmic)",
        xTicks: 4,
        yTicks: 4,
        margin: { left: 44, right: 16 },
        slack: 0,
      });
      for (const exponent of [23, 24, 25, 26]) {
        const tokens = (parameters: number): number => 10 ** exponent / 6 / parameters;
        panel.curve(`1e${exponent}`, tokens, "live-tone-rule live-thin", 1);
        const at = Math.min(MOST / 8, tokens(SHORT * 1.25));
        panel.text(`1e${exponent}`, [at, tokens(at)], power(exponent), "live-small", "start", 3, -3);
      }
      panel.curve("twenty", (parameters) => 20 * parameters, "live-tone-linear live-dashed", 1);
      for (const name of NAMES) {
        const { label, parameters, tokens } = RUNS[name];
        panel.marks(name, [[parameters, tokens]], 3.5, "live-tone-network");
        panel.text(name, [parameters, tokens], label, "live-small live-strong", "middle", 0, 22);
      }
      const set = (parameters: number, tokens: number): void =>
        host.change({
          parameters: Math.min(MOST, Math.max(FEWEST, parameters)),
          tokens: Math.min(LONG, Math.max(SHORT, tokens)),
        });
      stage.handle("run", {
        x: panel.x(values.parameters),
        y: panel.y(values.tokens),
        label: "parameters to the right, tokens upward",
        text: `${short(values.parameters / 1e9)} billion parameters, ${short(values.tokens / 1e12)} trillion tokens`,
        value: values.parameters,
        low: FEWEST,
        high: MOST,
        drag: (px, py) => set(...panel.at(px, py)),
        nudge: (right, up) => set(values.parameters * NUDGE ** right, values.tokens * NUDGE ** up),
      });
    }

    function drawLoss(stage: Stage, box: Box, values: Values, { apart }: Bill): void {
      const saving = values.saving / 60;
      const panel = new Panel(stage, "lost", box, {
        x: log(1, 1440),
        y: log(0.005, 1),
        xLabel: "minutes between saves (logarithmic)",
        yLabel: "share of the time lost (logarithmic)",
        xAt: [1, 10, 60, 360].map((at) => ({ at, label: plain(at) })),
        yTicks: 4,
        margin: { left: 42, right: 14 },
        slack: 0,
      });
      const share = (minutes: number): number => lost(minutes / 60, saving, apart);
      panel.curve("share", share, "live-tone-relu live-thick");
      const at = 60 * best(saving, apart);
      const point: Point = [at, share(at)];
      panel.upright("best", at, "live-tone-rule live-thin live-dashed");
      panel.marks("best", [point], 4, "live-tone-relu");
    }

    return {
      controls: [
        {
          kind: "menu",
          key: "run",
          label: "as published",
          options: Object.fromEntries(NAMES.map((name) => [name, RUNS[name].label])),
        },
        {
          kind: "slider",
          key: "devices",
          label: "devices",
          stops: DEVICES,
        },
        {
          kind: "slider",
          key: "used",
          label: "utilization",
          stops: [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.41, 0.457, 0.476, 0.55, 0.6],
          format: (value) => `${short(100 * value)} %`,
        },
        {
          kind: "slider",
          key: "saving",
          label: "minutes for a save",
          stops: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20],
        },
      ],
      follow: ({ run }) => (run ? published(RUNS[run]) : {}),
      draw(stage, values) {
        const { boxes, height } = arrange(stage.width, [
          { weight: 1.2, height: 290, stacked: 260 },
          { weight: 1, height: 290, stacked: 220 },
        ]);
        stage.height = height;
        drawPlane(stage, boxes[0]!, values);
        drawLoss(stage, boxes[1]!, values, billOf(runOf(values)));
      },
      words(values) {
        const { operations, hours, energyMWh, failures, apart, state } = billOf(runOf(values));
        const saving = values.saving / 60;
        const interval = best(saving, apart);
        const share = lost(interval, saving, apart);
        return (
          `${short(values.parameters / 1e9)} billion parameters and ${short(values.tokens / 1e12)} trillion tokens: ` +
          `${short(operations)} operations, ${short(hours / 24)} days on ${values.devices} devices, ` +
          `${short(energyMWh / 1000)} GWh for the devices, a state of ${short(state / 1e12)} TB. ` +
          `About ${short(failures)} interruptions, one every ${short(apart)} hours: ` +
          `saving every ${short(60 * interval)} minutes loses ${short(100 * share, 2)} % of the time.`
        );
      },
    };
  },
});
