#!/usr/bin/env node
import { doctorCommand } from '@agoge/backends/node';

process.exitCode = await doctorCommand(process.argv.slice(2));
