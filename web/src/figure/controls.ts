/** The controls below a figure: sliders, choices and switches, each for one setting, made of the browser's own inputs. */

import { plain } from "../plot/format";
import { html, setAttributes } from "../view/elements";

/** A place on a slider that has a name. */
export interface Notch {
  readonly at: number;
  readonly label: string;
}

interface Common<V> {
  /** Whether it is there at all. */
  readonly when?: (values: V) => boolean;
}

export interface Slider<V> extends Common<V> {
  readonly kind: "slider";
  readonly key: keyof V & string;
  readonly label: string;
  /** The values that it stops at. */
  readonly stops: readonly number[] | ((values: V) => readonly number[]);
  readonly format?: (value: number, values: V) => string;
  readonly notch?: (values: V) => Notch;
  /** What it says about its value is long. */
  readonly wide?: boolean;
}

export interface Choice<V> extends Common<V> {
  readonly kind: "choice";
  readonly key: keyof V & string;
  readonly label: string;
  /** From values to what stands on the button. */
  readonly options: Record<string, string>;
}

/** One of many, in a menu. */
export interface Menu<V> extends Common<V> {
  readonly kind: "menu";
  readonly key: keyof V & string;
  readonly label: string;
  readonly options: Record<string, string>;
}

export interface Toggle<V> extends Common<V> {
  readonly kind: "toggle";
  readonly key: keyof V & string;
  readonly label: string;
}

export type Control<V> = Slider<V> | Choice<V> | Menu<V> | Toggle<V>;

export interface Shown<V> {
  readonly element: HTMLElement;
  show(values: V): void;
}

export type Change<V> = (part: Partial<V>) => void;

let made = 0;
export const newId = (): string => `live-${++made}`;

export function makeControl<V>(control: Control<V>, change: Change<V>): Shown<V> {
  const shown = make(control, change);
  return {
    element: shown.element,
    show: (values) => {
      shown.element.hidden = control.when ? !control.when(values) : false;
      if (!shown.element.hidden) shown.show(values);
    },
  };
}

function make<V>(control: Control<V>, change: Change<V>): Shown<V> {
  switch (control.kind) {
    case "slider":
      return slider(control, change);
    case "choice":
      return choice(control, change);
    case "menu":
      return menu(control, change);
    case "toggle":
      return toggle(control, change);
  }
}

function only<V>(key: keyof V, value: unknown): Partial<V> {
  return { [key]: value } as Partial<V>;
}

export function nearest(stops: readonly number[], value: number): number {
  let best = 0;
  stops.forEach((stop, i) => {
    if (Math.abs(stop - value) < Math.abs(stops[best]! - value)) best = i;
  });
  return best;
}

/** Where on the slider a value lies, in stops; between two of them in proportion. */
function position(stops: readonly number[], value: number): number {
  const after = stops.findIndex((stop) => stop >= value);
  if (after <= 0) return after === 0 ? 0 : stops.length - 1;
  const [low, high] = [stops[after - 1]!, stops[after]!];
  return after - 1 + (value - low) / (high - low);
}

function slider<V>(control: Slider<V>, change: Change<V>): Shown<V> {
  const id = newId();
  const input = html("input", { type: "range", id, min: 0, step: 1 });
  const output = html("span", { class: "live-value", "aria-hidden": "true" }); // the slider itself says its value
  const notch = html("span", { class: "live-notch", "aria-hidden": "true" });
  const element = html(
    "div",
    { class: `live-control ${control.wide ? "live-wide" : ""}` },
    html("div", { class: "live-label" }, html("label", { for: id }, control.label), output),
    html("div", { class: "live-track" }, notch, input),
  );
  let stops: readonly number[] = [];
  input.addEventListener("input", () => change(only<V>(control.key, stops[Number(input.value)])));
  return {
    element,
    show: (values) => {
      stops = typeof control.stops === "function" ? control.stops(values) : control.stops;
      const value = values[control.key] as number;
      const text = (control.format ?? plain)(value, values);
      input.max = String(stops.length - 1);
      input.value = String(nearest(stops, value));
      input.style.setProperty("--done", `${(100 * nearest(stops, value)) / Math.max(1, stops.length - 1)}%`);
      setAttributes(input, { "aria-valuetext": text });
      output.textContent = text;
      const named = control.notch?.(values);
      notch.hidden = !named;
      if (named) {
        notch.textContent = named.label;
        notch.style.setProperty("--at", String(position(stops, named.at) / Math.max(1, stops.length - 1)));
      }
    },
  };
}

function choice<V>(control: Choice<V>, change: Change<V>): Shown<V> {
  const name = newId();
  const inputs = Object.keys(control.options).map((value) => html("input", { type: "radio", name, value }));
  const segments = inputs.map((input) => html("label", {}, input, html("span", {}, control.options[input.value]!)));
  const element = html(
    "fieldset",
    { class: "live-control live-choice" },
    html("legend", {}, control.label),
    html("div", { class: "live-segments" }, ...segments),
  );
  for (const input of inputs) input.addEventListener("change", () => change(only<V>(control.key, input.value)));
  return {
    element,
    show: (values) => {
      for (const input of inputs) input.checked = input.value === String(values[control.key]);
    },
  };
}

function menu<V>(control: Menu<V>, change: Change<V>): Shown<V> {
  const id = newId();
  const options = Object.entries(control.options).map(([value, label]) => html("option", { value }, label));
  const select = html("select", { id }, ...options);
  const element = html(
    "div",
    { class: "live-control live-menu" },
    html("div", { class: "live-label" }, html("label", { for: id }, control.label)),
    select,
  );
  select.addEventListener("change", () => change(only<V>(control.key, select.value)));
  return {
    element,
    show: (values) => {
      select.value = String(values[control.key]);
    },
  };
}

function toggle<V>(control: Toggle<V>, change: Change<V>): Shown<V> {
  const input = html("input", { type: "checkbox", role: "switch" });
  const element = html("label", { class: "live-control live-toggle" }, input, html("span", {}, control.label));
  input.addEventListener("change", () => change(only<V>(control.key, input.checked)));
  return {
    element,
    show: (values) => {
      input.checked = Boolean(values[control.key]);
    },
  };
}
