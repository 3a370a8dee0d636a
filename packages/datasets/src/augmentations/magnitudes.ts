import type { Image } from '../pictures/image';
import type { ImageOperationName } from './image-operations';

interface Scale {
  /** The magnitude at a place from 0 to 1 of the scale. */
  at(share: number, image: Image): number;
  /** Whether either sign is drawn. */
  isSigned: boolean;
}

const upTo = (most: number): Scale => ({ at: (share) => most * share, isSigned: true });
const none: Scale = { at: () => 0, isSigned: false };
/** Of the side, as a shift of 150 pixels is of the 331 that images of the paper's ImageNet experiments have. */
const farthest = 150 / 331;

/** What the scale of each operation runs over: E. Cubuk et al. (2019), table 6, as torchvision has it. */
const scales: Readonly<Record<ImageOperationName, Scale>> = {
  identity: none,
  shearX: upTo(0.3),
  shearY: upTo(0.3),
  translateX: { at: (share, { width }) => farthest * width * share, isSigned: true },
  translateY: { at: (share, { height }) => farthest * height * share, isSigned: true },
  rotate: upTo(30),
  brightness: upTo(0.9),
  color: upTo(0.9),
  contrast: upTo(0.9),
  sharpness: upTo(0.9),
  posterize: { at: (share) => 8 - halfToEven(4 * share), isSigned: false },
  solarize: { at: (share) => 255 * (1 - share), isSigned: false },
  autoContrast: none,
  equalize: none,
  invert: none,
};

/**
 * The magnitude of an operation.
 *
 * @param share where on its scale, from 0 to 1
 * @param isNegative whether the sign is turned, of those that have one
 */
export function magnitudeOf(name: ImageOperationName, share: number, isNegative: boolean, image: Image): number {
  const { at, isSigned } = scales[name];
  const magnitude = at(share, image);
  return isSigned && isNegative ? -magnitude : magnitude;
}

function halfToEven(value: number): number {
  const down = Math.floor(value);
  return value - down === 0.5 ? down + (down % 2) : Math.round(value);
}
