import { existsSync, readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { ShapeError, watchKernels } from '@agoge/core';
import {
  add,
  addN,
  dispose,
  div,
  grads,
  memory,
  mul,
  setBackend,
  sigmoid,
  square,
  sub,
  sum,
  Tensor,
  tensor,
  tensor1d,
  tidy,
  valueAndGrads,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composed } from './composed.fixture';
import figuresFile from './figures.fixture.json';
import { float64 } from './float64.fixture';
import {
  celu,
  elu,
  gelu,
  mish,
  type Parameter,
  pblu,
  pelu,
  ppelu,
  pprelu,
  prelu,
  psilu,
  psoftplus,
  pssilu,
  pssiluFixedBeta,
  relu,
  silu,
  smoothRelu,
  softplus,
  ssilu,
} from './index';

/** As in the registry, of all parameters; SmoothReLU of r, the root of its alpha. */
const functions: Record<string, (x: Tensor, ...parameters: Parameter[]) => Tensor> = {
  relu,
  softplus,
  silu,
  gelu: (x) => gelu(x),
  gelutanh: (x) => gelu(x, 'tanh'),
  elu,
  celu,
  mish,
  psoftplus,
  smoothrelu: (x, r) => smoothRelu(x, r instanceof Tensor ? square(r) : r * r),
  prelu,
  pelu,
  pblu,
  pprelu,
  ppelu,
  psilu,
  ssilu,
  pssilufixedbeta: pssiluFixedBeta,
  pssilu,
};
/** Where a slope jumps, at 0, nobody has one derivative. */
const bent = ['relu', 'elu', 'celu', 'smoothrelu', 'prelu', 'pelu', 'pblu', 'pprelu', 'ppelu'];

interface Case {
  name: string;
  parameters: Record<string, number>;
  f: number[];
  dfdx: number[];
  d2fdx2?: number[];
  dfdp: Record<string, number[]>;
}

const { x: points } = figuresFile;
const figures = figuresFile.cases as unknown as Case[];
const settings = figures.map(({ name, parameters }) => [name, Object.values(parameters)] as const);

/** Kernels that walk all entries, forward and backward, to the input alone and to all: what a change must not raise unseen. */
const most: Record<string, [attack: number, training: number]> = {
  relu: [3, 3],
  softplus: [3, 3],
  silu: [6, 6],
  gelu: [13, 13],
  mish: [11, 11],
  psoftplus: [5, 9],
  psilu: [8, 11],
  pssilu: [11, 16],
};

/** Every entry of x has parameters of its own, so that one gradient gives the slopes of each. */
const spread = (x: number[], parameters: readonly number[]) =>
  [x, ...parameters.map((value) => x.map(() => value))].map((values) => tensor1d(values));

/** Value, input gradient and, entry by entry, parameter gradients. */
function measure(name: string, x: number[], parameters: readonly number[]) {
  return tidy(() => {
    const inputs = spread(x, parameters);
    const f = (...given: Tensor[]) => functions[name](given[0], ...given.slice(1));
    const { grads } = valueAndGrads((...given: Tensor[]) => sum(f(...given)))(inputs);
    const [dfdx, ...dfdp] = grads.map((each) => [...each.dataSync()]);
    return { f: [...f(...inputs).dataSync()], dfdx, dfdp };
  });
}

/** The gradients, to the input and each parameter, of the gradient to `of`, 0 being the input. */
function secondSlopes(name: string, x: number[], parameters: readonly number[], of: number): number[][] {
  return tidy(() => {
    const first = (...inputs: Tensor[]) =>
      grads((...given: Tensor[]) => sum(functions[name](given[0], ...given.slice(1))))(inputs)[of];
    // Times 0: to tfjs, what does not depend on an input at all is an error.
    const of0 = (inputs: Tensor[]) => mul(addN(inputs), 0);
    return grads((...inputs: Tensor[]) => sum(add(first(...inputs), of0(inputs))))(spread(x, parameters)).map(
      (each) => [...each.dataSync()],
    );
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

function expectCase({ name, parameters, f, dfdx, d2fdx2, dfdp }: Case, x: number[]): void {
  const values = Object.values(parameters);
  const got = measure(name, x, values);
  expectNear(got.f, f, 2e-5, 1e-6);
  expectNear(got.dfdx, dfdx, 1e-4, 1e-5);
  if (d2fdx2) expectNear(secondSlopes(name, x, values, 0)[0], d2fdx2, 1e-4, 1e-5);
  for (const [i, each] of Object.keys(parameters).entries()) {
    if (dfdp[each]) expectNear(got.dfdp[i], dfdp[each], 1e-4, 1e-5);
  }
}

// Differences of float64 functions of input and parameters, `i` and `j` the arguments that vary.
const at =
  (name: string, x: number, parameters: readonly number[]) => (i: number, di: number, j: number, dj: number) => {
    const given = [x, ...parameters];
    given[i] += di;
    given[j] += dj;
    return float64[name](given[0], ...given.slice(1));
  };
const slope = (f: ReturnType<typeof at>, i: number, h = 1e-4) => (f(i, h, i, 0) - f(i, -h, i, 0)) / (2 * h);
const secondSlope = (f: ReturnType<typeof at>, i: number, j: number, h = 1e-3) => {
  const mixed = (k: number) => (f(i, k, j, k) - f(i, k, j, -k) - f(i, -k, j, k) + f(i, -k, j, -k)) / (4 * k * k);
  return (4 * mixed(h) - mixed(2 * h)) / 3;
};

const golden = new URL('../../../../shared/golden/activations.json', import.meta.url);

describe.each(['cpu', 'wasm'])('on %s', (backendName) => {
  let before = 0;
  beforeAll(async () => {
    await setBackend(backendName);
    before = memory().numTensors;
  });
  afterAll(() => expect(memory().numTensors).toBe(before));

  it.each(figures)('$name $parameters: value, slopes and parameter slopes as in the papers', (each) => {
    expectCase(each, points);
  });

  it.skipIf(!existsSync(golden))('agrees with all cases of activations.json (needs ../shared/golden)', () => {
    const { cases } = JSON.parse(readFileSync(golden, 'utf8')) as {
      cases: (Omit<Case, 'parameters'> & { params: Record<string, number>; x: number[] })[];
    };
    const named = cases.map((each) => ({ ...each, name: each.name.replaceAll('_', '').replace('geluerf', 'gelu') }));
    const ours = named.filter(({ name }) => name in functions);
    expect(ours.map(({ name, params }) => [name, params])).toEqual(figures.map((each) => [each.name, each.parameters]));
    for (const { params, x, ...rest } of ours) expectCase({ ...rest, parameters: params }, x);
  });

  it.each(settings)('%s %j: central differences of float64 agree with the gradients', (name, parameters) => {
    const x = points.filter((each) => Math.abs(each) > 1e-3 || !bent.includes(name));
    const got = measure(name, x, parameters);
    [got.dfdx, ...got.dfdp].forEach((slopes, i) => {
      if (i > 0 && Math.abs(parameters[i - 1]) < 1e-3) return; // |.| has a corner within h
      expectNear(
        slopes,
        x.map((each) => slope(at(name, each, parameters), i)),
        1e-4,
        2e-5,
      );
    });
  });

  it.each(settings)('%s %j: and with the gradients of the gradients', (name, parameters) => {
    const x = points.filter((each) => Math.abs(each) > 1e-3 || !bent.includes(name));
    const steady = [0, ...parameters.map((_, i) => i + 1)].filter(
      (i) => i === 0 || bent.includes(name) || Math.abs(parameters[i - 1]) > 1e-2,
    );
    for (const i of steady) {
      const got = secondSlopes(name, x, parameters, i);
      for (const j of steady) {
        expectNear(
          got[j],
          x.map((each) => secondSlope(at(name, each, parameters), i, j)),
          1e-3,
          2e-4,
        );
      }
    }
  });

  it.each(settings)('%s %j: huge inputs give the limits, and no NaN', (name, parameters) => {
    const x = [30, 100, 1e3, 1e4, 1e6, 1e30].flatMap((each) => [-each, each]);
    const { f, dfdx, dfdp } = measure(name, x, parameters);
    expectNear(
      f,
      x.map((each) => float64[name](each, ...parameters)),
      1e-6,
      1e-6,
    );
    expectNear(
      dfdx,
      x.map((each) => slope(at(name, each, parameters), 0, Math.abs(each) / 1e3)),
      1e-4,
      1e-5,
    );
    expect(dfdp.flat().every(Number.isFinite)).toBe(true);
    expect(secondSlopes(name, x, parameters, 0)[0].every(Number.isFinite)).toBe(true);
    const cubed = x.filter((each) => Math.abs(each) <= 1e6); // x^3 times 0, as far as x^3 is finite
    for (const i of [0, ...parameters.map((_, i) => i + 1)]) {
      expect(secondSlopes(name, cubed, parameters, i).flat().every(Number.isFinite)).toBe(true);
    }
  });

  it.each(settings)('%s %j: NaN in, NaN out', (name, parameters) => {
    const { f } = measure(name, [Number.NaN, 1], parameters);
    expect(f[0]).toBeNaN();
    expect(f[1]).toBeGreaterThan(0);
  });

  it.each(settings)('%s %j: no more passes over the entries than the formula as written', (name, parameters) => {
    const size = 1000;
    const x = tensor1d(Array.from({ length: size }, (_, i) => i / 100 - 5));
    const scalars = parameters.map((value) => tensor1d([value]));
    const passes = (f: (x: Tensor, ...p: Tensor[]) => Tensor, inputs: Tensor[]) => {
      let count = 0;
      watchKernels(
        ({ kernel, inputs }) => {
          const full = Object.values(inputs).some((each) => (each as Tensor).shape?.[0] === size);
          if (full && kernel !== 'Identity' && kernel !== 'Cast') count++;
        },
        () => tidy(() => void grads((...given: Tensor[]) => f(given[0], ...given.slice(1)))(inputs)),
      );
      return count;
    };
    const attack = passes((each) => functions[name](each, ...parameters), [x]);
    expect(attack).toBeLessThanOrEqual(passes((each) => composed[name](each, ...scalars), [x]));
    const training = passes(functions[name], [x, ...scalars]);
    expect(training).toBeLessThanOrEqual(passes(composed[name], [x, ...scalars]));
    if (name in most) expect([attack, training]).toEqual(most[name]);
    dispose([x, ...scalars]);
  });

  it.each(['relu', 'prelu', 'pblu', 'pprelu', 'smoothrelu'])('%s has slope 0 at 0', (name) => {
    const parameters = name === 'relu' ? [] : [0.7];
    const { f, dfdx } = measure(name, [0, -0], parameters);
    expect([...f, ...dfdx].map(Math.abs)).toEqual([0, 0, 0, 0]);
  });

  it('gelu errs far left by less than 1e-6, and is never positive there', () => {
    const x = Array.from({ length: 1201 }, (_, i) => -12 + i / 100);
    const { f, dfdx } = measure('gelu', x, []);
    f.forEach((value, i) => {
      expect(value).toBeLessThanOrEqual(0);
      expect(Math.abs(value - float64.gelu(x[i]))).toBeLessThan(6e-7);
      expect(Math.abs(dfdx[i] - slope(at('gelu', x[i], []), 0))).toBeLessThan(3e-7);
    });
  });

  it('gelutanh, silu and mish are right far left to their last digits', () => {
    for (const name of ['gelutanh', 'silu', 'mish']) {
      const x = [-9, -7, -5, -4, -3];
      expectNear(
        measure(name, x, []).f,
        x.map((each) => float64[name](each)),
        2e-5,
        0,
      );
    }
  });

  it('pssilu at beta = 0 is SiLU, and gives beta the gradient 0 of |0|', () => {
    const { f, dfdp } = measure('pssilu', points, [1, 0]);
    expectNear(
      f,
      points.map((x) => float64.silu(x)),
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
      const expected = gradients((each, a, b) => div(mul(each, sub(sigmoid(mul(each, a)), b)), sub(1, b)));
      gradients(pssilu).forEach((each, i) => {
        expect(each.shape).toEqual(expected[i].shape);
        expectNear(each.dataSync(), expected[i].dataSync(), 1e-5, 1e-5);
      });
    });
  });
});

describe('arguments', () => {
  const x = () => tensor1d([1, 2, 3]);
  it.each([
    [() => silu([1] as never), TypeError, 'silu: x must be a tensor, got [1]'],
    [
      () => gelu(x(), 'sigmoid' as never),
      RangeError,
      'gelu: approximation must be one of "erf", "tanh", got "sigmoid"',
    ],
    [() => psoftplus(x(), '2' as never), TypeError, 'psoftplus: alpha must be a finite number, got "2"'],
    [() => psoftplus(x(), undefined as never), TypeError, 'psoftplus: alpha must be a finite number, got undefined'],
    [() => pssilu(x(), 1, Number.NaN), RangeError, 'pssilu: beta must be a finite number, got NaN'],
    [() => elu(x(), null as never), TypeError, 'elu: alpha must be a finite number, got null'],
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
