/** Keeps values by key, the most recently used ones: of heavy ones fewer, but the last in any case. */
export class LeastRecentlyUsed<T> {
  private readonly kept = new Map<string, T>();

  /**
   * @param most how many are kept
   * @param drop is given what is not kept any longer
   * @param weigh how heavy one is, which may change until {@link trim}
   * @param heaviest how heavy they may be together
   */
  constructor(
    private readonly most: number,
    private readonly drop: (value: T) => void = () => {},
    private readonly weigh: (value: T) => number = () => 0,
    private readonly heaviest = Number.POSITIVE_INFINITY,
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

  /** The sum of what they weigh. */
  get weight(): number {
    return [...this.kept.values()].reduce((sum, value) => sum + this.weigh(value), 0);
  }

  set(key: string, value: T): void {
    this.kept.set(key, value);
    this.trim();
  }

  /** Drops what is too many or too heavy. */
  trim(): void {
    let { weight } = this;
    for (const [oldest, each] of this.kept) {
      const { size } = this.kept;
      if (size <= this.most && (weight <= this.heaviest || size === 1)) return;
      weight -= this.weigh(each);
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
