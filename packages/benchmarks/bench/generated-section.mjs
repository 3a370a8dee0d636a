// What a script writes into a page, between two markers.

/**
 * The text of a page with what stands between `<!-- name: written by benchmarks -->` and `<!-- /name -->` replaced.
 *
 * @throws Error where a marker is missing
 */
export function withSection(page, name, section) {
  const [begin, end] = [`<!-- ${name}: written by benchmarks -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page must have ${begin} and ${end} behind it`);
  return `${page.slice(0, from)}${begin}\n${section}\n${page.slice(to)}`;
}
