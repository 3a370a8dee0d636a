// Trains the classifiers that the page ships, as `agoge train` does, into public/models: `npm run train`, a few minutes.
import { fileURLToPath } from 'node:url';
import { main } from '@agoge/benchmarks/cli';

const folder = (name) => fileURLToPath(new URL(`public/models/${name}`, import.meta.url));

/** A small network three times over: as usual, and adversarially with an activation that is fixed and one that learns. */
const plans = {
  standard: ['--activation', 'relu', '--objective', 'standard'],
  'robust-relu': ['--activation', 'relu', '--objective', 'at', '--eps', '0.2'],
  'robust-pssilu': ['--activation', 'pssilu', '--objective', 'at', '--eps', '0.2'],
};
const common = ['--data', 'digits', '--arch', 'smallCnn', '--epochs', '40', '--validate', '360', '--seed', '0'];

for (const [name, own] of Object.entries(plans)) {
  const robust = own.includes('at') ? ['--objective-options', '{"steps":5,"stepSize":0.05}'] : [];
  process.exitCode = await main(['train', ...common, ...own, ...robust, '--out', folder(name)]);
  if (process.exitCode) break;
}
