/** The same network from many seeds, trained side by side. */

import type { Shape } from "./network";
import { type Recipe, type Rows, Training } from "./training";

export class Crowd {
  readonly trainings: readonly Training[];
  /** The loss of each before its last update; at the start, before any. */
  readonly losses: Float32Array;
  private next = 0;
  /** The step at which all of them are. */
  step = 0;

  /** Seeds 0 to `count` - 1. */
  constructor(shape: Shape, rows: Rows, recipe: Omit<Recipe, "seed">, count: number) {
    this.trainings = Array.from({ length: count }, (_, seed) => new Training(shape, rows, { ...recipe, seed }));
    this.losses = Float32Array.from(this.trainings, (training) => training.loss());
  }

  /** Train all of them up to a step, as far as the time allows. */
  reach(step: number, budgetMs: number): void {
    const until = performance.now() + budgetMs;
    while (this.step < step) {
      for (; this.next < this.trainings.length; this.next++) {
        if ((this.next & 7) === 0 && performance.now() > until) return;
        this.losses[this.next] = this.trainings[this.next]!.step();
      }
      this.next = 0;
      this.step += 1;
    }
  }

  /** The seeds, from the lowest loss to the highest; those that are no number last. */
  byLoss(): number[] {
    const worth = (seed: number): number => (Number.isFinite(this.losses[seed]!) ? this.losses[seed]! : Infinity);
    return Array.from(this.losses, (_, seed) => seed).sort((a, b) => worth(a) - worth(b) || a - b);
  }
}
