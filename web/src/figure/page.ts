/** All figures of a page: each element with `data-live` gets the figure of that name. */

import { readHash } from "./address";
import { figureNamed } from "./figure";
import { Live } from "./live";

const figures = new Map<string, Live>();

/** Put the figures into their elements. What stands in an element stays where its figure cannot be made. */
export function start(root: ParentNode = document): void {
  const states = readHash(location.hash);
  for (const element of root.querySelectorAll<HTMLElement>("[data-live]:not([data-live-state])")) {
    const name = element.dataset["live"]!;
    const definition = figureNamed(name);
    if (!definition) continue;
    const id = freeId(element.dataset["liveId"] ?? name);
    try {
      figures.set(id, new Live(element, definition, id, states.get(id) ?? new Map(), () => dataOf(element, name)));
    } catch (error) {
      element.dataset["liveState"] = "failed";
      console.error(`looplab: the figure ${name} cannot be shown`, error);
    }
  }
  const linked = [...states.keys()].find((id) => figures.has(id));
  if (linked) requestAnimationFrame(() => figures.get(linked)!.show());
}

/** A link to a figure of the page that is open already. */
export function follow(): void {
  for (const [id, texts] of readHash(location.hash)) {
    figures.get(id)?.restore(texts);
    figures.get(id)?.show();
  }
}

function freeId(wanted: string): string {
  let id = wanted;
  for (let i = 2; figures.has(id); i++) id = `${wanted}-${i}`;
  return id;
}

/** What `<script type="application/json" data-live-data="NAME">` holds: in the element, else anywhere on the page. */
function dataOf(element: HTMLElement, name: string): unknown {
  const own = element.dataset["liveJson"];
  if (own !== undefined) return JSON.parse(own);
  const script = document.querySelector(`script[data-live-data="${CSS.escape(name)}"]`);
  if (!script?.textContent) throw new Error(`the page holds no data for ${name}`);
  return JSON.parse(script.textContent);
}
