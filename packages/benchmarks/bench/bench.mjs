// `node bench/bench.mjs ...`: `agoge bench ...` of this checkout. Runs on `dist`.
import { argv } from 'node:process';
import { main } from '@agoge/benchmarks/cli';

process.exitCode = await main(['bench', ...argv.slice(2)]);
