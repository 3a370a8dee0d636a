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

/** Words are broken into lines, figures are not. */
const ofWords = 'white-space: normal; min-width: 7rem; text-align: left';

function tableOf({ caption, columns, rows, words = [] }: AccountTable): Html {
  const styles = columns.map((each, i) => (i === 0 || words.includes(each) ? ofWords : ''));
  return html`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${columns.map((each, i) => html`<th scope="col" style="white-space: normal; ${styles[i]}">${each}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row" style="${styles[0]}">${first}</th>${cells.map((each, i) => html`<td style="${styles[i + 1]}">${each}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}
