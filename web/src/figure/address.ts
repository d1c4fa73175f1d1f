/**
 * The state of the figures in the address, behind the #: `#parabola.lr=0.1&parabola.step=12`.
 *
 * So a figure can be linked to as it stands. An address without such parts is left alone: it may name a section.
 */

export type Texts = ReadonlyMap<string, string>;

/** From an address's part behind the #, what it says about each figure. */
export function readHash(hash: string): Map<string, Map<string, string>> {
  const figures = new Map<string, Map<string, string>>();
  for (const part of hash.replace(/^#/, "").split("&")) {
    const found = /^([^.=]+)\.([^=]+)=(.*)$/.exec(part);
    if (!found) continue;
    const [figure, key, text] = found.slice(1).map(decode) as [string, string, string];
    figures.set(figure, (figures.get(figure) ?? new Map()).set(key, text));
  }
  return figures;
}

export function writeHash(figures: ReadonlyMap<string, Texts>): string {
  const parts = [...figures].flatMap(([figure, texts]) =>
    [...texts].map(([key, text]) => `${encode(figure)}.${encode(key)}=${encode(text)}`),
  );
  return parts.length ? `#${parts.join("&")}` : "";
}

const encode = (text: string): string => encodeURIComponent(text).replaceAll("%2C", ",");

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address that has this figure's state, and the states of the others as they are. */
export function hashWith(hash: string, figure: string, texts: Texts): string {
  const figures: Map<string, Texts> = readHash(hash);
  figures.delete(figure);
  if (texts.size) figures.set(figure, texts);
  return writeHash(figures);
}

/** Put a figure's state into the address, without a new entry in the history and without scrolling. */
export function keepInAddress(figure: string, texts: Texts): void {
  const before = location.hash;
  const after = hashWith(before, figure, texts);
  const plainSection = before !== "" && readHash(before).size === 0;
  if (after === before || (after === "" && plainSection)) return;
  try {
    history.replaceState(history.state, "", after || location.pathname + location.search);
  } catch {
    // A browser may forbid it for files, or when it comes too often; the figure works without.
  }
}
