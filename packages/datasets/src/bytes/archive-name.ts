import { FormatError, show } from '@agoge/core';

/**
 * The name of an archive's member without `./` before it and `/` after it. To be compared with, never to be used as a path.
 *
 * @throws FormatError for a name that is absolute, has `..` in it, or letters that are none
 */
export function nameInside(who: string, name: string): string {
  const clean = name.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
  const wrong =
    /^([/\\]|[A-Za-z]:)/.test(clean) || clean.split(/[/\\]/).includes('..') || [...clean].some((each) => each < ' ');
  if (wrong) throw new FormatError(who, `names a file outside its own folder: ${show(name)}`);
  return clean;
}
