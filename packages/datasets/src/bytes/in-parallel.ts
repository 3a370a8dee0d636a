/**
 * Does something for 0, 1 ... `count - 1`, at most `lanes` of them at once. The first failure is thrown when those under way
 * have ended; no more are begun then.
 */
export async function inParallel(count: number, lanes: number, each: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const i = next++;
      try {
        await each(i);
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(lanes, count) }, lane));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
