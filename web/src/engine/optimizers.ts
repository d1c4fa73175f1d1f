/** The optimizers. Each means what torch.optim means by the name. */

export interface OptimizerSettings {
  readonly lr: number;
  /** Of "sgd": the share of the last velocity that is kept. */
  readonly momentum?: number;
  /** Added to the gradient: this times the parameter. */
  readonly weightDecay?: number;
}

/** One update in place: the parameters move by their gradient. */
export type Update = (parameters: Float32Array, gradient: Float32Array) => void;

const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-8];

function sgd({ lr, momentum = 0, weightDecay = 0 }: OptimizerSettings): Update {
  let velocity: Float32Array | undefined;
  return (parameters, gradient) => {
    velocity ??= new Float32Array(parameters.length);
    for (let i = 0; i < parameters.length; i++) {
      velocity[i] = momentum * velocity[i]! + gradient[i]! + weightDecay * parameters[i]!;
      parameters[i]! -= lr * velocity[i]!;
    }
  };
}

function adam({ lr, weightDecay = 0 }: OptimizerSettings): Update {
  let first: Float32Array | undefined;
  let second: Float32Array | undefined;
  let step = 0;
  return (parameters, gradient) => {
    first ??= new Float32Array(parameters.length);
    second ??= new Float32Array(parameters.length);
    step += 1;
    const size = lr / (1 - BETA_1 ** step);
    const scale = Math.sqrt(1 - BETA_2 ** step);
    for (let i = 0; i < parameters.length; i++) {
      const slope = gradient[i]! + weightDecay * parameters[i]!;
      first[i]! += (1 - BETA_1) * (slope - first[i]!);
      second[i] = BETA_2 * second[i]! + (1 - BETA_2) * slope * slope;
      parameters[i]! -= (size * first[i]!) / (Math.sqrt(second[i]!) / scale + EPSILON);
    }
  };
}

export const OPTIMIZERS = { sgd, adam } satisfies Record<string, (settings: OptimizerSettings) => Update>;

export type OptimizerName = keyof typeof OPTIMIZERS;
