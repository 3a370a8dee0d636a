import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients, normal } from '@agoge/core';
import {
  add,
  addN,
  memory,
  mul,
  type Scalar,
  scalar,
  setBackend,
  split,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { applyChanges, recordChanges } from './recorded-changes';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const numbers = (stream: string) => tensor1d(normal({ seed: 1, stream }, 4));
const made = (...streams: string[]): Variable[] => streams.map((each) => tidy(() => variable(numbers(each), false)));
const valuesOf = (variables: readonly Variable[]) =>
  Promise.all(variables.map(async (each) => [...(await each.data())]));

/** A computation that moves what it is given, twice the first, with kernels of one input, several and several outputs. */
function moving([mean, spread, still, set]: readonly Variable[]): Tensor {
  const batch = numbers('batch');
  for (const each of [batch, square(batch)]) mean.assign(sub(mean, mul(sub(mean, each), 0.1)));
  const [head, tail] = split(spread as Tensor as Tensor1D, 2);
  spread.assign(addN([spread, mul(batch, sum(sub(tail, head))), mean]));
  set.assign(square(batch));
  return add(sum(still), sum(square(batch)));
}

it('makes the changes of one computation to variables of other values, to the bit', async () => {
  const before = memory().numTensors;
  const names = ['mean', 'spread', 'still', 'set'];
  const others = names.map((each) => `other ${each}`);
  const [recorded, here, there] = [made(...names), made(...others), made(...others)];
  const { result, changes, readIn, dispose } = recordChanges(recorded, () => tidy(() => moving(recorded)));
  const program = structuredClone(await changes());
  expect(program.results[2]).toBeNull();
  expect(readIn(result)).toEqual([]);
  dispose();

  tidy(() => void moving(here));
  applyChanges(there, program);
  const values = await valuesOf(there);
  expect(values).toEqual(await valuesOf(here));
  expect(values.slice(0, 2)).not.toEqual((await valuesOf(recorded)).slice(0, 2));
  for (const each of [result, ...recorded, ...here, ...there]) each.dispose();
  expect(memory().numTensors).toBe(before);
});

it('tells what a value was made from, of what changes, also under a gradient', () => {
  const [moved, still] = made('moved', 'still');
  const weight = tidy(() => variable(numbers('weight')));
  const body = () =>
    variableGrads(() => {
      const loss = sum<Scalar>(mul(mul(moved, still), weight));
      moved.assign(add(moved, scalar(1)));
      return loss;
    });
  const { result, readIn, dispose } = recordChanges([moved, still], body);
  expect(readIn(result.value)).toEqual([moved]);
  expect(readIn(result.grads[weight.name])).toEqual([moved]);
  dispose();
  for (const each of [result.value, ...Object.values(result.grads), moved, still, weight]) each.dispose();
});

it('puts the engine back and keeps nothing where the computation throws', () => {
  const [moved] = made('moved');
  const before = memory().numTensors;
  const body = () =>
    tidy(() => {
      moved.assign(add(moved, scalar(1)));
      throw new Error('stop');
    });
  expect(() => recordChanges([moved], body)).toThrow('stop');
  expect(memory().numTensors).toBe(before);
  moved.dispose();
});
