import { type Html, html } from './html';
import { sortTables, sortTablesHash } from './sort-tables';
import { style } from './style';

/**
 * A whole page, which asks the network for nothing and runs no script but, where it has a `table.sortable`, the one that sorts
 * it; its content policy forbids all else.
 *
 * @param width `wide` where tables of many columns are what it is about
 */
export function page(title: string, body: Html, width: 'column' | 'wide' = 'column'): string {
  const sorts = body.text.includes('<table class="sortable');
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  const allowed = sorts ? `${policy}; script-src '${sortTablesHash}'` : policy;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${allowed}"><title>${title}</title><style>${style}</style></head>
<body><main class="${width}">${body}</main>${sorts ? html`<script>${sortTables}</script>` : ''}</body></html>
`.text;
}
