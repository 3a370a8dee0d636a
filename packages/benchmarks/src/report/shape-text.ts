import type { ActivationShape, Interval, ShapeEnd } from '@agoge/activations';

/** What is told of an activation's shape beside its curves, as text: a table's heads and a row's cells. */
export const shapeHeads = ['f(−∞), f(∞)', 'f = 0', 'f > 0 though x < 0', 'largest |f″|', 'f′'] as const;

/** The cells of a shape, under {@link shapeHeads}; to three digits. */
export function shapeCells({ ends, zeros, positiveOnNegatives, curvature, slope }: ActivationShape): string[] {
  return [
    `${endText(ends.left)}, ${endText(ends.right)}`,
    zeros.map((each) => intervalText(each, '≤')).join(', ') || '–',
    positiveOnNegatives.map((each) => intervalText(each, '<')).join(', ') || '–',
    curvatureText(curvature),
    slope.min === slope.max ? digits(slope.min) : `${digits(slope.min)} to ${digits(slope.max)}`,
  ];
}

/** The limit, or the line that is neared, or an infinity with the slope far out. */
function endText({ value, slope, intercept }: ShapeEnd): string {
  if (slope === 0) return digits(value);
  const line = slope === 1 ? 'x' : slope === -1 ? '−x' : `${digits(slope)} x`;
  if (intercept === 0) return line;
  if (Number.isFinite(intercept)) return `${line} ${intercept < 0 ? '−' : '+'} ${digits(Math.abs(intercept))}`;
  return `${digits(value)} (slope ${digits(slope)})`;
}

function intervalText([from, to]: Interval, below: '<' | '≤'): string {
  if (from === to) return digits(from);
  if (from === -Infinity) return to === Infinity ? 'all x' : `x ${below} ${digits(to)}`;
  return to === Infinity ? `${digits(from)} ${below} x` : `${digits(from)} ${below} x ${below} ${digits(to)}`;
}

function curvatureText({ max, at, side }: ActivationShape['curvature']): string {
  if (max === 0) return '0';
  const place = `${digits(at)}${side === 'left' ? '⁻' : side === 'right' ? '⁺' : ''}`;
  return `${digits(max)} at ${place}`;
}

/** To three digits, without the noise of float32 around 0. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : '–';
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
