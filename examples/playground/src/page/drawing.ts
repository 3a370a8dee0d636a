import { byId } from './element';
import { type Picture, pictureOf } from './picture';

/** About as thick as the pens of those who wrote the digits, once it is 8 pixels high. */
const pen = 34;
/** How far the pen goes at a key. */
const stride = 12;

type Point = [x: number, y: number];

/**
 * The canvas that is drawn on, by pointer or by keys.
 *
 * @param onPicture told the drawing after each stroke, cut to its ink as the digits are
 */
export function drawingArea(onPicture: (picture: Picture) => void): void {
  const canvas = byId('drawing', HTMLCanvasElement);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return;
  const { width, height } = canvas;
  let ink = new ImageData(width, height);
  let at: Point = [width / 2, height / 2];
  let down = false;

  const clear = () => {
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height);
    ink = context.getImageData(0, 0, width, height);
  };
  const line = (from: Point, to: Point) => {
    context.putImageData(ink, 0, 0);
    Object.assign(context, { strokeStyle: '#fff', lineWidth: pen, lineCap: 'round' });
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    ink = context.getImageData(0, 0, width, height);
  };
  const told = () => {
    const cut = cutToInk(ink);
    if (cut) onPicture(pictureOf(cut, 'your drawing', false));
  };
  /** Where the pen stands is shown to whoever moves it by keys; it is no part of the drawing. */
  const showPen = () => {
    context.putImageData(ink, 0, 0);
    Object.assign(context, { strokeStyle: down ? '#ffb86b' : '#8ab8ff', lineWidth: 3 });
    context.beginPath();
    context.arc(...at, pen / 2, 0, 2 * Math.PI);
    context.stroke();
  };
  const place = ({ offsetX, offsetY }: PointerEvent): Point => [
    (offsetX * width) / canvas.clientWidth,
    (offsetY * height) / canvas.clientHeight,
  ];

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    down = true;
    at = place(event);
    line(at, at);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!down || !canvas.hasPointerCapture(event.pointerId)) return;
    const to = place(event);
    line(at, to);
    at = to;
  });
  const lift = () => {
    if (!down) return;
    down = false;
    told();
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);

  const moves: Readonly<Record<string, Point>> = {
    ArrowLeft: [-stride, 0],
    ArrowRight: [stride, 0],
    ArrowUp: [0, -stride],
    ArrowDown: [0, stride],
  };
  canvas.addEventListener('keydown', (event) => {
    const move = moves[event.key];
    if (!move && event.key !== ' ') return;
    event.preventDefault();
    if (move) {
      const to: Point = [clamp(at[0] + move[0], width), clamp(at[1] + move[1], height)];
      if (down) line(at, to);
      at = to;
    } else {
      down = !down;
      if (down) line(at, at);
      else told();
    }
    showPen();
  });
  canvas.addEventListener('focus', () => canvas.matches(':focus-visible') && showPen());
  canvas.addEventListener('blur', () => {
    down = false;
    context.putImageData(ink, 0, 0);
  });
  byId('clear-drawing', HTMLButtonElement).addEventListener('click', clear);
  clear();
}

const clamp = (value: number, size: number) => Math.max(pen / 2, Math.min(size - pen / 2, value));

/** The square around the ink, as high or wide as it, on a canvas of its own; none where there is no ink. */
function cutToInk({ data, width, height }: ImageData): HTMLCanvasElement | undefined {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[4 * (y * width + x)] < 128) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return undefined;
  const [wide, high] = [right - left + 1, bottom - top + 1];
  const side = Math.max(wide, high);
  const cut = Object.assign(document.createElement('canvas'), { width: side, height: side });
  const context = cut.getContext('2d');
  if (!context) return undefined;
  context.fillStyle = '#000';
  context.fillRect(0, 0, side, side);
  context.putImageData(
    new ImageData(data, width, height),
    ...([(side - wide) / 2 - left, (side - high) / 2 - top].map(Math.round) as Point),
    ...([left, top, wide, high] as const),
  );
  return cut;
}
