// What data contestants are timed at, by the names that they know.
export const augmentationCases = [
  'crop',
  'flip',
  'crop and flip',
  'cutout',
  'cutMix',
  'mixUp',
  'autoAugment',
  'randAugment',
];

export const corruptionCases = [
  'gaussian_noise',
  'shot_noise',
  'impulse_noise',
  'defocus_blur',
  'glass_blur',
  'motion_blur',
  'zoom_blur',
  'snow',
  'frost',
  'fog',
  'brightness',
  'contrast',
  'elastic_transform',
  'pixelate',
  'jpeg_compression',
];

/** Files that peers/data_files.py writes. */
export const fileCases = ['read svhn', 'read npz', 'read csv'];

/** `batches`: bytes in memory, shuffled, as float batches of 128. */
export const readCases = ['batches', 'read idx', 'read cifar', 'read parquet'];

/** What users of tf.data write with tensors. */
export const tfDataCases = ['batches', 'crop', 'flip', 'crop and flip'];
