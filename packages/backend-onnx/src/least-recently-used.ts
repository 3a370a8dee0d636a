/** Keeps values by key, the most recently used ones. */
export class LeastRecentlyUsed<T> {
  private readonly kept = new Map<string, T>();

  /**
   * @param most how many are kept
   * @param drop is given what is not kept any longer
   */
  constructor(
    private readonly most: number,
    private readonly drop: (value: T) => void = () => {},
  ) {}

  get size(): number {
    return this.kept.size;
  }

  get(key: string): T | undefined {
    const value = this.kept.get(key);
    if (value !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, value);
    }
    return value;
  }

  set(key: string, value: T): void {
    this.kept.set(key, value);
    for (const [oldest, each] of this.kept) {
      if (this.kept.size <= this.most) return;
      this.kept.delete(oldest);
      this.drop(each);
    }
  }

  /** Drops one, where it is kept. */
  delete(key: string): void {
    const value = this.kept.get(key);
    if (value === undefined) return;
    this.kept.delete(key);
    this.drop(value);
  }

  clear(): void {
    for (const each of this.kept.values()) this.drop(each);
    this.kept.clear();
  }
}
