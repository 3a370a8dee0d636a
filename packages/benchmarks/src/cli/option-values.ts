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

const secondsIn = { s: 1, m: 60, h: 3600 } as const;

/** `15m`, `90s` or `2h`, in seconds. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text.trim()) ?? [];
  const seconds = Number(amount) * secondsIn[unit as keyof typeof secondsIn];
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be a time above 0 such as 90s, 15m or 2h.');
}

/** `data/cifar10`, or by data set: `cifar10-jpeg=data/cifar10,mnist=data/mnist`. A folder without a name goes for all. */
export function parseFolders(text: string): Record<string, string> {
  const folders = text.split(',').map((each): [string, string] => {
    const at = each.indexOf('=');
    return at === -1 ? ['', each.trim()] : [each.slice(0, at).trim(), each.slice(at + 1).trim()];
  });
  const names = folders.map(([name]) => name);
  if (folders.every(([, folder]) => folder !== '') && new Set(names).size === names.length) {
    return Object.fromEntries(folders);
  }
  throw new InvalidArgumentError('It must be a folder, or folders such as cifar10-jpeg=data/cifar10,mnist=data/mnist.');
}
