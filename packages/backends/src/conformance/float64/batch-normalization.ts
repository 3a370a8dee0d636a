/** What normalises each channel, the last axis: `y = (x - mean) / sqrt(variance + epsilon) * scale + offset`. */
export interface Normalization {
  mean: ArrayLike<number>;
  variance: ArrayLike<number>;
  /** 1 by default. */
  scale?: ArrayLike<number>;
  /** 0 by default. */
  offset?: ArrayLike<number>;
  epsilon: number;
}

/** Deviation and factor of the channel of the number at a position. */
function channelOf({ mean, variance, scale, epsilon }: Normalization, at: number) {
  const channel = at % mean.length;
  return { channel, perDeviation: 1 / Math.sqrt(variance[channel] + epsilon), factor: scale?.[channel] ?? 1 };
}

/** The normalised numbers. */
export function normalized(by: Normalization, x: ArrayLike<number>): Float64Array {
  return Float64Array.from(x, (each, at) => {
    const { channel, perDeviation, factor } = channelOf(by, at);
    return (each - by.mean[channel]) * perDeviation * factor + (by.offset?.[channel] ?? 0);
  });
}

/** The gradients of `sum(dy * y)` by the numbers and by what normalises them, which are taken not to depend on each other. */
export function normalizationGradients(by: Normalization, x: ArrayLike<number>, dy: ArrayLike<number>) {
  const sums = () => new Float64Array(by.mean.length);
  const gradients = { x: new Float64Array(x.length), mean: sums(), variance: sums(), scale: sums(), offset: sums() };
  for (let at = 0; at < x.length; at++) {
    const { channel, perDeviation, factor } = channelOf(by, at);
    const centred = x[at] - by.mean[channel];
    gradients.x[at] = dy[at] * perDeviation * factor;
    gradients.mean[channel] -= dy[at] * perDeviation * factor;
    gradients.variance[channel] -= 0.5 * dy[at] * factor * centred * perDeviation ** 3;
    gradients.scale[channel] += dy[at] * centred * perDeviation;
    gradients.offset[channel] += dy[at];
  }
  return gradients;
}

/** Mean and biased variance of each channel. */
export function statistics(x: ArrayLike<number>, channels: number) {
  const [mean, variance] = [new Float64Array(channels), new Float64Array(channels)];
  const count = x.length / channels;
  for (let at = 0; at < x.length; at++) mean[at % channels] += x[at] / count;
  for (let at = 0; at < x.length; at++) variance[at % channels] += (x[at] - mean[at % channels]) ** 2 / count;
  return { mean, variance };
}

/**
 * The gradient by the numbers where mean and variance are their own: with `z = (x - mean) / sqrt(variance + epsilon)`,
 * `scale / sqrt(variance + epsilon) (dy - mean(dy) - z mean(dy z))`, the means taken over each channel.
 */
export function batchStatisticsGradient(by: Normalization, x: ArrayLike<number>, dy: ArrayLike<number>): Float64Array {
  const channels = by.mean.length;
  const count = x.length / channels;
  const z = normalized({ mean: by.mean, variance: by.variance, epsilon: by.epsilon }, x);
  const [meanDy, meanDyZ] = [new Float64Array(channels), new Float64Array(channels)];
  for (let at = 0; at < x.length; at++) {
    meanDy[at % channels] += dy[at] / count;
    meanDyZ[at % channels] += (dy[at] * z[at]) / count;
  }
  return Float64Array.from(z, (each, at) => {
    const { channel, perDeviation, factor } = channelOf(by, at);
    return factor * perDeviation * (dy[at] - meanDy[channel] - each * meanDyZ[channel]);
  });
}
