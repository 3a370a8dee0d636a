import { InvalidArgumentError } from 'commander';

const decimal = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const fraction = new RegExp(`^(${decimal})(?:/(${decimal}))?$`);

/** `0.1`, `1e-3` or `8/255`. What range it must lie in, who takes it says. */
export function parseNumber(text: string): number {
  const [, top, bottom] = fraction.exec(text.trim()) ?? [];
  const value = bottom === undefined ? Number(top) : Number(top) / Number(bottom);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('It must be a number such as 0.1 or 8/255.');
  return value;
}

/** A number from 0 to 1. */
export function parseFraction(text: string): number {
  const value = parseNumber(text);
  if (value < 0 || value > 1) throw new InvalidArgumentError('It must be a number from 0 to 1, such as 0.4.');
  return value;
}

/** A whole number within a range. */
export function parseWhole(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

/** `0,1`: numbers with commas between. */
export function parseNumbers(text: string): number[] {
  return text.split(',').map(parseNumber);
}

/** Names with commas between. */
export function parseNames(text: string): string[] {
  const names = text.split(',').map((each) => each.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be names with commas between, such as pgd,apgd.');
  return names;
}

/** An object of options, as JSON. */
export function parseOptions(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InvalidArgumentError(`It must be a JSON object, such as '{"width": 8}'.`);
}
