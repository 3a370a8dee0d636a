import { matMul, ones } from '@tensorflow/tfjs-core';
import { useBackend } from '../src';

const { name, close } = await useBackend('webgpu');
const product = matMul(ones([512, 512]), ones([512, 512]));
console.log(name, (await product.data())[0]);
if (process.argv[2] === 'closed') await close?.();
