/**
 * What a figure draws on: canvases below, one SVG over them, and over that what can be taken hold of.
 *
 * A figure draws the whole picture each time and names every part by a key; the stage changes what has changed. Lengths
 * are CSS pixels, so text has the same size however wide the figure is.
 */

import { type Attributes, html, Kept, setAttributes, svg } from "./elements";
import { type Handle, HandleElement } from "./handle";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Press {
  readonly label: string;
  readonly pressed?: boolean;
  /** Of the buttons of a group only this one is reached with Tab; from it the arrow keys lead to the others. */
  readonly tabbable?: boolean;
  readonly press: () => void;
  /** The pointer or the focus has come, or has gone. */
  readonly look?: (here: boolean) => void;
}

/** The pointer is here, in pixels of the stage; whether a stroke begins with it. */
export type Stroke = (x: number, y: number, begins: boolean) => void;

export class Stage {
  readonly element: HTMLElement;
  width = 0;
  height = 0;
  private readonly drawing = svg("svg", { class: "live-drawing", role: "img" });
  private readonly canvases: Kept<HTMLCanvasElement>;
  private readonly marks: Kept<SVGElement>;
  private readonly grips: Kept<HTMLElement>;
  private readonly handles = new WeakMap<HTMLElement, HandleElement>();
  private readonly presses = new WeakMap<HTMLElement, Press>();
  private readonly turns = new WeakMap<HTMLElement, (right: number) => void>();
  private readonly strokes = new WeakMap<HTMLElement, Stroke>();
  private touched: ((x: number, y: number) => void) | undefined;

  constructor(title: string) {
    const below = html("div", { class: "live-canvases", "aria-hidden": "true" });
    const above = html("div", { class: "live-grips" });
    this.element = html("div", { class: "live-stage" }, below, this.drawing, above);
    this.drawing.setAttribute("aria-label", title);
    this.canvases = new Kept(below);
    this.marks = new Kept(this.drawing);
    this.grips = new Kept(above);
    this.drawing.addEventListener("click", (event) => {
      const { left, top } = this.drawing.getBoundingClientRect();
      this.touched?.(event.clientX - left, event.clientY - top);
    });
  }

  begin(width: number): void {
    this.width = width;
    this.touched = undefined;
    for (const kept of [this.canvases, this.marks, this.grips]) kept.begin();
  }

  end(): void {
    for (const kept of [this.canvases, this.marks, this.grips]) kept.end();
    setAttributes(this.drawing, { width: this.width, height: this.height });
    this.element.style.height = `${this.height}px`;
    this.drawing.classList.toggle("live-touchable", this.touched !== undefined);
  }

  /** Any SVG element. */
  mark(key: string, tag: string, attributes: Attributes): SVGElement {
    const element = this.marks.get(`${tag}:${key}`, () => svg(tag));
    setAttributes(element, attributes);
    return element;
  }

  path(key: string, d: string, look: string, more: Attributes = {}): void {
    this.mark(key, "path", { d, class: look, ...more });
  }

  text(key: string, x: number, y: number, text: string, look = "", anchor: "start" | "middle" | "end" = "start"): void {
    const element = this.mark(key, "text", {
      x: x.toFixed(1),
      y: y.toFixed(1),
      class: `live-text ${look}`,
      "text-anchor": anchor,
    });
    if (element.textContent !== text) element.textContent = text;
  }

  /** A square with a text in it, which glides to where it is next. */
  piece(key: string, x: number, y: number, size: number, text: string, tone: string): void {
    const square = this.mark(`square ${key}`, "rect", {
      width: 20,
      height: 20,
      rx: 4,
      class: `live-filled live-mover live-tone-${tone}`,
    });
    const label = this.mark(`label ${key}`, "text", {
      x: 10,
      y: 14,
      class: `live-text live-piece live-mover live-toned live-tone-on-${tone}`,
      "text-anchor": "middle",
    });
    if (label.textContent !== text) label.textContent = text;
    for (const part of [square, label])
      part.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px) scale(${(size / 20).toFixed(3)})`;
  }

  box(key: string, box: Box, look: string, radius = 0): void {
    this.mark(key, "rect", { ...rounded(box), class: look, rx: radius });
  }

  /** A canvas, painted anew where `stamp` is another than at the last picture. */
  canvas(key: string, box: Box, stamp: string, paint: (context: CanvasRenderingContext2D) => void): void {
    const canvas = this.canvases.get(key, () => html("canvas"));
    const density = Math.min(3, window.devicePixelRatio || 1);
    const { width, height } = box;
    const whole = `${stamp}|${width}×${height}×${density}`;
    canvas.style.cssText = cssBox(box);
    if (canvas.dataset["stamp"] === whole) return;
    canvas.dataset["stamp"] = whole;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    const context = canvas.getContext("2d");
    if (!context) return;
    context.scale(density, density);
    paint(context);
  }

  /** A point that can be dragged and moved with the arrow keys. */
  handle(key: string, handle: Handle): void {
    const element = this.grips.get(`handle:${key}`, () => {
      const made = new HandleElement();
      this.handles.set(made.element, made);
      return made.element;
    });
    this.handles.get(element)!.show(handle);
  }

  /** An area that can be pressed. */
  button(key: string, box: Box, press: Press): void {
    const element = this.grips.get(`button:${key}`, () => {
      const made = html("button", { type: "button", class: "live-area" });
      made.addEventListener("click", () => this.presses.get(made)!.press());
      made.addEventListener("keydown", (event) => moveFocus(made, event));
      for (const come of ["mouseenter", "focus"])
        made.addEventListener(come, () => this.presses.get(made)!.look?.(true));
      for (const gone of ["mouseleave", "blur"])
        made.addEventListener(gone, () => this.presses.get(made)!.look?.(false));
      return made;
    });
    this.presses.set(element, press);
    element.style.cssText = cssBox(box);
    setAttributes(element, {
      "aria-label": press.label,
      "aria-pressed": press.pressed === undefined ? undefined : String(press.pressed),
      tabindex: press.tabbable === false ? -1 : 0,
    });
  }

  /** An area that can be turned with mouse or finger; there must be another way for keys. */
  turnable(key: string, box: Box, turn: (right: number) => void): void {
    const element = this.grips.get(`turn:${key}`, () => {
      const made = html("div", { class: "live-turn", "aria-hidden": "true" });
      made.addEventListener("pointerdown", (event) => made.setPointerCapture(event.pointerId));
      made.addEventListener("pointermove", (event) => {
        if (made.hasPointerCapture(event.pointerId)) this.turns.get(made)!(event.movementX);
      });
      return made;
    });
    this.turns.set(element, turn);
    element.style.cssText = cssBox(box);
  }

  /** An area to draw in with mouse or finger; there must be another way for keys. */
  drawable(key: string, box: Box, stroke: Stroke): void {
    const element = this.grips.get(`draw:${key}`, () => {
      const made = html("div", { class: "live-draw", "aria-hidden": "true" });
      const tell = (event: PointerEvent, begins: boolean): void => {
        const { left, top } = this.element.getBoundingClientRect();
        this.strokes.get(made)!(event.clientX - left, event.clientY - top, begins);
      };
      made.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        made.setPointerCapture(event.pointerId);
        tell(event, true);
      });
      made.addEventListener("pointermove", (event) => {
        if (made.hasPointerCapture(event.pointerId)) tell(event, false);
      });
      return made;
    });
    this.strokes.set(element, stroke);
    element.style.cssText = cssBox(box);
  }

  /** What happens where the picture itself is clicked or tapped. */
  onTouch(touched: (x: number, y: number) => void): void {
    this.touched = touched;
  }
}

function rounded({ x, y, width, height }: Box): Attributes {
  return {
    x: x.toFixed(1),
    y: y.toFixed(1),
    width: Math.max(0, width).toFixed(1),
    height: Math.max(0, height).toFixed(1),
  };
}

/** Arrow keys go from one button to the next that lies in their direction. */
function moveFocus(from: HTMLElement, event: KeyboardEvent): void {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
  const middle = (element: Element): [number, number] => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const [x, y] = middle(from);
  let best: HTMLElement | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const other of from.parentElement!.querySelectorAll<HTMLElement>(".live-area")) {
    const [ox, oy] = middle(other);
    const ahead = (ox - x) * way[0]! + (oy - y) * way[1]!;
    const aside = Math.abs((ox - x) * way[1]!) + Math.abs((oy - y) * way[0]!);
    if (ahead < 4 || aside > 2 * ahead || ahead + 3 * aside >= least) continue;
    [best, least] = [other, ahead + 3 * aside];
  }
  event.preventDefault();
  best?.focus();
}

const cssBox = ({ x, y, width, height }: Box): string => `left:${x}px;top:${y}px;width:${width}px;height:${height}px`;
