/** The colours of the page as it is now, by day or by night, for what is painted on canvases. */

export type Rgb = readonly [number, number, number];

export class Palette {
  private readonly known = new Map<string, Rgb>();

  constructor(private readonly element: Element) {}

  /** The colour of a custom property, `--live-network` for "network". */
  rgb(name: string): Rgb {
    const known = this.known.get(name);
    if (known) return known;
    const colour = parse(getComputedStyle(this.element).getPropertyValue(`--live-${name}`).trim());
    this.known.set(name, colour);
    return colour;
  }

  css(name: string, alpha = 1): string {
    const [r, g, b] = this.rgb(name);
    return `rgba(${r},${g},${b},${alpha})`;
  }

  /** What tells one set of colours from another. */
  get stamp(): string {
    return this.rgb("paper").join();
  }

  forget(): void {
    this.known.clear();
  }
}

function parse(text: string): Rgb {
  const hex = /^#([0-9a-f]{6})$/i.exec(text);
  if (!hex) return [128, 128, 128];
  const value = Number.parseInt(hex[1]!, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const t = Math.min(1, Math.max(0, share));
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

/** Colours along a row of colours, for shares from 0 to 1. */
export function ramp(colours: readonly Rgb[], share: number): Rgb {
  const place = Math.min(1, Math.max(0, share)) * (colours.length - 1);
  const at = Math.min(colours.length - 2, Math.floor(place));
  return mix(colours[at]!, colours[at + 1]!, place - at);
}

/** Call when the page turns from day to night or back. */
export function onThemeChange(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  new MutationObserver(changed).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
}
