import type { ModelSource, Opened } from '../engine/protocol';
import { byId } from './element';

/**
 * The form that opens a model of the user's: from files or an address, whichever was given last.
 *
 * @param open opens it; what it throws is said below the button
 */
export function ownModel(open: (source: ModelSource) => Promise<Opened>): void {
  const said = byId('model-said', HTMLElement);
  const [files, url] = ['model-files', 'model-url'].map((id) => byId(id, HTMLInputElement));
  const bounds = byId('model-bounds', HTMLSelectElement);
  files.addEventListener('change', () => {
    url.value = '';
  });
  url.addEventListener('input', () => {
    files.value = '';
  });
  const read = (): ModelSource | undefined => {
    const chosen = [...(files.files ?? [])];
    const [low, high] = bounds.value.split(',').map(Number);
    if (chosen.length > 0) return { from: 'files', files: chosen, bounds: [low, high] };
    return url.value ? { from: 'url', url: url.value, bounds: [low, high] } : undefined;
  };
  byId('own-model', HTMLFormElement).addEventListener('submit', async (event) => {
    event.preventDefault();
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
