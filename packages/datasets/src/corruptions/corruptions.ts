import { brightness } from './brightness';
import type { Corruptor } from './by-severity';
import { contrast } from './contrast';
import { defocusBlur } from './defocus-blur';
import { elasticTransform } from './elastic-transform';
import { fog } from './fog';
import { frost } from './frost';
import { gaussianNoise } from './gaussian-noise';
import { glassBlur } from './glass-blur';
import { impulseNoise } from './impulse-noise';
import { jpegCompression } from './jpeg-compression';
import { motionBlur } from './motion-blur';
import { pixelate } from './pixelate';
import { shotNoise } from './shot-noise';
import { snow } from './snow';
import { zoomBlur } from './zoom-blur';

export type CorruptionName =
  | 'gaussian_noise'
  | 'shot_noise'
  | 'impulse_noise'
  | 'defocus_blur'
  | 'glass_blur'
  | 'motion_blur'
  | 'zoom_blur'
  | 'snow'
  | 'frost'
  | 'fog'
  | 'brightness'
  | 'contrast'
  | 'elastic_transform'
  | 'pixelate'
  | 'jpeg_compression';

export type CorruptionGroup = 'noise' | 'blur' | 'weather' | 'digital';

export interface Corruption {
  /** As the files of CIFAR-10-C are named. */
  readonly name: CorruptionName;
  readonly group: CorruptionGroup;
  /** What a table calls it: says where it is not the original's. */
  readonly title: string;
}

const groups: Readonly<Record<CorruptionGroup, Readonly<Partial<Record<CorruptionName, Corruptor>>>>> = {
  noise: { gaussian_noise: gaussianNoise, shot_noise: shotNoise, impulse_noise: impulseNoise },
  blur: { defocus_blur: defocusBlur, glass_blur: glassBlur, motion_blur: motionBlur, zoom_blur: zoomBlur },
  weather: { snow, frost, fog, brightness },
  digital: { contrast, elastic_transform: elasticTransform, pixelate, jpeg_compression: jpegCompression },
};

/** The corruptions by name. */
export const corruptors = Object.assign({}, ...Object.values(groups)) as Readonly<Record<CorruptionName, Corruptor>>;

/**
 * The 15 corruptions of CIFAR-10-C and ImageNet-C, in the order of the paper.
 *
 * D. Hendrycks and T. Dietterich, Benchmarking neural network robustness to common corruptions and perturbations (ICLR 2019), §4.1.
 */
export const corruptions: readonly Corruption[] = Object.entries(groups).flatMap(([group, members]) =>
  Object.keys(members).map((name) => ({
    name: name as CorruptionName,
    group: group as CorruptionGroup,
    title: name === 'frost' ? 'frost (procedural)' : name.replaceAll('_', ' '),
  })),
);
