import { channelHead, channelRows, classHead, classRows, type DataSummary, dataFacts, titleOf } from '../data-summary';
import { type ContactSheet, sheetSvg } from './contact-sheet';
import { html } from './html';
import { page } from './page';
import { plainTable } from './plain-table';

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
${plainTable(channelHead, channelRows(summary))}
<h2>Classes</h2>
${plainTable(classHead, classRows(summary))}
<p>To do it again:</p><pre><code>${command}</code></pre>`,
  );
}
