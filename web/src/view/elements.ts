/** Making and keeping elements: each picture asks for what it wants by key, and what it no longer asks for goes. */

const SVG = "http://www.w3.org/2000/svg";

export type Attributes = Record<string, string | number | undefined>;

export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

export function svg(tag: string, attributes: Attributes = {}, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
}

/** The children of one element, by key, in the order in which a picture asks for them. */
export class Kept<E extends Element> {
  private readonly known = new Map<string, E>();
  private readonly asked = new Set<string>();
  private last: E | null = null;

  constructor(private readonly parent: Element) {}

  begin(): void {
    this.asked.clear();
    this.last = null;
  }

  get(key: string, make: () => E): E {
    if (this.asked.has(key)) throw new Error(`drawn twice: ${key}`);
    this.asked.add(key);
    let element = this.known.get(key);
    if (!element) this.known.set(key, (element = make()));
    const place: ChildNode | null = this.last ? this.last.nextSibling : this.parent.firstChild;
    if (place !== element) this.parent.insertBefore(element, place);
    this.last = element;
    return element;
  }

  end(): void {
    for (const [key, element] of this.known) {
      if (this.asked.has(key)) continue;
      element.remove();
      this.known.delete(key);
    }
  }
}
