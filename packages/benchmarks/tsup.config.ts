import { defineConfig } from 'tsup';
import { base } from '../../tsup.base';

export default defineConfig(base('index', 'cli', 'scale-out/job-processor', 'vitest'));
