import { type Html, html } from './html';
import { sortTables, sortTablesHash } from './sort-tables';
import { style } from './style';

/**
 * A whole page, which asks the network for nothing and runs one script, that which sorts tables; its content policy forbids
 * all else.
 */
export function page(title: string, body: Html): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${sortTablesHash}'`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>${title}</title><style>${style}</style></head>
<body><main>${body}</main><script>${sortTables}</script></body></html>
`.text;
}
