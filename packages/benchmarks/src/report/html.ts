/** Markup that is safe to stand in a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character]);

type Part = Html | string | number | readonly Part[];

function write(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return part.map(write).join('');
}

/**
 * A template tag: what stands in the template is markup, what is put into it is text and gets escaped, in elements and in
 * quoted attributes alike. Nested {@link Html} and arrays of it stay markup.
 *
 * @example
 * html`<p title="${'"'}">${'<b>'}</p>`.text; // <p title="&quot;">&lt;b&gt;</p>
 */
export function html(markup: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(markup.map((text, i) => text + (i < parts.length ? write(parts[i]) : '')).join(''));
}
