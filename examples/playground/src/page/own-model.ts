import type { ModelSource, Opened } from '../engine/protocol';
import { byId } from './element';

/**
 * The part of the form that opens a model of the user's, from files or an address.
 *
 * @param open opens it; what it throws is said beside the button
 */
export function ownModel(open: (source: ModelSource) => Promise<Opened>): void {
  const said = byId('model-said', HTMLElement);
  const read = (): ModelSource | undefined => {
    const files = [...(byId('model-files', HTMLInputElement).files ?? [])];
    const url = byId('model-url', HTMLInputElement).value.trim();
    const [low, high] = byId('model-bounds', HTMLSelectElement).value.split(',').map(Number);
    if (files.length > 0) return { from: 'files', files, bounds: [low, high] };
    return url ? { from: 'url', url, bounds: [low, high] } : undefined;
  };
  byId('model-open', HTMLButtonElement).addEventListener('click', async () => {
    const source = read();
    said.textContent = source ? 'Opening …' : 'Choose files or give an address.';
    if (!source) return;
    try {
      const { shape, classes } = await open(source);
      said.textContent = `Opened: images ${shape.join(' × ')}, ${classes} classes. It is the one on the left.`;
    } catch (error) {
      said.textContent = error instanceof Error ? error.message : String(error);
    }
  });
}
