/** 2.5: rows flow from the dataset through an epoch's order into batches. */

import { MersenneTwister } from "looplab/engine/random";
import { figure } from "looplab/figure/figure";
import { flag, whole } from "looplab/figure/settings";
import type { Stage } from "looplab/view/stage";

interface Values {
  readonly batch: number;
  readonly shuffle: boolean;
  readonly drop: boolean;
  readonly seed: number;
  readonly step: number;
}

/** Rows in the dataset, sorted by their class, as a file might have them. */
const ROWS = 24;
const CLASSES = 4;
const EPOCHS = 3;
const GAP = 3;

const classOf = (row: number): number => Math.floor((row * CLASSES) / ROWS);

/** What stands where at a step: of each epoch first the rows lie in the dataset, then in order, then batch after batch goes. */
interface Moment {
  readonly epoch: number;
  readonly batches: number[][];
  /** Rows that no batch takes. */
  readonly dropped: number[];
  /** -2 in the dataset, -1 in order, else the number of the batch that the model has now. */
  readonly now: number;
}

const batchesIn = ({ batch, drop }: Values): number => (drop ? Math.floor(ROWS / batch) : Math.ceil(ROWS / batch));
const stepsIn = (values: Values): number => batchesIn(values) + 2;

function moment(values: Values): Moment {
  const each = stepsIn(values);
  const epoch = Math.min(EPOCHS - 1, Math.floor(values.step / each));
  const generator = new MersenneTwister(values.seed);
  let order = Array.from({ length: ROWS }, (_, row) => row);
  if (values.shuffle) for (let i = 0; i <= epoch; i++) order = [...generator.permutation(ROWS)];
  const cut = Array.from({ length: Math.ceil(ROWS / values.batch) }, (_, i) =>
    order.slice(i * values.batch, (i + 1) * values.batch),
  );
  const count = batchesIn(values);
  return { epoch, batches: cut.slice(0, count), dropped: cut.slice(count).flat(), now: values.step - epoch * each - 2 };
}

figure({
  name: "pipeline",
  title: "Rows flow into batches",
  settings: {
    batch: whole(5, 1, ROWS),
    shuffle: flag(true),
    drop: flag(false),
    seed: whole(0, 0, 99999),
    step: whole(0, 0, EPOCHS * (ROWS + 2)),
  },
  still: { step: 4 },
  make() {
    function drawLane(stage: Stage, y: number, title: string, slots: number, space: number): void {
      stage.text(`lane ${y}`, 0, y - 8, title, "live-axis");
      const lines = Math.ceil(ROWS / slots);
      stage.box(`lane ${y}`, { x: -4, y: y - 3, width: slots * space + 8, height: lines * space + 4 }, "live-card", 6);
    }

    return {
      steps: { limit: (values) => EPOCHS * stepsIn(values), pace: () => 1.6, unit: "move", verb: "Play" },
      controls: [
        { kind: "slider", key: "batch", label: "batch size B", stops: [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24] },
        { kind: "toggle", key: "shuffle", label: "shuffle" },
        { kind: "toggle", key: "drop", label: "drop_last" },
      ],
      follow: (changed) => (changed.step === undefined ? { step: 0 } : {}),
      draw(stage, values) {
        const { batches, dropped, now } = moment(values);
        const slots = stage.width < 560 ? 12 : ROWS;
        const room = Math.min(30, (stage.width - 4) / slots);
        const lines = ROWS / slots;
        const size = room - GAP;
        const laneTwo = 22 + lines * room + 40;
        const below = laneTwo + lines * room + 44;
        drawLane(stage, 22, "dataset: rows sorted by class", slots, room);
        drawLane(
          stage,
          laneTwo,
          values.shuffle ? "order of this epoch: shuffled" : "order of this epoch: as they lie",
          slots,
          room,
        );
        const tall = 5;
        const modelWidth = Math.min(Math.ceil(values.batch / tall) * room, stage.width * 0.36);
        const doneLeft = Math.max(modelWidth + 36, stage.width < 560 ? 118 : 190);
        const height = tall * room;
        stage.text("model", 0, below - 8, "in the model now", "live-axis");
        stage.box(
          "model",
          { x: -4, y: below - 3, width: Math.max(modelWidth + 5, 100), height: height + 4 },
          "live-node",
          6,
        );
        stage.text("done", doneLeft, below - 8, "done: one block for each batch", "live-axis");
        stage.height = below + height + 6;

        const places = new Map<number, [number, number, number]>();
        const inLane = (y: number, slot: number): [number, number, number] => [
          (slot % slots) * room,
          y + Math.floor(slot / slots) * room,
          size,
        ];
        for (let row = 0; row < ROWS; row++) places.set(row, inLane(22, row));
        const blocks = batches.map((batch) => Math.ceil(batch.length / tall));
        const columns = blocks.reduce((sum, block) => sum + block, 0);
        const between = 6;
        const narrow = Math.min(room, (stage.width - doneLeft - between * (batches.length - 1)) / Math.max(1, columns));
        let left = doneLeft;
        let slot = 0;
        batches.forEach((batch, number) => {
          [...batch]
            .sort((a, b) => a - b)
            .forEach((row, i) => {
              const atNow = batch.indexOf(row);
              const wide = Math.ceil(values.batch / tall);
              const modelRoom = Math.min(room, modelWidth / wide);
              if (now >= 0 && number < now)
                places.set(row, [
                  left + Math.floor(i / tall) * narrow,
                  below + (i % tall) * room,
                  narrow - (narrow > 8 ? GAP : 1),
                ]);
              else if (number === now)
                places.set(row, [Math.floor(i / tall) * modelRoom, below + (i % tall) * room, modelRoom - GAP]);
              else if (now >= -1) places.set(row, inLane(laneTwo, slot + atNow));
            });
          slot += batch.length;
          left += blocks[number]! * narrow + between;
        });
        if (now >= -1) dropped.forEach((row, i) => places.set(row, inLane(laneTwo, slot + i)));
        if (now >= -1) drawCuts(stage, batches, laneTwo, slots, room, dropped.length > 0);
        for (let row = 0; row < ROWS; row++)
          stage.piece(String(row), ...places.get(row)!, String(row), `class-${classOf(row)}`);
      },
      words(values) {
        const { epoch, batches, dropped, now } = moment(values);
        const updates = batches.length;
        const start = `Epoch ${epoch + 1}. `;
        if (now === -2)
          return `${start}${ROWS} rows lie in the dataset, sorted by their ${CLASSES} classes. Batches of ${values.batch}: ${updates} update${updates === 1 ? "" : "s"} in an epoch.`;
        const short = batches.at(-1)!.length < values.batch ? ` The last batch has ${batches.at(-1)!.length}.` : "";
        const lost = dropped.length ? ` ${dropped.length} rows are dropped in this epoch.` : "";
        if (now === -1)
          return `${start}${values.shuffle ? "The rows are shuffled" : "Nobody shuffles: the rows stay as they lie"} and cut into batches of ${values.batch}.${short}${lost}`;
        if (now >= updates) return `All ${EPOCHS} epochs are over: ${EPOCHS * updates} updates.${lost}`;
        const batch = batches[now]!;
        const kinds = new Set(batch.map(classOf)).size;
        return `${start}Batch ${now + 1} of ${updates} is in the model: inputs of shape ${batch.length} × D, ${batch.length} target${batch.length === 1 ? "" : "s"}, rows of ${kinds} of the ${CLASSES} classes. It makes one update.`;
      },
    };
  },
});

/** Lines in the lane of the order, where it is cut. */
function drawCuts(
  stage: Stage,
  batches: readonly number[][],
  y: number,
  slots: number,
  room: number,
  last: boolean,
): void {
  let d = "";
  let slot = 0;
  batches.forEach((batch, i) => {
    slot += batch.length;
    if (i === batches.length - 1 && !last) return;
    const [column, line] = slot % slots === 0 ? [slots, slot / slots - 1] : [slot % slots, Math.floor(slot / slots)];
    d += `M${(column * room - GAP / 2).toFixed(1)} ${(y + line * room - 4).toFixed(1)}v${room + 5}`;
  });
  stage.path("cuts", d, "live-line live-tone-ink live-thin");
}
