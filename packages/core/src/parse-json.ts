import { FormatError, show } from './errors';

/**
 * Parses JSON text that came from disk or network, and refuses with a `FormatError` where `JSON.parse` would throw a
 * `SyntaxError` or lose something without a word: of two equal keys in one object it keeps the last, an integer of more
 * than 53 bits it rounds, a number past 1.8e308 becomes infinite.
 *
 * A key `__proto__` becomes an own property like any other; read the result with own keys (`Object.hasOwn`) only.
 *
 * @param who what is read, for the message: `report: run.json`
 * @returns the value, of no type until it is checked
 */
export function parseJson(who: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FormatError(who, `is not JSON: ${(error as SyntaxError).message}`);
  }
  checkNothingLost(who, text);
  return value;
}

/** Goes over valid JSON once, by character: a regular expression for strings overflows its stack at a few MB. */
function checkNothingLost(who: string, text: string): void {
  const open: Set<string>[] = [];
  const keyEnd = /\s*:/y;
  const number = /-?\d[\d.eE+-]*/y;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') open.push(new Set());
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const start = at;
      at = closingQuote(text, start);
      keyEnd.lastIndex = at + 1;
      if (!keyEnd.test(text)) continue;
      const key: string = JSON.parse(text.slice(start, at + 1));
      const keys = open[open.length - 1];
      if (keys.has(key)) throw new FormatError(who, `the key ${show(key)} stands twice in one object`);
      keys.add(key);
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      number.lastIndex = at;
      const [literal] = number.exec(text) ?? [character];
      if (!survives(literal)) throw new FormatError(who, `the number ${literal.slice(0, 40)} does not fit a float64`);
      at += literal.length - 1;
    }
  }
}

/** Where the string that begins at `start` ends: the next quote after an even number of backslashes. */
function closingQuote(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text[before] === '\\') before--;
    if ((end - before) % 2 === 1) return end;
  }
}

/** Whether a literal is finite and, if it is an integer, keeps its digits (or is what JavaScript itself would print). */
function survives(literal: string): boolean {
  const value = Number(literal);
  if (!Number.isFinite(value)) return false;
  if (/[.eE]/.test(literal) || Number.isSafeInteger(value)) return true;
  return String(value) === literal || BigInt(value) === BigInt(literal);
}
