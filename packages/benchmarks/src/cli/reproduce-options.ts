import { InvalidArgumentError } from 'commander';

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
