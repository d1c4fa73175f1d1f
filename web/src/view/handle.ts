/** A point that can be dragged with mouse, finger and arrow keys. */

import { html, setAttributes } from "./elements";

export interface Handle {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  /** What a screen reader says of where it stands. */
  readonly text: string;
  readonly look?: string;
  /** The pointer has dragged it here. */
  readonly drag: (x: number, y: number) => void;
  /** Arrow keys: how many steps to the right and upward; ten at once with Shift. */
  readonly nudge: (right: number, up: number) => void;
  /** For `aria-valuenow`. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export class HandleElement {
  readonly element = html("div", { class: "live-handle", role: "slider", tabindex: 0 });
  private handle: Handle | undefined;
  /** From the pointer to the middle of the handle, while it is dragged. */
  private offset: [number, number] | undefined;

  constructor() {
    const { element } = this;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const { left, top, width, height } = element.getBoundingClientRect();
      this.offset = [left + width / 2 - event.clientX, top + height / 2 - event.clientY];
      element.setPointerCapture(event.pointerId);
      element.focus({ preventScroll: true });
      event.preventDefault();
    });
    element.addEventListener("pointermove", (event) => {
      const frame = element.parentElement?.getBoundingClientRect();
      if (!this.offset || !frame) return;
      this.handle?.drag(event.clientX - frame.left + this.offset[0], event.clientY - frame.top + this.offset[1]);
    });
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => (this.offset = undefined));
    element.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
      const many = event.shiftKey ? 10 : 1;
      this.handle?.nudge(arrow[0] * many, arrow[1] * many);
      event.preventDefault();
    });
  }

  show(handle: Handle): void {
    this.handle = handle;
    this.element.style.transform = `translate(${handle.x.toFixed(1)}px, ${handle.y.toFixed(1)}px)`;
    this.element.className = `live-handle ${handle.look ?? ""}`;
    setAttributes(this.element, {
      "aria-label": handle.label,
      "aria-valuetext": handle.text,
      "aria-valuenow": Number(handle.value.toPrecision(4)),
      "aria-valuemin": handle.low,
      "aria-valuemax": handle.high,
    });
  }
}
