// Who takes part, as programs that turns.mjs starts: `name`, `command`, `args`, and which cases it `can` do. Pure.
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { tfDataCases } from './data-cases.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A backend of TensorFlow.js. Without constants, which onnx alone has, there is one gradient, with weights frozen or not. */
export const onTfjs = (name) => ({
  name,
  can: ({ row }) => name === 'onnx' || row !== 'input gradient, weights fed',
  command: execPath,
  args: [path('contestant.mjs'), name],
});

/** A Python with PyTorch, which runs `peer`; of FAB there is no loop. */
export const onPytorch = (python, peer = 'pytorch_steps') => ({
  name: `PyTorch (${python})`,
  can: ({ attack }) => attack !== 'fabTargeted',
  command: python,
  args: [path(`../peers/${peer}.py`)],
});

const ofNode = (name, can) => ({
  ...{ name, conditions: { threads: 1 }, can },
  ...{ command: execPath, args: [path('data-contestant.mjs'), name] },
});

/** Libraries for data: ours, tf.data, and torchvision with those that made the originals of the corruptions. */
const libraries = (pythons) => [
  ofNode('@agoge/datasets', () => true),
  ofNode('tf.data', ({ row }) => tfDataCases.includes(row)),
  ...pythons.map((python) => ({
    ...{ name: `torchvision (${python})`, conditions: { threads: 1 }, can: ({ row }) => row !== 'read parquet' },
    ...{ command: python, args: [path('../peers/data_throughput.py')] },
  })),
];

/**
 * Those of a group, the one first that the others are held against.
 *
 * @param group `by` says which: all backends and Pythons, the first backend alone (`ours`), the same in numbers of threads, wasm
 *   alone, or libraries for data
 */
export function contestantsOf({ by, peer, counts = [] }, { backends, pythons }) {
  const [ours] = backends;
  const able = (python) => onPytorch(python, peer);
  if (by === 'libraries') return libraries(pythons);
  if (by === 'wasm') return [onTfjs('wasm')];
  if (by === 'ours') return [onTfjs(ours)];
  if (by === 'threads') {
    return [onTfjs(ours), ...pythons.map(able)].flatMap((each) =>
      counts.map((threads) => ({
        ...each,
        ...{ conditions: { threads }, suffix: `, ${threads} thread${threads > 1 ? 's' : ''}` },
      })),
    );
  }
  return [...backends.map(onTfjs), ...pythons.map(able)];
}

/** Of a player also its steps by hand, without the loop, in the same process. */
export function withByHand(player) {
  const ask = (asked, calls) => player.ask({ ...asked, bare: true }, calls);
  return [player, { ...player, name: `${player.name}, by hand`, ask }];
}
