import { defineConfig } from 'tsup';
import { base } from '../../tsup.base';

export default defineConfig(base('index', 'node', 'node/training-worker', 'presets', 'registry'));
