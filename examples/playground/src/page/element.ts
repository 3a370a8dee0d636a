/** The element of that id. */
export function byId<Found extends HTMLElement>(id: string, type: new () => Found): Found {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} #${id}`);
  return found;
}

/** The first element within another that a selector finds. */
export function within<Found extends Element>(parent: ParentNode, selector: string, type: new () => Found): Found {
  const found = parent.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} at ${selector}`);
  return found;
}

/** A new element with a class and text. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = '',
  text = '',
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** An option of a select. */
export function option(value: string, text: string): HTMLOptionElement {
  const made = make('option', '', text);
  made.value = value;
  return made;
}

/** Whether the user would rather have nothing move. */
export const prefersStill = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

export const percent = (share: number): string => `${(100 * share).toFixed(share > 0.9995 || share === 0 ? 0 : 1)} %`;
