/** A training that can be looked at in each of its steps: the parameters before each update, and the losses. */

import { LOSSES } from "./losses";
import { Network, parameterCount, type Shape } from "./network";
import { type Recipe, type Rows, Training } from "./training";

export class Trajectory {
  /** The loss of each step's batch before its update. */
  readonly losses: Float32Array;
  private readonly kept: Float32Array;
  private readonly training: Training;
  private readonly count: number;
  /** The last step that can be looked at. */
  reached = 0;

  /** @param last the last step that there will be. */
  constructor(
    readonly shape: Shape,
    readonly rows: Rows,
    readonly recipe: Recipe,
    readonly last: number,
    start?: Float32Array,
  ) {
    this.training = new Training(shape, rows, recipe, start);
    this.count = parameterCount(shape);
    this.kept = new Float32Array((last + 1) * this.count);
    this.kept.set(this.training.network.parameters);
    this.losses = new Float32Array(last + 1).fill(Number.NaN);
  }

  /** Train until this step can be looked at, or the time is over; returns the last step that can. */
  reach(step: number, budgetMs = Number.POSITIVE_INFINITY): number {
    const until = performance.now() + budgetMs;
    const target = Math.min(step, this.last);
    while (this.reached < target && performance.now() < until) {
      this.losses[this.reached] = this.training.step();
      this.reached += 1;
      this.kept.set(this.training.network.parameters, this.reached * this.count);
    }
    return Math.min(target, this.reached);
  }

  /** The loss over all rows before the update of this step. */
  loss(step: number): number {
    if (step < this.reached && !this.recipe.batchSize) return this.losses[step]!;
    const { outputs } = this.network(step).forward(this.rows.inputs, this.rows.count);
    return Math.fround(LOSSES[this.recipe.loss](outputs, this.rows.targets));
  }

  /** The network as it is before the update of this step, which must have been reached. */
  network(step: number): Network {
    return new Network(this.shape, this.kept.slice(step * this.count, (step + 1) * this.count));
  }
}
