import { bySeverity } from './by-severity';

/** The value of HSV raised by `amount` and clipped, hue and saturation kept: each pixel times `min(1, v + amount) / v`. */
export const brightness = bySeverity([0.05, 0.1, 0.15, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5], (image, amount) => {
  const { channels } = image;
  const data = image.data.slice();
  for (let at = 0; at < data.length; at += channels) {
    let most = 0;
    for (let c = 0; c < channels; c++) most = Math.max(most, data[at + c]);
    const raised = Math.min(1, most + amount);
    for (let c = 0; c < channels; c++) data[at + c] = most > 0 ? (data[at + c] / most) * raised : raised;
  }
  return { ...image, data };
});
