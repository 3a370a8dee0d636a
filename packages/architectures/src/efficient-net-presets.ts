import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type EfficientNetOptions, efficientNetNamed } from './efficient-net';

/** `[width, depth, resolution, dropout]`, of the original's code and that of smooth adversarial training. */
const preset =
  (who: string, width: number, depth: number, resolution: number, dropout: number) =>
  (options: EfficientNetOptions = {}): LayersModel =>
    efficientNetNamed(who, { width, depth, resolution, dropout }, options);

/** EfficientNet-B0: images of 224, dropout 0.2, 5,288,548 parameters; options as {@link efficientNet}'s. */
export const efficientNetB0 = preset('efficientNetB0', 1, 1, 224, 0.2);

/** EfficientNet-B1: depth 1.1, images of 240, dropout 0.2, 7,794,184 parameters. */
export const efficientNetB1 = preset('efficientNetB1', 1, 1.1, 240, 0.2);

/** EfficientNet-B2: width 1.1, depth 1.2, images of 260, dropout 0.3, 9,109,994 parameters. */
export const efficientNetB2 = preset('efficientNetB2', 1.1, 1.2, 260, 0.3);

/** EfficientNet-B3: width 1.2, depth 1.4, images of 300, dropout 0.3, 12,233,232 parameters. */
export const efficientNetB3 = preset('efficientNetB3', 1.2, 1.4, 300, 0.3);

/** EfficientNet-B4: width 1.4, depth 1.8, images of 380, dropout 0.4, 19,341,616 parameters. */
export const efficientNetB4 = preset('efficientNetB4', 1.4, 1.8, 380, 0.4);

/** EfficientNet-B5: width 1.6, depth 2.2, images of 456, dropout 0.4, 30,389,784 parameters. */
export const efficientNetB5 = preset('efficientNetB5', 1.6, 2.2, 456, 0.4);

/** EfficientNet-B6: width 1.8, depth 2.6, images of 528, dropout 0.5, 43,040,704 parameters. */
export const efficientNetB6 = preset('efficientNetB6', 1.8, 2.6, 528, 0.5);

/** EfficientNet-B7: width 2, depth 3.1, images of 600, dropout 0.5, 66,347,960 parameters. */
export const efficientNetB7 = preset('efficientNetB7', 2, 3.1, 600, 0.5);

/** EfficientNet-L1 of smooth adversarial training: width 3.9, depth 3.7, images of 600, dropout 0.5, 272,630,564 parameters. */
export const efficientNetL1 = preset('efficientNetL1', 3.9, 3.7, 600, 0.5);
