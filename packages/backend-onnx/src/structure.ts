/** The most structures that are told apart by name at a time, and texts by number. */
const most = 4096;

/** Names structures that are written as whole numbers: the same name for the same numbers, in less time than as text. */
export class Structures {
  private readonly found = new Map<number, { words: readonly number[]; name: string }[]>();
  private readonly texts = new Map<string, number>();
  private count = 0;
  private named = 0;

  /** A number of a text's own. */
  numberOf(text: string): number {
    let number = this.texts.get(text);
    if (number === undefined) {
      number = this.texts.size;
      this.texts.set(text, number);
    }
    return number;
  }

  /** @param words 32-bit whole numbers; kept, not copied */
  nameOf(words: readonly number[]): string {
    const hash = hashOf(words);
    const alike = this.found.get(hash) ?? [];
    const before = alike.find((each) => isSame(each.words, words));
    if (before) return before.name;
    const name = `graph ${this.named++}`;
    this.found.set(hash, [...alike, { words, name }]);
    this.count++;
    return name;
  }

  /** Forgets all once there are too many: to be called before the first number of a structure is written. No name occurs again. */
  trim(): void {
    if (this.count < most && this.texts.size < most) return;
    this.found.clear();
    this.texts.clear();
    this.count = 0;
  }
}

/** FNV-1a, word by word. */
function hashOf(words: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i], 0x01000193);
  return hash;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
