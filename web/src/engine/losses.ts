/** The losses: mean squared error, and binary cross-entropy of a score. Each is the mean over all outputs of all rows. */

import type { Columns } from "./network";

export type LossName = "mse" | "bce";

export interface Loss {
  /** The loss; where `slopes` is given, it is filled with the loss's slope for each output. */
  (outputs: Columns, targets: Columns, slopes?: Columns): number;
}

export const LOSSES: Record<LossName, Loss> = {
  mse: (outputs, targets, slopes) => {
    const count = targets.length;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const error = outputs[i]! - targets[i]!;
      sum += error * error;
      if (slopes) slopes[i] = (2 * error) / count;
    }
    return sum / count;
  },
  bce: (outputs, targets, slopes) => {
    const count = targets.length;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const z = outputs[i]!;
      const y = targets[i]!;
      const tail = Math.exp(-Math.abs(z));
      sum += Math.max(z, 0) - z * y + Math.log(1 + tail);
      if (slopes) slopes[i] = ((z > 0 ? 1 / (1 + tail) : tail / (1 + tail)) - y) / count;
    }
    return sum / count;
  },
};
