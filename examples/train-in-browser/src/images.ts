import type { TrainedOn } from './protocol';

type Colour = readonly [red: number, green: number, blue: number, alpha: number];

function canvas(width: number, height: number, label: string, colourAt: (pixel: number) => Colour): HTMLCanvasElement {
  const element = Object.assign(document.createElement('canvas'), { width, height });
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', label);
  const data = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) data.data.set(colourAt(pixel), 4 * pixel);
  element.getContext('2d')?.putImageData(data, 0, 0);
  return element;
}

const grey = (value: number): Colour => [255 * value, 255 * value, 255 * value, 255];

/** Brighter and darker, as in the styles. */
const [brighter, darker] = [
  [224, 112, 32],
  [32, 120, 190],
] as const;
const signed = (share: number): Colour => [...(share > 0 ? brighter : darker), 255 * Math.min(1, Math.abs(share))];

/** Shows images, what was done to them, and how the network reads them. */
export function drawImages(list: HTMLElement, images: TrainedOn, eps: number): void {
  const { height, width, clean, adversarial, labels, seen } = images;
  const size = height * width;
  const scale = eps > 0 ? 1 / eps : 0;
  list.replaceChildren(
    ...Array.from(labels, (label, i) => {
      const at = (values: Float32Array, pixel: number) => values[i * size + pixel];
      const item = document.createElement('li');
      const verdict = document.createElement('span');
      const isRight = seen[i] === label;
      verdict.className = isRight ? 'right' : 'wrong';
      verdict.textContent = isRight ? `✓ ${label}` : `✗ ${seen[i]}`;
      verdict.title = isRight ? `read as ${label}, as it is` : `a ${label}, read as ${seen[i]}`;
      item.append(
        canvas(width, height, `A ${label}`, (pixel) => grey(at(clean, pixel))),
        canvas(width, height, 'Its change', (pixel) => signed((at(adversarial, pixel) - at(clean, pixel)) * scale)),
        canvas(width, height, `Read as ${seen[i]}`, (pixel) => grey(at(adversarial, pixel))),
        verdict,
      );
      return item;
    }),
  );
}
