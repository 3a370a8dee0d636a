#!/usr/bin/env node
import { main } from '@agoge/benchmarks/cli';

process.exitCode = await main(process.argv.slice(2));
