import type { Bounds, ImageShape } from '@agoge/core';
import { type Html, html } from './html';
import { dataUri, imageBytes, imagePng, png } from './images';

/** An image of a sheet. */
export interface SheetImage {
  x: Float32Array;
  /** What it is: shown where one points at it. */
  title: string;
}

/** Images side by side, with a few words above them: those of a class. */
interface SheetGroup {
  caption: string;
  images: readonly SheetImage[];
}

/** Images of one shape, drawn together. */
export interface ContactSheet {
  shape: ImageShape;
  bounds: Bounds;
  groups: readonly SheetGroup[];
  /** What it shows, for those who do not see it. */
  description: string;
}

/** Between images, and between groups that are side by side. */
const [gap, wideGap] = [2, 10];
const captionHeight = 16;
/** Of the longer side of an image; smaller ones are drawn larger by a whole factor. */
const least = 56;
const paper = 224;

interface Layout {
  scale: number;
  width: number;
  height: number;
  groups: { left: number; top: number; width: number; images: { left: number; top: number; image: SheetImage }[] }[];
}

/** Where all stands: groups in as many columns as make the sheet about as wide as high. */
function layoutOf({ shape: [height, width], groups }: ContactSheet, caption: number): Layout {
  const scale = Math.max(1, Math.ceil(least / Math.max(height, width)));
  const [right, down] = [width * scale + gap, height * scale + gap];
  const columns = Math.max(...groups.map(({ images }) => images.length));
  const block = [columns * right + wideGap - gap, caption + down];
  const across = Math.max(1, Math.round(Math.sqrt((groups.length * block[1]) / block[0])));
  return {
    scale,
    width: Math.min(across, groups.length) * block[0] - wideGap + 2 * gap,
    height: Math.ceil(groups.length / across) * block[1] + gap,
    groups: groups.map(({ images }, i) => {
      const left = gap + (i % across) * block[0];
      const top = gap + Math.floor(i / across) * block[1] + caption;
      return {
        left,
        top,
        width: columns * right,
        images: images.map((image, k) => ({ left: left + k * right, top, image })),
      };
    }),
  };
}

/** A sheet as one PNG, without its words: every pixel is a square of `scale` x `scale`, on light grey. */
export function sheetPng(sheet: ContactSheet): Uint8Array {
  const { scale, width, height, groups } = layoutOf(sheet, 0);
  const [rows, columns] = sheet.shape;
  const channels = sheet.shape[2] === 3 ? 3 : 1;
  const whole = new Uint8Array(width * height * channels).fill(paper);
  for (const { left, top, image } of groups.flatMap(({ images }) => images)) {
    const { data } = imageBytes(image.x, sheet.shape, sheet.bounds);
    for (let row = 0; row < rows * scale; row++) {
      for (let column = 0; column < columns * scale; column++) {
        const from = (Math.floor(row / scale) * columns + Math.floor(column / scale)) * channels;
        whole.set(data.subarray(from, from + channels), ((top + row) * width + left + column) * channels);
      }
    }
  }
  return png(whole, [height, width], channels);
}

/** A sheet as an SVG with its words, every image a PNG of its own in it. */
export function sheetSvg(sheet: ContactSheet): Html {
  const { scale, width, height, groups } = layoutOf(sheet, captionHeight);
  const [rows, columns] = sheet.shape;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"
 role="img" aria-label="${sheet.description}" font-family="system-ui, sans-serif" font-size="11" fill="currentColor">
${sheet.groups.map(({ caption }, i) => {
  const { left, top, width: room } = groups[i];
  return html`<text x="${left}" y="${top - 4}">${fitting(caption, room)}<title>${caption}</title></text>\n`;
})}${groups.flatMap(({ images }) =>
  images.map(
    ({ left, top, image }) =>
      html`<image x="${left}" y="${top}" width="${columns * scale}" height="${rows * scale}" style="image-rendering:pixelated"
 href="${dataUri(imagePng(image.x, sheet.shape, sheet.bounds))}"><title>${image.title}</title></image>\n`,
  ),
)}</svg>`;
}

/** As much of a text as fits, letters being about six and a half pixels wide. */
function fitting(text: string, width: number): string {
  const most = Math.max(2, Math.floor(width / 6.5));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
