import type { Digits } from '../engine/protocol';
import { cameraSource } from './camera';
import { drawingArea } from './drawing';
import { byId, make } from './element';
import { paintImage } from './paint';
import { digitPicture, type Picture, pictureOf } from './picture';

/** Digits that are shown at once. */
const shown = 18;

/**
 * The ways to an image: test digits, a drawing, a file, the camera.
 *
 * @param onPicture told what was picked
 * @param onTrouble told why something could not be
 * @returns gives it the digits, once there are some
 */
export function picker(
  onPicture: (picture: Picture) => void,
  onTrouble: (message: string) => void,
): { setDigits(digits: Digits, first: number): void } {
  const camera = cameraSource(onPicture, onTrouble);
  drawingArea(onPicture);
  fileSource(onPicture, onTrouble);

  for (const radio of document.querySelectorAll<HTMLInputElement>('input[name="source"]')) {
    radio.addEventListener('change', () => {
      camera.off();
      for (const part of document.querySelectorAll<HTMLElement>('[data-source]')) {
        part.hidden = part.dataset.source !== radio.value;
      }
    });
  }

  const grid = byId('digit-grid', HTMLElement);
  let from = 0;
  return {
    setDigits({ images, labels }, first) {
      const pick = (index: number) => {
        for (const each of grid.children) each.setAttribute('aria-pressed', String(each.id === `digit-${index}`));
        onPicture(digitPicture(images[index], labels[index], index));
      };
      const fill = () => {
        grid.replaceChildren(
          ...Array.from({ length: shown }, (_, i) => {
            const index = (from + i) % labels.length;
            const button = make('button', 'digit');
            Object.assign(button, { type: 'button', id: `digit-${index}` });
            button.setAttribute('aria-label', `Test digit ${index}, a ${labels[index]}`);
            button.setAttribute('aria-pressed', 'false');
            const canvas = make('canvas');
            paintImage(canvas, images[index], [8, 8, 1]);
            button.append(canvas);
            button.addEventListener('click', () => pick(index));
            return button;
          }),
        );
      };
      byId('more-digits', HTMLButtonElement).addEventListener('click', () => {
        from = (from + shown) % labels.length;
        fill();
      });
      from = first - (first % shown);
      fill();
      pick(first);
    },
  };
}

function fileSource(onPicture: (picture: Picture) => void, onTrouble: (message: string) => void): void {
  const input = byId('image-file', HTMLInputElement);
  const inverted = byId('file-inverted', HTMLInputElement);
  const read = async () => {
    const file = input.files?.[0];
    if (!file) return;
    const image = new Image();
    image.src = URL.createObjectURL(file);
    try {
      await image.decode();
      onPicture(pictureOf(image, file.name, inverted.checked));
    } catch {
      onTrouble(`${file.name} is no picture that this browser can read`);
    } finally {
      URL.revokeObjectURL(image.src);
    }
  };
  input.addEventListener('change', read);
  inverted.addEventListener('change', read);
}
