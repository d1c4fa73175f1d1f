/** What a figure is, and the one list of all figures, by name. */

import type { Stage } from "../view/stage";
import type { Control } from "./controls";
import type { Steps } from "./run";
import type { Settings, Values } from "./settings";
import type { Palette } from "./theme";

/** What a figure can ask of the page. */
export interface Host<V> {
  readonly values: V;
  change(part: Partial<V>): void;
  /** The data that the page holds for it. */
  data<T>(): T;
  readonly palette: Palette;
  /** Draw again, at the next occasion. */
  redraw(): void;
}

export interface Parts<V> {
  readonly controls: readonly Control<V>[];
  /** Where there is something to run: the settings hold `step`, and perhaps `seed`. */
  readonly steps?: Steps<V>;
  draw(stage: Stage, values: V): void;
  /** What can be seen, in one or two sentences. */
  words(values: V): string;
  /** What else changes when the reader changes some settings. */
  follow?(changed: Partial<V>, values: V): Partial<V>;
}

export interface Definition<S extends Settings> {
  readonly name: string;
  readonly title: string;
  readonly settings: S;
  /** What is set otherwise in the still picture, which stands on the page where no script runs. */
  readonly still: Partial<Values<S>>;
  /** It runs by itself as soon as it is seen, unless the reader wants no motion. */
  readonly startsByItself?: boolean;
  make(host: Host<Values<S>>): Parts<Values<S>>;
}

// biome-ignore lint/suspicious/noExplicitAny: the settings of the figures differ
export type AnyFigure = Definition<any>;

const figures = new Map<string, AnyFigure>();

/** Register a figure. It is shown in each element whose `data-live` is its name. */
export function figure<const S extends Settings>(definition: Definition<S>): void {
  if (figures.has(definition.name)) throw new Error(`two figures are called ${definition.name}`);
  figures.set(definition.name, definition);
}

export const figureNamed = (name: string): AnyFigure | undefined => figures.get(name);
export const figureNames = (): string[] => [...figures.keys()];
