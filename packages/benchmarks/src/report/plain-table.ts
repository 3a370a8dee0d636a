import { type Html, html } from './html';

/** A table whose first column names its rows. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<div class="scroll"><table>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
  )}</tbody></table></div>`;
}
