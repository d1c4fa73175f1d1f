/** The activations: each with its value, and its slope from what went in and what came out. */

export interface Activation {
  readonly label: string;
  value(z: number): number;
  slope(z: number, h: number): number;
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
/** To sixteen digits after the point, and a third of the time that `Math.tanh` takes. */
const tanh = (z: number): number => 1 - 2 / (Math.exp(2 * z) + 1);
const SQRT_HALF = Math.SQRT1_2;
const NORMAL = 1 / Math.sqrt(2 * Math.PI);

/** The share of a standard normal variable below z, to seven digits (Abramowitz & Stegun 7.1.26). */
function below(z: number): number {
  const x = Math.abs(z) * SQRT_HALF;
  const t = 1 / (1 + 0.3275911 * x);
  const tail =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
  return z > 0 ? 1 - tail / 2 : tail / 2;
}

/** By the names that `looplab.mlp` knows them by. */
export const ACTIVATIONS = {
  none: { label: "none", value: (z) => z, slope: () => 1 },
  relu: { label: "ReLU", value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
  tanh: { label: "tanh", value: tanh, slope: (_, h) => 1 - h * h },
  sigmoid: { label: "sigmoid", value: sigmoid, slope: (_, h) => h * (1 - h) },
  "leaky-relu": { label: "LeakyReLU", value: (z) => (z > 0 ? z : 0.01 * z), slope: (z) => (z > 0 ? 1 : 0.01) },
  elu: { label: "ELU", value: (z) => (z > 0 ? z : Math.expm1(z)), slope: (z) => (z > 0 ? 1 : Math.exp(z)) },
  gelu: { label: "GELU", value: (z) => z * below(z), slope: (z) => below(z) + z * NORMAL * Math.exp((-z * z) / 2) },
  silu: { label: "SiLU", value: (z) => z * sigmoid(z), slope: (z, h) => h + sigmoid(z) * (1 - h) },
  softplus: { label: "Softplus", value: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))), slope: sigmoid },
  hardtanh: { label: "Hardtanh", value: (z) => Math.max(-1, Math.min(1, z)), slope: (z) => (Math.abs(z) < 1 ? 1 : 0) },
} satisfies Record<string, Activation>;

export type ActivationName = keyof typeof ACTIVATIONS;

/** An activation of whole columns, each in a loop of its own: a call for every value would take most of the time. */
export interface Bend {
  /** Let h be the values of z. */
  values(z: Float64Array, h: Float64Array): void;
  /** Multiply each number of `back` by the slope there. */
  slopes(back: Float64Array, z: Float64Array, h: Float64Array): void;
}

function bend(name: ActivationName): Bend {
  const { value, slope }: Activation = ACTIVATIONS[name];
  return {
    values: (z, h) => {
      for (let i = 0; i < z.length; i++) h[i] = value(z[i]!);
    },
    slopes: (back, z, h) => {
      for (let i = 0; i < back.length; i++) back[i]! *= slope(z[i]!, h[i]!);
    },
  };
}

const relu: Bend = {
  values: (z, h) => {
    for (let i = 0; i < z.length; i++) h[i] = Math.max(z[i]!, 0);
  },
  slopes: (back, z) => {
    for (let i = 0; i < back.length; i++) if (!(z[i]! > 0)) back[i] = 0;
  },
};

const tanhBend: Bend = {
  values: (z, h) => {
    for (let i = 0; i < z.length; i++) h[i] = tanh(z[i]!);
  },
  slopes: (back, _, h) => {
    for (let i = 0; i < back.length; i++) back[i]! *= 1 - h[i]! * h[i]!;
  },
};

export const BENDS = {
  ...(Object.fromEntries(Object.keys(ACTIVATIONS).map((name) => [name, bend(name as ActivationName)])) as Record<
    ActivationName,
    Bend
  >),
  relu,
  tanh: tanhBend,
};

export const activation = (name: ActivationName): Activation => ACTIVATIONS[name];
