/** Making elements without a framework: attributes and text only, so nothing that was said can ever become markup. */

export type Child = Node | string | null | false;

type Listener = (event: never) => void;

/** A function listens to the event of its name without `on`; `false` and `undefined` set nothing. */
export type Attributes = Readonly<Record<string, string | number | boolean | Listener | undefined>>;

export type Tag = keyof HTMLElementTagNameMap;

/** An element with attributes, listeners and children. */
export function el<T extends Tag>(
  tag: T,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** Set a text, but touch nothing when it is the same: a live region speaks at every touch. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
