/** 3.6: twelve trainings, each of six seeds; the reader says whether it is normal, and is told what was behind it. */

import { figure } from "looplab/figure/figure";
import { oneOf, whole, wholes } from "looplab/figure/settings";
import { short } from "looplab/plot/format";
import { linear, log, type Scale } from "looplab/plot/scale";
import { arrange } from "looplab/view/layout";
import { Panel, type Point } from "looplab/view/panel";
import type { Box, Stage } from "looplab/view/stage";

interface Training {
  readonly told: string;
  readonly normal: boolean;
  readonly cause: string;
  readonly others: string;
  /** Logarithmic unless it begins at 0. */
  readonly axis: readonly [number, number];
  readonly chance: number;
  readonly guess: string;
  readonly every: number;
  readonly training: number[][];
  readonly validation: number[][];
}

interface Values {
  readonly curve: number;
  readonly verdict: "none" | "normal" | "fault";
  /** Of each training what the reader said: nothing, normal, or that something is wrong. */
  readonly said: readonly number[];
}

const COUNT = 12;
const VERDICTS = ["none", "normal", "fault"] as const;

figure({
  name: "gallery",
  title: "Is this loss curve normal?",
  settings: {
    curve: whole(1, 1, COUNT),
    verdict: oneOf("none", VERDICTS),
    said: wholes(new Array<number>(COUNT).fill(0), 0, 2),
  },
  still: { curve: 8 },
  make(host) {
    const { trainings } = host.data<{ trainings: Training[] }>();
    const shown = ({ curve }: Values): Training => trainings[curve - 1]!;
    const right = (said: number, { normal }: Training): boolean => (said === 1) === normal;
    const scale = ({ axis: [low, high] }: Training): Scale => (low > 0 ? log(low, high) : linear(low, high));

    function drawTile(stage: Stage, place: Box, number: number, { curve, said }: Values): void {
      const training = trainings[number - 1]!;
      const [verdict, chosen] = [said[number - 1]!, number === curve];
      const y = scale(training);
      const at = (loss: number, i: number): string => {
        const height = Math.min(1, Math.max(0, y.share(loss)));
        const [px, py] = [
          place.x + 5 + (i * (place.width - 10)) / 39,
          place.y + 5 + (1 - height) * (place.height - 10),
        ];
        return `${px.toFixed(1)} ${py.toFixed(1)}`;
      };
      const path = (seeds: number[][]): string =>
        seeds
          .slice(0, 3)
          .map((seed) => `M${seed.map(at).join("L")}`)
          .join("");
      stage.box(`tile ${number}`, place, "live-card", 4);
      stage.path(`training ${number}`, path(training.training), "live-line live-hair live-tone-network");
      stage.path(`validation ${number}`, path(training.validation), "live-line live-hair live-tone-relu");
      if (chosen) stage.box("chosen", outside(place), "live-frame live-tone-ink", 5);
      const [x, low] = [place.x + 6, place.y + place.height - 6];
      const good = right(verdict, training);
      const look = verdict ? `live-toned live-tone-${good ? "tanh" : "slope"}` : "live-quiet";
      stage.text(
        `mark ${number}`,
        x,
        low,
        verdict ? (good ? "✓" : "✗") : `${number}`,
        `live-small live-strong ${look}`,
        "start",
      );
      stage.button(`tile ${number}`, place, {
        label: `curve ${number}${verdict ? (good ? ", answered rightly" : ", answered wrongly") : ""}`,
        pressed: chosen,
        tabbable: chosen,
        press: () => host.change({ curve: number }),
      });
    }

    function drawTiles(stage: Stage, box: Box, values: Values, columns: number): void {
      const rows = COUNT / columns;
      const [width, height] = [(box.width + 8) / columns, (box.height + 8) / rows];
      for (let i = 0; i < COUNT; i++) {
        const [x, y] = [box.x + (i % columns) * width, box.y + Math.floor(i / columns) * height];
        drawTile(stage, { x, y, width: width - 8, height: height - 8 }, i + 1, values);
      }
    }

    function drawCurves(stage: Stage, box: Box, values: Values): void {
      const training = shown(values);
      const { axis, chance, guess, every } = training;
      const panel = new Panel(stage, "curves", box, {
        x: linear(0, 40 * every),
        y: scale(training),
        xLabel: "step",
        yLabel: `loss of six seeds${axis[0] > 0 ? " (logarithmic)" : ""}`,
        xTicks: 4,
        margin: { left: 40, right: 8 },
      });
      const lines = (name: string, seeds: number[][], look: string): void =>
        seeds.forEach((seed, s) => {
          panel.line(
            `${name} ${s}`,
            seed.map((loss, i): Point => [(i + 1) * every, loss]),
            look,
          );
        });
      panel.level("chance", chance, "live-tone-linear live-thin live-dotted");
      lines("training", training.training, "live-tone-network live-thin");
      lines("validation", training.validation, "live-tone-relu live-thin live-dashed");
      panel.text("chance", [40 * every, chance], `a guess: ${guess}`, "live-small live-quiet", "end", 0, -6);
    }

    return {
      controls: [
        {
          kind: "choice",
          key: "verdict",
          label: "is this normal?",
          options: { none: "undecided", normal: "normal", fault: "something is wrong" },
        },
      ],
      follow(changed, { curve, said }) {
        const { verdict } = changed;
        if (verdict) return { said: said.map((old, i) => (i === curve - 1 ? VERDICTS.indexOf(verdict) : old)) };
        return changed.curve ? { verdict: VERDICTS[said[curve - 1]!]! } : {};
      },
      draw(stage, values) {
        const { boxes, height, stacked } = arrange(stage.width, [
          { weight: 1.45, height: 268, stacked: 220 },
          { weight: 1, height: 268, stacked: 150 },
        ]);
        stage.height = height;
        drawCurves(stage, boxes[0]!, values);
        const tiles = boxes[1]!;
        drawTiles(stage, stacked ? tiles : { ...tiles, y: 14, height: 222 }, values, stacked ? 4 : 3);
      },
      words(values) {
        const training = shown(values);
        const said = values.said[values.curve - 1]!;
        if (!said) {
          const mean = (losses: (number | undefined)[]): string =>
            short(losses.reduce<number>((sum, loss) => sum + loss!, 0) / losses.length);
          const [first, last] = [0, -1].map((i) => mean(training.training.map((seed) => seed.at(i))));
          const [begins, ends] = [0, -1].map((i) => mean(training.validation.map((seed) => seed.at(i))));
          const other = training.validation.length ? `, validation from ${begins} to ${ends}` : "";
          return `Curve ${values.curve} of ${COUNT}. ${training.told} Training goes from ${first} to ${last}${other}, means of six seeds. Is this normal?`;
        }
        const answered = values.said.filter((one) => one).length;
        const hits = values.said.filter((one, i) => one && right(one, trainings[i]!)).length;
        const verdict = training.normal ? "this is normal" : "something is wrong";
        return `${right(said, training) ? "Yes" : "No"}, ${verdict}. ${training.cause} ${training.others} (${hits} of ${answered} right so far.)`;
      },
    };
  },
});

const outside = ({ x, y, width, height }: Box): Box => ({ x: x - 2, y: y - 2, width: width + 4, height: height + 4 });
