import type { LayerOutput, LayerUse } from '../flat-network';

/**
 * The order in which tfjs applies the layers of a saved model when it loads it.
 *
 * A file names the uses of a shared layer by number, and the loader numbers them as it comes to them: it goes through the
 * layers, from the inputs' end, again and again, and applies each as often as its inputs are there. If a network was built
 * in another order (one activation shared by branches of unequal length, say), its file loads as another network, without
 * a word. Built in this order it loads as it was.
 *
 * @param outputs of a flat network
 * @returns all uses, each after those that it takes its inputs from
 */
export function loadingOrder<Layer>(outputs: readonly LayerOutput<Layer>[]): LayerUse<Layer>[] {
  const uses = new Set<LayerUse<Layer>>();
  const met = new Set<Layer>();
  const visited = new Set<LayerUse<Layer>>();
  const visit = (use: LayerUse<Layer>) => {
    if (visited.has(use)) return;
    visited.add(use);
    met.add(use.layer);
    for (const input of use.inputs) visit(input.use);
    uses.add(use);
  };
  for (const { use } of outputs) visit(use);

  // How far from the outputs a layer stands, by the farthest of its uses: tfjs lists layers so.
  const far = new Map<LayerUse<Layer> | Layer, number>();
  const atLeast = (key: LayerUse<Layer> | Layer, depth: number) => far.set(key, Math.max(depth, far.get(key) ?? 0));
  for (const use of [...uses].reverse()) {
    const depth = Math.max(far.get(use) ?? 0, far.get(use.layer) ?? 0);
    far.set(use.layer, depth);
    for (const input of use.inputs) atLeast(input.use, depth + 1);
  }
  const listed = [...met].sort((a, b) => (far.get(b) ?? 0) - (far.get(a) ?? 0));
  const place = new Map(listed.map((layer, i) => [layer, i]));
  const placeOf = ({ layer }: LayerUse<Layer>) => place.get(layer) ?? 0;

  // The round in which the loader finds a use's inputs there: later than theirs, if it has passed the layer by then.
  const rounds = new Map<LayerUse<Layer>, number>();
  const roundOf = (use: LayerUse<Layer>) => rounds.get(use) ?? 0;
  for (const use of uses) {
    const ready = use.inputs
      .filter((input) => input.use.inputs.length > 0)
      .map((input) => roundOf(input.use) + (placeOf(input.use) <= placeOf(use) ? 0 : 1));
    rounds.set(use, Math.max(0, ...ready));
  }
  return [...uses].sort((a, b) => roundOf(a) - roundOf(b) || placeOf(a) - placeOf(b));
}
