/** What a figure can be set to. Every setting can be written into the address and read from it. */

export interface Setting<T> {
  readonly start: T;
  /** The value that a text stands for; undefined where it stands for none. */
  read(text: string): T | undefined;
  write(value: T): string;
}

// biome-ignore lint/suspicious/noExplicitAny: the values of a figure's settings are as different as they are
export type Settings = Record<string, Setting<any>>;
export type Values<S extends Settings> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** A number between two bounds. */
export function number(start: number, low: number, high: number): Setting<number> {
  return {
    start,
    read: (text) => {
      const value = Number(text);
      return text.trim() === "" || !Number.isFinite(value) ? undefined : Math.min(high, Math.max(low, value));
    },
    write: (value) => String(Number(value.toPrecision(6))),
  };
}

/** A whole number between two bounds. */
export function whole(start: number, low: number, high: number): Setting<number> {
  const { read, write } = number(start, low, high);
  return {
    start,
    read: (text) => {
      const value = read(text);
      return value === undefined ? undefined : Math.round(value);
    },
    write,
  };
}

/** Whole numbers between two bounds, as many as there are at the start. */
export function wholes(start: readonly number[], low: number, high: number): Setting<readonly number[]> {
  const one = whole(low, low, high);
  return {
    start,
    read: (text) => {
      const values = text.split(",").map((part) => one.read(part));
      return values.length === start.length && !values.includes(undefined) ? (values as number[]) : undefined;
    },
    write: (values) => values.join(),
  };
}

export function oneOf<const T extends string>(start: NoInfer<T>, choices: readonly T[]): Setting<T> {
  return { start, read: (text) => choices.find((choice) => choice === text), write: (value) => value };
}

export function flag(start: boolean): Setting<boolean> {
  return {
    start,
    read: (text) => (text === "yes" ? true : text === "no" ? false : undefined),
    write: (value) => (value ? "yes" : "no"),
  };
}

export function startValues<S extends Settings>(settings: S): Values<S> {
  return Object.fromEntries(Object.entries(settings).map(([key, { start }]) => [key, start])) as Values<S>;
}

/** What texts say about settings; what they do not say stays as it starts. */
export function readValues<S extends Settings>(settings: S, texts: ReadonlyMap<string, string>): Values<S> {
  const values = startValues(settings);
  for (const [key, setting] of Object.entries(settings)) {
    const text = texts.get(key);
    const value = text === undefined ? undefined : setting.read(text);
    if (value !== undefined) values[key as keyof S] = value;
  }
  return values;
}

/** The settings that are not as they start. */
export function writeValues<S extends Settings>(settings: S, values: Values<S>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, setting] of Object.entries(settings)) {
    const text = setting.write(values[key]);
    if (text !== setting.write(setting.start)) texts.set(key, text);
  }
  return texts;
}
