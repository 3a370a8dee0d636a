// A contestant on TensorFlow.js, started by turns.mjs: `node bench/contestant.mjs BACKEND`. Lines of JSON in, lines of JSON out. First
// its conditions, { threads, tfjsNode? }, answered with { words }; then cases, { case, calls }, each answered with milliseconds per
// call, a number of the last call's result, how many operations a call needs, and what the process and the backend tell of
// themselves; or with { error }.
import { createRequire, register } from 'node:module';
import { join, resolve } from 'node:path';
import { argv, exit, stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { useBackend } from '@agoge/backends';
import { backend, version_core } from '@tensorflow/tfjs-core';
import { prepare } from './cases.mjs';
import { peakMemory } from './machine.mjs';

// The lines on stdout are answers; what TensorFlow.js says goes elsewhere.
console.log = console.error;
const prepared = new Map();
let started = false;
for await (const line of createInterface({ input: stdin })) {
  const asked = JSON.parse(line);
  const answer = await (started ? turn(asked) : start(asked)).catch(({ message }) => ({
    error: message.split('\n')[0],
  }));
  started = true;
  stdout.write(`${JSON.stringify(answer)}\n`);
}
exit(0); // webgpu would keep the process alive

async function start({ threads, tfjsNode }) {
  const [name, stock] = argv[2].split('-');
  if (name === 'onnx') await import('@agoge/backend-onnx');
  if (name === 'tensorflow' && tfjsNode) resolveFrom(tfjsNode);
  const { why } = await useBackend(name, {
    repair: stock === undefined,
    ...(name === 'onnx' && { onnx: { threads } }),
  });
  const form = why.replace(/: asked for$/, stock ? ', not repaired' : '');
  return { words: `${form}, TensorFlow.js ${version_core}` };
}

/** Lets `@tensorflow/tfjs-node` be found in a folder of its own. */
function resolveFrom(folder) {
  const found = createRequire(join(resolve(folder), 'package.json')).resolve('@tensorflow/tfjs-node');
  const hook = `export const resolve = (specifier, context, next) =>
    next(specifier === '@tensorflow/tfjs-node' ? ${JSON.stringify(pathToFileURL(found).href)} : specifier, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}

async function turn({ case: asked, calls }) {
  const key = JSON.stringify(asked);
  if (!prepared.has(key)) prepared.set(key, prepare(asked));
  const made = prepared.get(key);
  const before = backend().report?.();
  let result;
  const ms = await made.around(async () => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) result = await made.call();
    return (performance.now() - start) / calls;
  });
  const after = backend().report?.();
  return {
    ms,
    ...(result && { check: checkOf(result, asked.batch) }),
    flops: made.flops,
    peak: peakMemory(),
    ...(after && {
      compiled: after.compiled - before.compiled,
      compileMs: after.compileMs - before.compileMs,
      runMs: (after.runMs - before.runMs) / calls,
    }),
  };
}

/** One number of a result: its mean absolute entry, of two images where it is image by image, which smaller batches have too. */
function checkOf(values, batch) {
  const some = values.length > batch ? values.subarray(0, (2 * values.length) / batch) : values;
  return some.reduce((sum, each) => sum + Math.abs(each), 0) / some.length;
}
