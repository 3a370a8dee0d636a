import { type Html, html } from '../report/html';
import { page } from '../report/page';
import { cells, columns, groupTitle, tableTitle } from './board-text';
import type { Leaderboard, LeaderboardGroup, LeaderboardRow, LeaderboardTable } from './leaderboard';

export interface LeaderboardPageOptions {
  /** Default `Leaderboard`. */
  title?: string;
  /** Files that could not be read, and why: told at the end. */
  unread?: readonly { file: string; why: string }[];
}

/**
 * A board as one HTML page: a table for each data set and threat, whose rows stand under the protocol that they were measured
 * by. Heads sort within a protocol; published models and the refused can be hidden. No request; without script it reads as well.
 *
 * @example
 * await writeFile('board.html', leaderboardPage(leaderboard(results), { title: 'Our models' }));
 */
export function leaderboardPage({ groups }: Leaderboard, options: LeaderboardPageOptions = {}): string {
  const { title = 'Leaderboard', unread = [] } = options;
  const rows = groups.flatMap(({ tables }) =>
    tables.flatMap((table) => table.rows.map((row) => ({ ...row, ...table }))),
  );
  const own = rows.filter(({ published }) => !published).length;
  const links = groups.map((group, i) => html`<li><a href="#group-${i}">${groupTitle(group)}</a></li>`);
  const boxes = [
    ...(own < rows.length ? [box('published', 'published models')] : []),
    ...(rows.some(({ refused }) => refused.length > 0) ? [box('refused', 'results without a rank')] : []),
  ];
  return page(
    title,
    html`<header><h1>${title}</h1>
<p class="lead">${own} ${own === 1 ? 'result' : 'results'} measured here${own < rows.length ? `, beside ${rows.length - own} published` : ''}. Ranks are among rows of
one protocol: the same attacks with the same options on the same images.</p>
${groups.length > 1 ? html`<nav aria-label="Data and threats"><ul>${links}</ul></nav>` : ''}</header>
${boxes.length > 0 ? html`<fieldset class="toggles"><legend>Show</legend>${boxes}</fieldset>` : ''}
${groups.map(section)}
${unread.length > 0 ? html`<section id="unread"><h2>Files that could not be read</h2><ul>${unread.map(({ file, why }) => html`<li><strong>${file}</strong>: ${why}</li>`)}</ul></section>` : ''}`,
    'wide',
  );
}

const box = (what: string, label: string) =>
  html`<label><input type="checkbox" id="show-${what}" checked>${label}</label>`;

function section(group: LeaderboardGroup, i: number): Html {
  const hash = group.hash === null ? '' : html`<p class="soft">Images: sha256 <code>${group.hash}</code></p>`;
  return html`<section id="group-${i}"><h2>${groupTitle(group)}</h2>${hash}
<div class="scroll"><table class="sortable board"><thead><tr>${shown.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
${group.tables.map(body)}</table></div></section>`;
}

function body(table: LeaderboardTable): Html {
  return html`<tbody class="${table.published ? 'published' : ''}"><tr class="group"><th scope="rowgroup" colspan="${shown.length}"><span>${tableTitle(table)}</span></th></tr>
${table.rows.map(line)}</tbody>`;
}

/** On the page the interval stands below the accuracy. */
const shown = columns.filter((each) => each !== '95 % interval');

function line(row: LeaderboardRow): Html {
  const { external, parameters, cleanAccuracy, robustAccuracy } = row;
  const [rank, name, clean, robust, interval, ...rest] = cells(row);
  const values = [external, null, parameters, null, null];
  const why = row.refused.map((each) => html`<small class="why">${each}</small>`);
  const notes = row.notes.map((each) => html`<small>${each}</small>`);
  const label =
    row.link === null
      ? html`${name}`
      : html`<a href="${row.link}" rel="noreferrer" title="${row.authors ?? ''}">${name}</a>`;
  return html`<tr class="${row.rank === null ? 'refused' : ''}"><td data-value="${row.rank ?? ''}">${
    row.rank === null ? html`<span class="tag bad">no rank</span>` : rank
  }</td><th scope="row">${label}${why}${notes}</th>
<td data-value="${cleanAccuracy}">${clean}</td>
<td data-value="${robustAccuracy}"><strong>${robust}</strong>${row.interval === null ? '' : html`<small>${interval}</small>`}</td>
${rest.map((cell, i) => html`<td data-value="${values[i] ?? cell}">${cell}</td>`)}</tr>`;
}
