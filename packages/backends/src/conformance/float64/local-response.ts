/** Local response normalisation: `y_c = x_c / (bias + alpha sum_{|j - c| <= radius} x_j^2)^beta`, j and c over the last axis. */
export interface LocalResponse {
  channels: number;
  radius: number;
  bias: number;
  alpha: number;
  beta: number;
}

/** Calls back for each two channels of a pixel that are at most the radius apart, with their positions. */
function eachNeighbour({ channels, radius }: LocalResponse, size: number, visit: (at: number, near: number) => void) {
  for (let at = 0; at < size; at++) {
    const channel = at % channels;
    const last = Math.min(channels - 1, channel + radius);
    for (let other = Math.max(0, channel - radius); other <= last; other++) visit(at, at - channel + other);
  }
}

function bases(response: LocalResponse, x: ArrayLike<number>): Float64Array {
  const result = new Float64Array(x.length).fill(response.bias);
  eachNeighbour(response, x.length, (at, near) => {
    result[at] += response.alpha * x[near] ** 2;
  });
  return result;
}

/** The normalised numbers. */
export function localResponse(response: LocalResponse, x: ArrayLike<number>): Float64Array {
  return bases(response, x).map((base, at) => x[at] * base ** -response.beta);
}

/** The gradient of `sum(dy * y)`: `dy_i s_i^-beta - 2 alpha beta x_i sum_{|c - i| <= radius} dy_c x_c s_c^(-beta - 1)`, s the base. */
export function localResponseGradient(
  response: LocalResponse,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Float64Array {
  const { alpha, beta } = response;
  const base = bases(response, x);
  const dx = base.map((each, at) => dy[at] * each ** -beta);
  eachNeighbour(response, x.length, (at, near) => {
    dx[at] -= 2 * alpha * beta * x[at] * dy[near] * x[near] * base[near] ** (-beta - 1);
  });
  return dx;
}
