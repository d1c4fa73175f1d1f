/** What a training of a language model takes, worked out from what was published of it. */

export interface Run {
  readonly label: string;
  readonly parameters: number;
  readonly tokens: number;
  readonly devices: number;
  /** Operations that one device could do in a second. */
  readonly peak: number;
  /** The share of the peak that is used. */
  readonly used: number;
  /** Of one device. */
  readonly watts: number;
}

/** Touvron et al. (2023), Chowdhery et al. (2022), Grattafiori et al. (2024); a TPU's watts: Cloud TPU documentation. */
export const RUNS = {
  llama: {
    label: "LLaMA 65B",
    parameters: 65.2e9,
    tokens: 1.4e12,
    devices: 2048,
    peak: 312e12,
    used: 0.476,
    watts: 440,
  },
  palm: {
    label: "PaLM 540B",
    parameters: 540e9,
    tokens: 780e9,
    devices: 6144,
    peak: 275e12,
    used: 0.457,
    watts: 170,
  },
  llama3: {
    label: "Llama 3 405B",
    parameters: 405e9,
    tokens: 15.6e12,
    devices: 16384,
    peak: 989e12,
    used: 0.41,
    watts: 700,
  },
} as const satisfies Record<string, Run>;

/** Device hours between two unexpected interruptions of Llama 3: 419 in 54 days, 16,384 devices. */
const BETWEEN = (16384 * 54 * 24) / 419;

export interface Bill {
  /** Operations of the whole training. */
  readonly operations: number;
  readonly hours: number;
  readonly energyMWh: number;
  /** Interruptions expected in the whole training. */
  readonly failures: number;
  /** Hours between two of them. */
  readonly apart: number;
  /** Bytes of weights, gradients and Adam's averages. */
  readonly state: number;
}

export function billOf({ parameters, tokens, devices, peak, used, watts }: Omit<Run, "label">): Bill {
  const operations = 6 * parameters * tokens;
  const hours = operations / (devices * peak * used) / 3600;
  return {
    operations,
    hours,
    energyMWh: (devices * hours * watts) / 1e6,
    failures: (devices * hours) / BETWEEN,
    apart: BETWEEN / devices,
    state: 16 * parameters,
  };
}

/** The share of the time that goes into saves and into what is done again; all three in hours. */
export const lost = (interval: number, saving: number, apart: number): number =>
  saving / interval + interval / (2 * apart);

/** The interval with the smallest share (Young, 1974). */
export const best = (saving: number, apart: number): number => Math.sqrt(2 * saving * apart);
