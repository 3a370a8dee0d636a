import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FormatError, refusal, said, show, string } from '@agoge/core';
import { checkJson, jsonObject, optional } from '../json-shape';

/** Something that no registry has a name for: what a module's function makes of some options. */
export interface ModuleReference {
  /** A file URL or an absolute path. */
  module: string;
  /** The function; it may be async. */
  export: string;
  /** What it is given. Default `{}`. */
  options?: Readonly<Record<string, unknown>>;
}

export const isReference = (value: unknown): value is ModuleReference =>
  typeof value === 'object' && value !== null && 'module' in value;

/**
 * Makes what a reference names.
 *
 * @param who for messages
 * @param isAllowed whether whoever asks is trusted: a module runs whatever is in it
 * @throws FormatError for what is no reference; Error, with the module's name, where it cannot be loaded or has no such function
 */
export async function madeBy<T>(who: string, reference: ModuleReference, isAllowed: boolean): Promise<T> {
  checkJson(who, reference, { module: string, export: string, options: optional(jsonObject) });
  if (!isAllowed) {
    throw said(
      new Error(`${who}: names the module ${show(reference.module)}, which only agoge worker --modules loads`),
    );
  }
  const { module, export: name, options = {} } = reference;
  const url = isAbsolute(module) ? pathToFileURL(module).href : module;
  if (!url.startsWith('file:')) {
    throw new FormatError(who, refusal('', 'module', 'a file URL or an absolute path', module).slice(2));
  }
  let loaded: Record<string, unknown>;
  try {
    loaded = await import(/* @vite-ignore */ url);
  } catch (cause) {
    throw said(new Error(`${who}: ${module} cannot be loaded: ${(cause as Error).message}`, { cause }));
  }
  const make = loaded[name];
  if (typeof make !== 'function') {
    throw said(new TypeError(`${who}: ${module} must export a function ${name}, got ${show(make)}`));
  }
  return (await make(options)) as T;
}
