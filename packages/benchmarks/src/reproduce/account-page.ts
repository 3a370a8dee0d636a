import { type Html, html } from '../report/html';
import { page } from '../report/page';
import type { AccountSection, AccountTable } from './account';

/** An account as a page of its own. */
export function accountPage(title: string, sections: readonly AccountSection[]): string {
  return page(title, html`<h1>${title}</h1>${sections.map(section)}`, 'wide');
}

function section({ heading, text, list, table }: AccountSection): Html {
  return html`<section><h2>${heading}</h2>${text.map((each) => html`<p>${each}</p>`)}${
    list ? html`<ul>${list.map((each) => html`<li>${each}</li>`)}</ul>` : ''
  }${table ? tableOf(table) : ''}</section>`;
}

function tableOf({ caption, columns, rows, words = [] }: AccountTable): Html {
  // Words are broken into lines, figures are not.
  const areWords = columns.map((each, i) => i === 0 || words.includes(each));
  const head = (each: string, i: number) =>
    html`<th scope="col" class="${areWords[i] ? 'wrap words' : 'wrap'}">${each}</th>`;
  const cell = (each: string, i: number) =>
    areWords[i] ? html`<td class="wrap words"><div>${each}</div></td>` : html`<td>${each}</td>`;
  return html`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${columns.map(head)}</tr></thead>
<tbody>${rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row" class="wrap words"><div>${first}</div></th>${cells.map((each, i) => cell(each, i + 1))}</tr>`,
  )}</tbody></table></div>`;
}
