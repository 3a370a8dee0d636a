import { channelHead, channelRows, classHead, classRows, type DataSummary, dataFacts, titleOf } from '../data-summary';
import { type ContactSheet, sheetSvg } from './contact-sheet';
import { type Html, html } from './html';
import { page } from './page';

/**
 * A data set as one HTML page: images by class, channels, classes, and what else is known.
 *
 * @param command with which it was made
 */
export function dataPage(sheet: ContactSheet, summary: DataSummary, command: string): string {
  const title = titleOf(summary);
  return page(
    title,
    html`<h1>${title}</h1>
<figure><figcaption>${sheet.description}</figcaption><div class="scroll sheet">${sheetSvg(sheet)}</div></figure>
<dl>${dataFacts(summary).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<h2>Channels</h2>
${table(channelHead, channelRows(summary))}
<h2>Classes</h2>
${table(classHead, classRows(summary))}
<p>To do it again:</p><pre><code>${command}</code></pre>`,
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<div class="scroll"><table>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
  )}</tbody></table></div>`;
}
