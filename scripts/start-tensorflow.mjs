// Set-up of vitest.tensorflow.mjs: tensorflow runs before each test file, and must be what ran when it ends.

import { getBackend } from '@tensorflow/tfjs-core';
import { afterAll, expect } from 'vitest';
import { useBackend } from '../packages/backends/src/index.ts';

await useBackend('tensorflow');
afterAll(() => expect(getBackend()).toBe('tensorflow'));
