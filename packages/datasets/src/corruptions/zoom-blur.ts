import { zoomed } from './bands';
import { bySeverity } from './by-severity';
import { clipped } from './raster';

/** The mean of the image and of its middle enlarged `1 + i step` times, `i` from 0: the camera comes nearer. */
export const zoomBlur = bySeverity(
  // [enlargements, step]: the lengths are what numpy's arange makes of the original's ends.
  [
    [7, 0.01],
    [12, 0.01],
    [16, 0.01],
    [21, 0.01],
    [26, 0.01],
  ],
  [
    [12, 0.01],
    [16, 0.01],
    [11, 0.02],
    [13, 0.02],
    [11, 0.03],
  ],
  (image, [count, step]) => {
    // What numpy's arange adds, and rounding up to whole pixels tells it from the step.
    const pitch = 1 + step - 1;
    const sum = image.data.slice();
    for (let i = 0; i < count; i++) {
      zoomed(image, 1 + i * pitch).data.forEach((value, at) => {
        sum[at] += value;
      });
    }
    return { ...image, data: sum.map((value) => clipped(value / (count + 1))) };
  },
);
