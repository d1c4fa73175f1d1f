/** The optimizers. Each means what torch.optim means by the name. */

export interface OptimizerSettings {
  readonly lr: number;
  /** Of "sgd": the share of the last velocity that is kept. */
  readonly momentum?: number;
  /** Of "sgd": the step looks ahead by the velocity, as Nesterov's does. */
  readonly nesterov?: boolean;
  /** Added to the gradient: this times the parameter. */
  readonly weightDecay?: number;
}

/** One update in place: the parameters move by their gradient. */
export type Update = (parameters: Float32Array, gradient: Float32Array) => void;

const [BETA_1, BETA_2, ALPHA, EPSILON] = [0.9, 0.999, 0.99, 1e-8];

function sgd({ lr, momentum = 0, nesterov = false, weightDecay = 0 }: OptimizerSettings): Update {
  let velocity: Float32Array | undefined;
  return (parameters, gradient) => {
    velocity ??= new Float32Array(parameters.length);
    for (let i = 0; i < parameters.length; i++) {
      const slope = gradient[i]! + weightDecay * parameters[i]!;
      velocity[i] = momentum * velocity[i]! + slope;
      parameters[i]! -= lr * (nesterov ? slope + momentum * velocity[i]! : velocity[i]!);
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

/** The step is divided by the root of a mean of squared slopes: a moving one, or with "adagrad" the sum of all. */
function scaled(share: (square: number, before: number) => number, epsilon: number) {
  return ({ lr, weightDecay = 0 }: OptimizerSettings): Update => {
    let squares: Float32Array | undefined;
    return (parameters, gradient) => {
      squares ??= new Float32Array(parameters.length);
      for (let i = 0; i < parameters.length; i++) {
        const slope = gradient[i]! + weightDecay * parameters[i]!;
        squares[i] = share(slope * slope, squares[i]!);
        parameters[i]! -= (lr * slope) / (Math.sqrt(squares[i]!) + epsilon);
      }
    };
  };
}

const rmsprop = scaled((square, before) => ALPHA * before + (1 - ALPHA) * square, EPSILON);
const adagrad = scaled((square, before) => before + square, 1e-10);

export const OPTIMIZERS = { sgd, rmsprop, adagrad, adam } satisfies Record<
  string,
  (settings: OptimizerSettings) => Update
>;

export type OptimizerName = keyof typeof OPTIMIZERS;
