/** What a step costs on many devices: compute, messages, and waiting, for three ways to share the work. */

export interface Setup {
  readonly parameters: number;
  /** Rows of a batch; of each device's where the batch grows. */
  readonly rows: number;
  /** Whether each device brings rows of its own (weak scaling). */
  readonly grows: boolean;
  /** Floating-point operations a second of a device. */
  readonly speed: number;
  /** Bytes a second between two devices. */
  readonly bandwidth: number;
  /** Seconds to begin a message. */
  readonly latency: number;
}

/** Seconds of a step. */
export interface Parts {
  readonly compute: number;
  readonly messages: number;
  readonly idle: number;
}

export const KINDS = ["data", "tensor", "pipeline"] as const;
export type Kind = (typeof KINDS)[number];

const FLOAT = 4;
/** Parts that a pipeline cuts a batch into, where it has so many rows. */
const MICRO_BATCHES = 32;

/** Layers, and units of each, of a transformer with so many parameters: 12 · layers · width², with width = 128 · layers. */
export function shapeOf(parameters: number): { layers: number; width: number } {
  const layers = Math.max(1, Math.round(Math.cbrt(parameters / (12 * 128 * 128))));
  return { layers, width: Math.max(1, Math.round(Math.sqrt(parameters / (12 * layers)))) };
}

/** The most devices that have something to do. */
export function most(kind: Kind, { parameters, rows, grows }: Setup): number {
  if (kind === "data") return grows ? Infinity : rows;
  const { layers, width } = shapeOf(parameters);
  return kind === "tensor" ? width : layers;
}

/** The time of an all-reduce in a ring. */
export function ring(bytes: number, devices: number, { bandwidth, latency }: Setup): number {
  return 2 * (devices - 1) * (latency + bytes / (devices * bandwidth));
}

/** The parts of a step with so many devices, of which none is without work. */
export function partsOf(kind: Kind, setup: Setup, devices: number): Parts {
  const { parameters, rows, grows, speed, bandwidth, latency } = setup;
  const { layers, width } = shapeOf(parameters);
  const all = grows ? rows * devices : rows;
  const compute = (6 * parameters * all) / (devices * speed);
  if (kind === "data") return { compute, messages: ring(FLOAT * parameters, devices, setup), idle: 0 };
  if (kind === "tensor") return { compute, messages: 4 * layers * ring(FLOAT * all * width, devices, setup), idle: 0 };
  const parts = Math.min(MICRO_BATCHES, all);
  const sends = devices > 1 ? 2 * (parts + devices - 2) : 0;
  const messages = sends * (latency + (FLOAT * (all / parts) * width) / bandwidth);
  return { compute, messages, idle: (compute * (devices - 1)) / parts };
}

/** Rows a second, as a multiple of those of one device. */
export function speedup(kind: Kind, setup: Setup, devices: number): number {
  const { compute, messages, idle } = partsOf(kind, setup, devices);
  const alone = (6 * setup.parameters * setup.rows) / setup.speed;
  return ((setup.grows ? devices : 1) * alone) / (compute + messages + idle);
}
