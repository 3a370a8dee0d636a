import { existsSync, readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { ShapeError } from '@agoge/core';
import {
  div,
  grads,
  memory,
  mul,
  setBackend,
  sigmoid,
  sub,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tidy,
  valueAndGrads,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Parameter, psoftplus, pssilu, relu, silu, softplus } from './index';

interface Case {
  name: string;
  parameters: Record<string, number>;
  f: number[];
  dfdx: number[];
  dfdp: Record<string, number[]>;
}

/** Twelve points of `golden/activations.json` (60-digit arithmetic, checked against the papers' code), kept here. */
const points = [-30, -6, -2, -1, -0.5, -1e-6, 0, 0.1, 0.5, 1.5, 4, 10];
const figures: Case[] = [
  {
    name: 'relu',
    parameters: {},
    f: [0, 0, 0, 0, 0, 0, 0, 0.1, 0.5, 1.5, 4, 10],
    dfdx: [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
    dfdp: {},
  },
  {
    name: 'softplus',
    parameters: {},
    f: [
      9.35762297e-14,
      0.00247568514,
      0.126928011,
      0.313261688,
      0.474076984,
      0.693146681,
      Math.LN2,
      0.74439666,
      0.974076984,
      1.70141328,
      4.01814993,
      10.0000454,
    ],
    dfdx: [
      9.35762297e-14, 0.00247262316, 0.119202922, 0.268941421, 0.377540669, 0.49999975, 0.5, 0.524979187, 0.622459331,
      0.817574476, 0.98201379, 0.999954602,
    ],
    dfdp: {},
  },
  {
    name: 'silu',
    parameters: {},
    f: [
      -2.80728689e-12, -0.0148357389, -0.238405844, -0.268941421, -0.188770334, -4.9999975e-7, 0, 0.0524979187,
      0.311229666, 1.22636171, 3.92805516, 9.99954602,
    ],
    dfdx: [
      -2.71371066e-12, -0.0123264326, -0.0907842488, 0.0723294881, 0.260038813, 0.4999995, 0.5, 0.549916791,
      0.739961187, 1.04129415, 1.05266461, 1.00040856,
    ],
    dfdp: {},
  },
  {
    name: 'psoftplus',
    parameters: { alpha: 0.5 },
    f: [
      6.11804547e-7, 0.0971747031, 0.626523375, 0.948153968, 1.15187884, 1.38629386, 1.38629436, 1.4369193, 1.65187884,
      2.27374201, 4.25385602, 10.0134307,
    ],
    dfdx: [
      3.05902227e-7, 0.0474258732, 0.268941421, 0.377540669, 0.437823499, 0.499999875, 0.5, 0.512497396, 0.562176501,
      0.679178699, 0.880797078, 0.993307149,
    ],
    dfdp: {
      alpha: [
        -1.95777427e-5, -0.763459884, -2.32881244, -2.65138927, -2.74158118, -2.77258872, -2.77258872, -2.77133911,
        -2.74158118, -2.50994793, -1.46133542, -0.160718412,
      ],
    },
  },
  {
    name: 'psoftplus',
    parameters: { alpha: -2.0 },
    f: [
      4.37825538e-27, 3.07209674e-6, 0.00907496396, 0.0634640055, 0.156630844, 0.34657309, 0.34657359, 0.399069435,
      0.656630844, 1.52429368, 4.0001677, 10,
    ],
    dfdx: [
      8.75651076e-27, 6.1441746e-6, 0.01798621, 0.119202922, 0.268941421, 0.4999995, 0.5, 0.549833997, 0.731058579,
      0.952574127, 0.99966465, 0.999999998,
    ],
    dfdp: {
      alpha: [
        1.33536789e-25, 1.99685722e-5, 0.0225236919, 0.0913334638, 0.145550777, 0.173286795, 0.173286795, 0.172043017,
        0.145550777, 0.0477162428, 0.000754551854, 1.08210565e-8,
      ],
    },
  },
  {
    name: 'pssilu',
    parameters: { alpha: 1.7, beta: 0.3 },
    f: [
      12.8571429, 2.57110998, 0.764870101, 0.207906764, 0.000405101767, -2.85713679e-7, 0, 0.0346282773, 0.286119387,
      1.34480039, 3.99364265, 9.99999941,
    ],
    dfdx: [
      -0.428571429, -0.429059914, -0.53423275, -0.52509215, -0.255534344, 0.285713071, 0.285714286, 0.406560502,
      0.826962915, 1.14126398, 1.00920613, 1.00000095,
    ],
    dfdp: {
      alpha: [
        9.12275249e-20, 0.00191147429, 0.178585529, 0.186579639, 0.0749188648, 3.57142857e-13, 0, 0.00354574878,
        0.0749188648, 0.215938574, 0.0254011039, 5.91419625e-6,
      ],
      beta: [
        61.2244898, 12.2444428, 3.94981443, 1.72558109, 0.714864431, 1.02040903e-6, 0, -0.0933881754, -0.305543732,
        -0.221713731, -0.0090819268, -8.44885214e-7,
      ],
    },
  },
  {
    name: 'pssilu',
    parameters: { alpha: -1.5, beta: -0.1 },
    f: [
      3.33333333, 0.665844036, 0.116831393, -0.0915839153, -0.1226785, -4.44444028e-7, 0, 0.0486033161, 0.321765944,
      1.34108423, 3.98901056, 9.9999966,
    ],
    dfdx: [
      -0.111111111, -0.1122078, -0.209004562, -0.156993505, 0.0637778394, 0.444443611, 0.444444444, 0.527466329,
      0.825111049, 1.10970101, 1.01369604, 1.00000476,
    ],
    dfdp: {
      alpha: [
        -2.86251858e-17, -0.00493517399, -0.200785154, -0.16571828, -0.0605263872, -2.77777778e-13, 0, -0.00276221119,
        -0.0605263872, -0.215644861, -0.0438490541, -3.39891259e-5,
      ],
      beta: [
        -37.037037, -7.40649337, -2.35203488, -1.00935121, -0.419246111, -6.17284414e-7, 0, 0.0571074265, 0.19803784,
        0.176573083, 0.0122104847, 3.7765707e-6,
      ],
    },
  },
  {
    name: 'pssilu',
    parameters: { alpha: 1.0, beta: 1e-8 },
    f: [
      2.99997196e-7, -0.0148356791, -0.238405826, -0.268941414, -0.188770331, -4.99999745e-7, 0, 0.0524979183,
      0.311229664, 1.22636171, 3.92805516, 9.99954602,
    ],
    dfdx: [
      -1.00027138e-8, -0.0123264427, -0.0907842597, 0.0723294789, 0.260038805, 0.499999495, 0.499999995, 0.549916787,
      0.739961185, 1.04129415, 1.05266462, 1.00040856,
    ],
    dfdp: {
      alpha: [
        8.42186076e-11, 0.0887943354, 0.419974346, 0.196611935, 0.0587509286, 2.50000002e-13, 0, 0.00249376043,
        0.0587509286, 0.335579521, 0.282603302, 0.00453958082,
      ],
      beta: [
        30.0000006, 5.98516438, 1.76159419, 0.731058593, 0.311229672, 5.0000026e-7, 0, -0.0475020822, -0.188770338,
        -0.273638291, -0.0719448413, -0.000453978696,
      ],
    },
  },
];

const functions: Record<string, (x: Tensor, ...parameters: Parameter[]) => Tensor> = {
  relu,
  softplus,
  silu,
  psoftplus: (x, alpha) => psoftplus(x, alpha),
  pssilu: (x, alpha, beta) => pssilu(x, alpha, beta),
};
const settings = figures.map(({ name, parameters }) => [name, Object.values(parameters)] as const);

// The same in float64.
const s = (z: number) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));
const exact: Record<string, (x: number, ...parameters: number[]) => number> = {
  relu: (x) => Math.max(x, 0),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  silu: (x) => x * s(x),
  psoftplus: (x, alpha) => exact.softplus(Math.abs(alpha) * x) / Math.abs(alpha),
  pssilu: (x, alpha, beta) => (x * (s(Math.abs(alpha) * x) - Math.abs(beta))) / (1 - Math.abs(beta)),
};
const slope = (f: (x: number) => number, x: number, h = 1e-4) => (f(x + h) - f(x - h)) / (2 * h);

/** Value, input gradient and, entry by entry, parameter gradients: every entry has parameters of its own. */
function measure(name: string, x: number[], parameters: number[]) {
  return tidy(() => {
    const inputs = [x, ...parameters.map((value) => x.map(() => value))].map((values) => tensor1d(values));
    const { value, grads } = valueAndGrads((...given: Tensor[]) => sum(functions[name](given[0], ...given.slice(1))))(
      inputs,
    );
    value.dispose();
    const [dfdx, ...dfdp] = grads.map((each) => [...each.dataSync()]);
    return { f: [...functions[name](inputs[0], ...inputs.slice(1)).dataSync()], dfdx, dfdp };
  });
}

function expectNear(got: ArrayLike<number>, expected: ArrayLike<number>, relative: number, absolute: number): void {
  expect(got.length).toBe(expected.length);
  Array.from(got).forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `entry ${i}: ${value} for ${expected[i]}`).toBeLessThanOrEqual(
      relative * Math.abs(expected[i]) + absolute,
    );
  });
}

function expectCase({ name, parameters, f, dfdx, dfdp }: Case, x: number[]): void {
  const got = measure(name, x, Object.values(parameters));
  expectNear(got.f, f, 2e-5, 1e-6);
  expectNear(got.dfdx, dfdx, 1e-4, 1e-5);
  expect(got.dfdp).toHaveLength(Object.keys(parameters).length);
  for (const [i, each] of Object.keys(parameters).entries()) expectNear(got.dfdp[i], dfdp[each], 1e-4, 1e-5);
}

const golden = new URL('../../../../shared/golden/activations.json', import.meta.url);

describe.each(['cpu', 'wasm'])('on %s', (backendName) => {
  let before = 0;
  beforeAll(async () => {
    await setBackend(backendName);
    before = memory().numTensors;
  });
  afterAll(() => expect(memory().numTensors).toBe(before));

  it.each(figures)('$name $parameters: value, slope and parameter gradients as in the papers', (each) => {
    expectCase(each, points);
  });

  it.skipIf(!existsSync(golden))('agrees with all cases of activations.json (needs ../shared/golden)', () => {
    const { cases } = JSON.parse(readFileSync(golden, 'utf8')) as {
      cases: (Omit<Case, 'parameters'> & { params: Record<string, number>; x: number[] })[];
    };
    const ours = cases.filter(({ name }) => name in functions);
    expect(ours.length).toBeGreaterThanOrEqual(12);
    for (const { params, x, ...rest } of ours) expectCase({ ...rest, parameters: params }, x);
  });

  it.each(settings)('%s %j: central differences of float64 agree with the gradients', (name, parameters) => {
    const x = points.filter((each) => Math.abs(each) > 1e-3 || name !== 'relu');
    const got = measure(name, x, parameters);
    expectNear(
      got.dfdx,
      x.map((each) => slope((at) => exact[name](at, ...parameters), each)),
      1e-4,
      1e-5,
    );
    parameters.forEach((value, i) => {
      if (Math.abs(value) < 1e-3) return; // |.| has a corner within h
      const along = x.map((each) => slope((at) => exact[name](each, ...parameters.with(i, at)), value));
      expectNear(got.dfdp[i], along, 1e-4, 2e-5);
    });
  });

  it.each(settings)('%s %j: huge inputs give the limits, and no NaN', (name, parameters) => {
    const x = [1e3, 1e4, 1e6, 1e30].flatMap((each) => [-each, each]);
    const { f, dfdx, dfdp } = measure(name, x, parameters);
    const a = Math.abs(parameters[0] ?? 1);
    const b = Math.abs(parameters[1] ?? 0);
    const limit = (each: number) => (each > 0 ? each : (each * -b) / (1 - b));
    expectNear(f, x.map(limit), 1e-6, 0);
    expectNear(
      dfdx,
      x.map((each) => (each > 0 ? 1 : -b / (1 - b))),
      1e-6,
      0,
    );
    if (dfdp.length > 0)
      expectNear(
        dfdp[0],
        x.map(() => 0),
        0,
        1e-30 / a,
      );
    if (dfdp.length > 1) {
      const sign = Math.sign(parameters[1]);
      expectNear(
        dfdp[1],
        x.map((each) => (each > 0 ? 0 : (-each * sign) / (1 - b) ** 2)),
        1e-6,
        0,
      );
    }
  });

  it.each(Object.keys(functions))('%s: NaN in, NaN out', (name) => {
    const parameters = name === 'pssilu' ? [1.2, 0.1] : name === 'psoftplus' ? [1.2] : [];
    const { f } = measure(name, [Number.NaN, 1], parameters);
    expect(f[0]).toBeNaN();
    expect(f[1]).toBeGreaterThan(0);
  });

  it('relu has slope 0 at 0', () => expect(measure('relu', [0, -0], []).dfdx.map(Math.abs)).toEqual([0, 0]));

  it('pssilu at beta = 0 is SiLU, and gives beta the gradient 0 of |0|', () => {
    const { f, dfdp } = measure('pssilu', points, [1, 0]);
    expectNear(
      f,
      points.map((x) => exact.silu(x)),
      2e-5,
      1e-6,
    );
    expect(dfdp[1].map(Math.abs)).toEqual(points.map(() => 0));
  });

  it.each([
    [[], [1]],
    [[1], [3]],
    [[3], []],
    [
      [2, 1, 1],
      [1, 2, 3],
    ],
  ])('sums the gradients of alpha %j and beta %j to their shapes', (alphaShape, betaShape) => {
    tidy(() => {
      const fill = (shape: number[], from: number) =>
        tensor(
          Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => from + i / 10),
          shape,
        );
      const x = mul(fill([2, 2, 3], -7), 0.5);
      const dy = fill([2, 2, 3], 1);
      const [alpha, beta] = [fill(alphaShape, 1.3), fill(betaShape, 0.1)];
      const gradients = (f: (x: Tensor, a: Tensor, b: Tensor) => Tensor) =>
        grads((...[each, a, b]: Tensor[]) => sum(mul(f(each, a, b), dy)))([x, alpha, beta]);
      const composed = gradients((each, a, b) => div(mul(each, sub(sigmoid(mul(each, a)), b)), sub(1, b)));
      gradients(pssilu).forEach((each, i) => {
        expect(each.shape).toEqual(composed[i].shape);
        expectNear(each.dataSync(), composed[i].dataSync(), 1e-5, 1e-5);
      });
    });
  });
});

describe('arguments', () => {
  const x = () => tensor1d([1, 2, 3]);
  it.each([
    [() => silu([1] as never), TypeError, 'silu: x must be a tensor, got [1]'],
    [() => psoftplus(x(), '2' as never), TypeError, 'psoftplus: alpha must be a finite number, got "2"'],
    [() => psoftplus(x(), undefined as never), TypeError, 'psoftplus: alpha must be a finite number, got undefined'],
    [() => pssilu(x(), 1, Number.NaN), RangeError, 'pssilu: beta must be a finite number, got NaN'],
    [
      () => pssilu(x(), tensor1d([1, 2]), 0),
      ShapeError,
      'pssilu: alpha must have shape [...] that broadcasts to [3], got [2]',
    ],
  ])('%s', (call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});
