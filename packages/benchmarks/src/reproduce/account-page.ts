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

function tableOf({ caption, columns, rows, words = [] }: AccountTable): Html {
  // Words are broken into lines, figures are not.
  const kinds = columns.map((each, i) => (i === 0 || words.includes(each) ? 'wrap words' : ''));
  return html`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${columns.map((each, i) => html`<th scope="col" class="${kinds[i] || 'wrap'}">${each}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row" class="${kinds[0]}">${first}</th>${cells.map((each, i) => html`<td class="${kinds[i + 1]}">${each}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}
