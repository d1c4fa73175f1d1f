/** The training loop: predict, measure the loss, compute the gradient, update. */

import { batches } from "./batches";
import { LOSSES, type LossName } from "./losses";
import { type Columns, Network, type Shape, startOf } from "./network";
import { OPTIMIZERS, type OptimizerName, type OptimizerSettings, type Update } from "./optimizers";
import { type Schedule, scheduled } from "./schedule";
import { type Shallow, shallowPass } from "./shallow";

export interface Rows {
  readonly count: number;
  readonly inputs: Columns;
  readonly targets: Columns;
}

export interface Recipe extends OptimizerSettings {
  readonly optimizer: OptimizerName;
  readonly loss: LossName;
  /** Rows in a step; null, or nothing, means all. */
  readonly batchSize?: number | null;
  /** What the learning rate is multiplied by in each step; nothing means 1. */
  readonly schedule?: Schedule;
  readonly seed: number;
}

/** Rows from a table of inputs N×D and targets N×O. */
export function rowsOf(inputs: readonly (readonly number[])[], targets: readonly (readonly number[])[]): Rows {
  return { count: inputs.length, inputs: columns(inputs), targets: columns(targets) };
}

function columns(table: readonly (readonly number[])[]): Columns {
  const [rows, width] = [table.length, table[0]!.length];
  const made = new Float64Array(rows * width);
  for (let n = 0; n < rows; n++) for (let i = 0; i < width; i++) made[i * rows + n] = Math.fround(table[n]![i]!);
  return made;
}

export function subset(rows: Rows, chosen: ArrayLike<number>): Rows {
  const pick = (all: Columns): Columns => {
    const width = all.length / rows.count;
    const made = new Float64Array(chosen.length * width);
    for (let i = 0; i < width; i++)
      for (let n = 0; n < chosen.length; n++) made[i * chosen.length + n] = all[i * rows.count + chosen[n]!]!;
    return made;
  };
  return { count: chosen.length, inputs: pick(rows.inputs), targets: pick(rows.targets) };
}

export class Training {
  readonly network: Network;
  readonly gradient: Float32Array;
  steps = 0;
  private readonly update: Update;
  private readonly order: Iterator<Uint32Array | null, never, void>;
  private readonly slopes = new Map<number, Columns>();
  private readonly shallow: Shallow | undefined;

  /**
   * @param start the parameters to begin with; without them, PyTorch's for the recipe's seed.
   * @param quick whether the quick way may be taken where there is one; it gives the same, to rounding.
   */
  constructor(
    shape: Shape,
    readonly rows: Rows,
    readonly recipe: Recipe,
    start: Float32Array = startOf(shape, recipe.seed),
    quick = true,
  ) {
    this.network = new Network(shape, start.slice());
    this.gradient = new Float32Array(start.length);
    const update = OPTIMIZERS[recipe.optimizer](recipe);
    this.update = recipe.schedule ? scheduled(update, recipe.schedule) : update;
    this.shallow = quick ? shallowPass(shape) : undefined;
    this.order = batches(rows.count, recipe.batchSize ?? null, recipe.seed);
  }

  /** One step; returns the loss of its batch before the update. */
  step(): number {
    const chosen = this.order.next().value;
    const batch = chosen ? subset(this.rows, chosen) : this.rows;
    const loss = this.shallow
      ? this.shallow.run(this.network.parameters, batch, LOSSES[this.recipe.loss], this.gradient)
      : this.passes(batch);
    this.update(this.network.parameters, this.gradient); // update
    this.steps += 1;
    return Math.fround(loss);
  }

  private passes(batch: Rows): number {
    this.gradient.fill(0); // forget the last gradient
    const pass = this.network.forward(batch.inputs, batch.count); // predict
    const slopes = this.slopesFor(pass.outputs.length);
    const loss = LOSSES[this.recipe.loss](pass.outputs, batch.targets, slopes); // measure
    this.network.backward(pass, slopes, this.gradient); // compute the gradient
    return loss;
  }

  /** The loss over all of these rows, with the parameters as they are. */
  loss(rows: Rows = this.rows): number {
    const { outputs } = this.network.forward(rows.inputs, rows.count);
    return Math.fround(LOSSES[this.recipe.loss](outputs, rows.targets));
  }

  private slopesFor(length: number): Columns {
    const known = this.slopes.get(length);
    if (known) return known;
    const made = new Float64Array(length);
    this.slopes.set(length, made);
    return made;
  }
}
