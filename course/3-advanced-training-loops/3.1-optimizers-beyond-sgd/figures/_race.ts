/** The race of 3.1: six optimizers from one start, at one rate for all or each at the best of many rates. */

import { OPTIMIZERS, type OptimizerName } from "looplab/engine/optimizers";
import { SURFACES, type Surface, type SurfaceName, settled, type Walk, walk } from "looplab/engine/surfaces";
import { ratios } from "looplab/plot/scale";

export interface Racer {
  readonly label: string;
  readonly tone: string;
  readonly optimizer: OptimizerName;
  /** How the reader's momentum is used; RMSprop, Adagrad and Adam are as torch.optim has them. */
  readonly momentum?: "plain" | "nesterov";
}

export const RACERS = {
  sgd: { label: "SGD", tone: "linear", optimizer: "sgd" },
  momentum: { label: "momentum", tone: "network", optimizer: "sgd", momentum: "plain" },
  nesterov: { label: "Nesterov", tone: "tanh", optimizer: "sgd", momentum: "nesterov" },
  rmsprop: { label: "RMSprop", tone: "relu", optimizer: "rmsprop" },
  adagrad: { label: "Adagrad", tone: "gelu", optimizer: "adagrad" },
  adam: { label: "Adam", tone: "sigmoid", optimizer: "adam" },
} satisfies Record<string, Racer>;

export type RacerName = keyof typeof RACERS;
export const NAMES = Object.keys(RACERS) as RacerName[];
export const racer = (name: RacerName): Racer => RACERS[name];

export const LAST = 1000;
export const RATES = ratios(1e-4, 10, 51);
/** Who stays below this share of the first loss has arrived. */
export const GOAL = 1e-4;

export interface Course {
  readonly surface: SurfaceName;
  readonly kappa: number;
  /** By how many degrees the ravine is turned. */
  readonly turn: number;
  readonly rates: "same" | "best";
  readonly rate: number;
  readonly beta: number;
  readonly x0: number;
  readonly y0: number;
}

export interface Ran extends Walk {
  readonly rate: number;
  /** The step from which on its loss stays below the goal. */
  readonly arrived: number | undefined;
  /** The step at which its loss is no finite number. */
  readonly blown: number | undefined;
}

export const surfaceOf = ({ surface, kappa, turn }: Course): Surface => SURFACES[surface](kappa, turn);

export function race(course: Course): Record<RacerName, Ran> {
  const run = (name: RacerName, rate: number): Ran => runOne(course, racer(name), rate);
  const best = (name: RacerName): Ran =>
    RATES.map((rate) => run(name, rate)).reduce((a, b) => (isBetter(b, a) ? b : a));
  return Object.fromEntries(
    NAMES.map((name) => [name, course.rates === "best" ? best(name) : run(name, course.rate)]),
  ) as Record<RacerName, Ran>;
}

function runOne(course: Course, { optimizer, momentum }: Racer, rate: number): Ran {
  const settings = { lr: rate, momentum: momentum ? course.beta : 0, nesterov: momentum === "nesterov" };
  const walked = walk(surfaceOf(course), OPTIMIZERS[optimizer](settings), [course.x0, course.y0], LAST);
  const end = walked.losses.length - 1;
  const blown = Number.isFinite(walked.losses[end]!) ? undefined : end;
  return { ...walked, rate, blown, arrived: settled(walked.losses, GOAL * walked.losses[0]!) };
}

/** Better is who arrives earlier; of two that do not arrive, who ends lower. */
function isBetter(one: Ran, other: Ran): boolean {
  const [a, b] = [one.arrived ?? Number.POSITIVE_INFINITY, other.arrived ?? Number.POSITIVE_INFINITY];
  if (a !== b) return a < b;
  const end = ({ blown, losses }: Ran): number => (blown === undefined ? losses.at(-1)! : Number.POSITIVE_INFINITY);
  return end(one) < end(other);
}
