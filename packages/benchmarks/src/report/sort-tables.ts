import { Html } from './html';

/**
 * Makes every head of a `table.sortable` a button: what was read from left to right can then be sorted by mouse and keyboard.
 * Cells sort by `data-value`, else by their number, else by their text; those without a value come last. Rows stay within
 * their `tbody`, a row that names its group at the top. Without the script the tables stand as they were written.
 */
export const sortTables = new Html(`
for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells];
  const cellValue = (row, at) => {
    const { dataset, textContent } = row.cells[at];
    const text = (dataset.value ?? textContent).trim();
    if (text === '' || text === '–') return null;
    return /^-?[\\d.]+(e[+-]?\\d+)?( %)?$/.test(text) ? parseFloat(text) : text;
  };
  const compare = (a, b) => typeof a === 'number' && typeof b === 'number'
    ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
  const sort = (at, turn) => {
    for (const body of table.tBodies) {
      const rows = [...body.rows].filter((row) => row.cells.length === heads.length);
      const rank = (row) => cellValue(row, at) === null;
      rows.sort((a, b) => rank(a) - rank(b) || (rank(a) ? 0 : turn * compare(cellValue(a, at), cellValue(b, at))));
      body.append(...rows);
    }
  };
  heads.forEach((head, at) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.cells.length === heads.length);
      const numbers = rows.some((row) => typeof cellValue(row, at) === 'number');
      const before = head.getAttribute('aria-sort');
      const down = before ? before === 'ascending' : numbers;
      for (const each of heads) each.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      sort(at, down ? -1 : 1);
    });
  });
}
`);

/** Of the script, base64: the one script that a page's content policy lets run. A test computes it again. */
export const sortTablesHash = 'sha256-Pn/sZ26i0T1tzrcY03XLexpBkOrFd8HHnCF9XNfYeRU=';
