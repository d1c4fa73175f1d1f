/** The row that makes a figure go: run, step, restart with the same start, and other seed. */

import { html, svg } from "../view/elements";
import { Clock, onStillness, prefersStillness } from "./clock";
import { newId } from "./controls";

export interface Steps<V> {
  /** The last step that there is. */
  readonly limit: (values: V) => number;
  /** Steps a second. */
  readonly pace: (step: number, values: V) => number;
  /** What one step is called. */
  readonly unit?: string;
  /** What it means to run. */
  readonly verb?: string;
  /** The step is not to be chosen by a slider. */
  readonly noSlider?: boolean;
}

interface Going {
  step: number;
  seed?: number;
}

const ICONS = {
  run: "M3 1.5v11l9.5-5.5z",
  pause: "M2.5 1.5h3.2v11H2.5zM8.3 1.5h3.2v11H8.3z",
  step: "M2 1.5v11L9 7zM10 1.5h2v11h-2z",
  restart: "M7 2.2a4.8 4.8 0 1 1-4.6 3.5l1.6.4A3.2 3.2 0 1 0 7 3.8v2L3.2 3 7 .2z",
  seed: "M2 2h10v10H2zM4.2 4.2v1.6h1.6V4.2zm2 2v1.6h1.6V6.2zm2 2v1.6h1.6V8.2z",
};

function icon(d: string): SVGElement {
  return svg(
    "svg",
    { viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" },
    svg("path", { d, "fill-rule": "evenodd" }),
  );
}

export class Runner<V extends object> {
  /** The row of buttons. */
  readonly element = html("div", { class: "live-run" });
  /** The seed, which stands among the settings: another seed is another start. */
  readonly seeds = html("div", { class: "live-control live-seed" });
  readonly clock: Clock;
  private readonly run = button("live-primary");
  private readonly one = button();
  private readonly again = button();
  private readonly other = button();
  private readonly seed = html("input", { type: "number", min: 0, max: 99999, step: 1 });
  private readonly slider = html("input", { type: "range", min: 0, step: 1 });
  private readonly place = html("span", { class: "live-value", "aria-hidden": "true" });

  constructor(
    private readonly steps: Steps<V>,
    private readonly values: () => V,
    private readonly change: (part: Partial<V>) => void,
    private readonly settled: () => void,
  ) {
    this.clock = new Clock(
      () => steps.pace(this.going.step, values()),
      (count) => this.move(count),
      () => {
        this.show();
        if (!this.clock.running) this.settled();
      },
    );
    this.run.addEventListener("click", () => this.pressRun());
    this.one.addEventListener("click", () => {
      this.clock.stop();
      this.move(1);
    });
    this.again.addEventListener("click", () => this.goTo(0));
    this.other.addEventListener("click", () => this.setSeed((this.going.seed ?? 0) + 1));
    this.seed.addEventListener("change", () => this.setSeed(Number(this.seed.value)));
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
    this.build();
    onStillness(() => {
      this.clock.stop();
      this.show();
    });
  }

  get seedAmongSettings(): boolean {
    return this.going.seed !== undefined && !this.steps.noSlider;
  }

  private get going(): Going {
    return this.values() as unknown as Going;
  }

  private build(): void {
    const id = newId();
    this.one.append(icon(ICONS.step), "Step");
    this.other.append(icon(ICONS.seed), "Other seed");
    this.element.append(html("div", { class: "live-buttons" }, this.run, this.one, this.again));
    if (!this.steps.noSlider) {
      this.slider.id = id;
      const label = html("label", { for: id, class: "live-hidden" }, this.steps.unit ?? "step");
      this.element.append(html("div", { class: "live-scrub" }, label, this.slider, this.place));
    }
    if (this.going.seed !== undefined) {
      const seedId = newId();
      this.seed.id = seedId;
      const label = html("div", { class: "live-label" }, html("label", { for: seedId }, "seed"));
      this.seeds.append(label, html("div", { class: "live-buttons" }, this.seed, this.other));
      if (this.steps.noSlider) this.element.append(this.seeds);
    }
  }

  show(): void {
    const { step, seed } = this.going;
    const limit = this.steps.limit(this.values());
    const { verb = "Run", unit = "step" } = this.steps;
    const still = prefersStillness();
    const [d, text] = this.clock.running
      ? [ICONS.pause, "Pause"]
      : still && step < limit
        ? [ICONS.run, `${this.leap(limit)} ${unit}s on`]
        : [ICONS.run, step >= limit && limit > 0 ? `${verb} again` : verb];
    relabel(this.run, d, text);
    relabel(this.again, ICONS.restart, "Restart");
    this.again.title = seed === undefined ? "Back to the same start" : `Back to the start of seed ${seed}`;
    this.one.disabled = step >= limit;
    this.again.disabled = step === 0;
    this.slider.max = String(limit);
    this.slider.value = String(step);
    this.slider.setAttribute("aria-valuetext", `${unit} ${step}`);
    this.slider.style.setProperty("--done", `${(100 * step) / Math.max(1, limit)}%`);
    this.place.textContent = `${unit} ${step}`;
    if (seed !== undefined && document.activeElement !== this.seed) this.seed.value = String(seed);
  }

  private pressRun(): void {
    const { step } = this.going;
    const limit = this.steps.limit(this.values());
    if (this.clock.running) this.clock.stop();
    else if (prefersStillness()) step >= limit ? this.goTo(0) : this.move(this.leap(limit));
    else {
      if (step >= limit) this.goTo(0);
      this.clock.start();
    }
  }

  /** How far one press goes where nothing is to move by itself. */
  private leap(limit: number): number {
    return Math.max(1, Math.round(limit / 10));
  }

  private move(count: number): boolean {
    const limit = this.steps.limit(this.values());
    const step = Math.min(limit, this.going.step + count);
    this.change({ step } as unknown as Partial<V>);
    return step < this.steps.limit(this.values());
  }

  private goTo(step: number): void {
    this.clock.stop();
    this.change({ step } as unknown as Partial<V>);
  }

  private setSeed(seed: number): void {
    if (!Number.isInteger(seed) || seed < 0) return;
    this.change({ seed: seed % 100000 } as unknown as Partial<V>);
    this.seed.value = String(this.going.seed);
  }
}

function button(look = ""): HTMLButtonElement {
  return html("button", { type: "button", class: `live-button ${look}` });
}

function relabel(element: HTMLButtonElement, d: string, text: string): void {
  if (element.dataset["label"] === text) return;
  element.dataset["label"] = text;
  element.replaceChildren(icon(d), text);
}
