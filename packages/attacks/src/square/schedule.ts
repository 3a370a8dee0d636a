/** Queries after which the share of the pixels that a square covers is halved, of 10,000. */
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

/**
 * The share of the pixels that the square of a query covers: `share`, halved after 10, 50, 200, 500, 1000, 2000, 4000, 6000
 * and 8000 queries; rescaled, after those parts of 10,000 of all queries.
 *
 * @param query number of the query after the first image, from 0
 */
export function shareAt(
  query: number,
  share: number,
  { queries, rescale }: { queries: number; rescale: boolean },
): number {
  const at = rescale ? Math.floor((query / queries) * 10_000) : query;
  return share / 2 ** halvings.filter((each) => at > each).length;
}

/** Side of a square of so large a share of the pixels, one pixel at least and the shorter side of the image at most. */
export function squareSide(share: number, height: number, width: number): number {
  return Math.min(Math.max(Math.round(Math.sqrt(share * height * width)), 1), height, width);
}

/** Side of a window for bumps: odd, and 3 at least where the image has room for that. */
export function windowSide(share: number, height: number, width: number): number {
  const side = Math.max(Math.round(Math.sqrt(share * height * width)), 3);
  const most = Math.min(height, width);
  return Math.min(side + 1 - (side % 2), most - 1 + (most % 2));
}
