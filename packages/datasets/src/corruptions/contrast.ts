import { bySeverity } from './by-severity';
import { clipped } from './raster';

/** `(x - mean) kept + mean`, the mean of each channel over the image. */
export const contrast = bySeverity([0.75, 0.5, 0.4, 0.3, 0.15], [0.4, 0.3, 0.2, 0.1, 0.05], (image, kept) => {
  const { data, height, width, channels } = image;
  const means = new Float64Array(channels);
  data.forEach((value, i) => {
    means[i % channels] += value / (height * width);
  });
  return {
    ...image,
    data: data.map((value, i) => clipped((value - means[i % channels]) * kept + means[i % channels])),
  };
});
