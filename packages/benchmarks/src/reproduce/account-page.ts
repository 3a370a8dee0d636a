import { type Html, html } from '../report/html';
import { page } from '../report/page';
import type { AccountSection, AccountTable } from './account';

/** An account as a page of its own. */
export function accountPage(title: string, sections: readonly AccountSection[]): string {
  return page(title, html`<h1>${title}</h1>${sections.map(section)}`);
}

function section({ heading, text, list, table }: AccountSection): Html {
  return html`<section><h2>${heading}</h2>${text.map((each) => html`<p>${each}</p>`)}${
    list ? html`<ul>${list.map((each) => html`<li>${each}</li>`)}</ul>` : ''
  }${table ? tableOf(table) : ''}</section>`;
}

/** Sentences are broken into lines, figures are not. */
const styleOf = (cell: string) => (cell.length > 42 ? 'white-space: normal; min-width: 15rem; text-align: left' : '');

function tableOf({ caption, columns, rows }: AccountTable): Html {
  return html`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${columns.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row" style="${styleOf(first)}">${first}</th>${cells.map((each) => html`<td style="${styleOf(each)}">${each}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}
