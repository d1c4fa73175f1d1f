/** A figure in its place on the page. */

import { html } from "../view/elements";
import { Stage } from "../view/stage";
import { keepInAddress, type Texts, writeHash } from "./address";
import { prefersStillness } from "./clock";
import { makeControl, newId, type Shown } from "./controls";
import type { AnyFigure, Host, Parts } from "./figure";
import { Runner } from "./run";
import { readValues, writeValues } from "./settings";
import { onThemeChange, Palette } from "./theme";

/** How long nothing must have changed before the address is written and the words are spoken. */
const SETTLED_MS = 500;

// biome-ignore lint/suspicious/noExplicitAny: the settings of the figures differ
type Anything = any;

export class Live {
  private values: Anything;
  private readonly stage: Stage;
  private readonly parts: Parts<Anything>;
  private readonly palette: Palette;
  private readonly controls: Shown<Anything>[];
  private readonly runner: Runner<Anything> | undefined;
  private readonly words = html("p", { class: "live-words" });
  private readonly spoken = html("p", { class: "live-hidden", role: "status" });
  private readonly link = html("a", { class: "live-link", title: "A link to the figure as it stands" }, "Link");
  private readonly frame: HTMLElement;
  private width = 0;
  private drawn = 0;
  private timer = 0;

  /**
   * @param id tells it from the other figures of the page, in the address.
   * @param texts what the address says about it.
   */
  constructor(
    private readonly place: HTMLElement,
    private readonly definition: AnyFigure,
    private readonly id: string,
    texts: Texts,
    private readonly data: () => unknown,
  ) {
    this.values = readValues(definition.settings, texts);
    if (place.hasAttribute("data-live-still")) this.values = { ...this.values, ...definition.still };
    this.palette = new Palette(place);
    this.stage = new Stage(definition.title);
    this.parts = definition.make(this.host());
    const change = (part: Anything): void => this.change(part);
    this.controls = this.parts.controls.map((control) => makeControl(control, change));
    const { steps } = this.parts;
    this.runner =
      steps &&
      new Runner(
        steps,
        () => this.values,
        change,
        () => this.settleLater(),
      );
    this.values = { ...this.values, ...this.clamped() };
    this.frame = this.build();
    place.replaceChildren(this.frame);
    place.id ||= `figure-${id}`;
    this.pointLink(texts);
    place.dataset["liveState"] = "on";
    this.watch();
  }

  private host(): Host<Anything> {
    const live = this;
    return {
      get values() {
        return live.values;
      },
      change: (part) => this.change(part),
      data: <T>() => this.data() as T,
      palette: this.palette,
      redraw: () => this.drawSoon(),
    };
  }

  private build(): HTMLElement {
    const title = html("p", { class: "live-title", id: newId() }, this.definition.title);
    const settings = this.controls.map(({ element }) => element);
    if (this.runner?.seedAmongSettings) settings.push(this.runner.seeds);
    const controls = html("div", { class: "live-controls" }, ...settings);
    return html(
      "div",
      { class: "live-figure", role: "group", "aria-labelledby": title.id },
      html("div", { class: "live-head" }, title, this.link),
      this.stage.element,
      this.words,
      ...(this.runner ? [this.runner.element] : []),
      ...(settings.length ? [controls] : []),
      this.spoken,
    );
  }

  private watch(): void {
    new ResizeObserver(() => {
      const width = Math.floor(this.stage.element.clientWidth);
      if (width === this.width || width === 0) return;
      this.width = width;
      this.draw();
    }).observe(this.stage.element);
    onThemeChange(() => {
      this.palette.forget();
      this.drawSoon();
    });
    let first = true;
    new IntersectionObserver((entries) => {
      const seen = entries.at(-1)!.isIntersecting;
      if (!seen) this.runner?.clock.stop();
      else if (first && this.startsByItself()) this.runner?.clock.start();
      if (seen) first = false;
    }).observe(this.place);
  }

  private startsByItself(): boolean {
    return (
      Boolean(this.definition.startsByItself) && !prefersStillness() && !this.place.hasAttribute("data-live-still")
    );
  }

  /** Change some settings, and draw. */
  change(part: Anything): void {
    this.values = { ...this.values, ...part };
    this.values = { ...this.values, ...this.parts.follow?.(part, this.values) };
    this.values = { ...this.values, ...this.clamped() };
    this.drawSoon();
    this.settleLater();
  }

  /** Set everything to what an address says. */
  restore(texts: Texts): void {
    this.runner?.clock.stop();
    this.values = readValues(this.definition.settings, texts);
    this.values = { ...this.values, ...this.clamped() };
    this.drawSoon();
  }

  show(): void {
    this.frame.scrollIntoView({ block: "center" });
  }

  private clamped(): Anything {
    const limit = this.parts.steps?.limit(this.values);
    return limit === undefined || this.values.step <= limit ? {} : { step: limit };
  }

  private drawSoon(): void {
    this.drawn ||= requestAnimationFrame(() => this.draw());
    this.frame.toggleAttribute("data-live-busy", true);
  }

  private draw(): void {
    cancelAnimationFrame(this.drawn);
    this.drawn = 0;
    if (!this.width) return;
    this.stage.begin(this.width);
    this.parts.draw(this.stage, this.values);
    this.stage.end();
    this.frame.toggleAttribute("data-live-busy", this.drawn !== 0); // a figure that is not done has asked to draw again
    for (const control of this.controls) control.show(this.values);
    this.runner?.show();
    const words = this.parts.words(this.values);
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  private pointLink(texts: Texts): void {
    this.link.href = writeHash(new Map([[this.id, texts]])) || `#${this.place.id}`;
  }

  private settleLater(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.runner?.clock.running) return;
      if (this.spoken.textContent !== this.words.textContent) this.spoken.textContent = this.words.textContent;
      const texts = writeValues(this.definition.settings, this.values);
      keepInAddress(this.id, texts);
      this.pointLink(texts);
    }, SETTLED_MS);
  }
}
