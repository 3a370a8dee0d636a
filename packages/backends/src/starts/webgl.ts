import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { abs, device_util, engine, env, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { guardReads } from '../guard-reads';
import { orAbsent } from './absent';
import { activate, type Start, Unavailable } from './start';

const guarded = new WeakSet<object>();

/** The webgl backend of TensorFlow.js, in browsers and their workers, with textures of float32 or not at all. */
export const webgl: Start = async ({ repair }, asked) => {
  if (!device_util.isBrowser()) throw new Unavailable('it runs in browsers only');
  if (asked === 'automatically' && !hasGpu()) throw new Unavailable('this browser has no GPU for WebGL');
  await import('@tensorflow/tfjs-backend-webgl').catch(orAbsent('@tensorflow/tfjs-backend-webgl'));
  env().set('SOFTWARE_WEBGL_ENABLED', true); // TensorFlow.js refuses WebGL without a GPU unless told
  if (env().getNumber('WEBGL_VERSION') !== 2) throw new Unavailable('this browser has no WebGL 2');
  if (!env().getBool('WEBGL_RENDER_FLOAT32_CAPABLE')) throw new Error(halfPrecision);
  env().set('WEBGL_FORCE_F16_TEXTURES', false);
  env().set('WEBGL_RENDER_FLOAT32_ENABLED', true);
  await activate('webgl');
  const backend = engine().registry.webgl as MathBackendWebGL;
  if (!(await keepsFloat32())) throw new Error(halfPrecision);
  // Stock it says 16 where float32 is enabled, so that losses and optimisers take float16's epsilon, 1e-4.
  if (repair !== false) backend.floatPrecision = () => 32;
  const { gl } = backend.getGPGPUContext();
  if (!guarded.has(backend)) {
    guardReads(backend, 'webgl', {
      words: async () => (gl.isContextLost() ? 'the GPU is lost (webglcontextlost)' : undefined),
    });
    guarded.add(backend);
  }
  return { form: `webgl (WebGL 2, float32, ${renderer(gl)})` };
};

/** Whether WebGL runs on a GPU: browsers judge its speed, and the names of programs that stand in for one are known. */
function hasGpu(): boolean {
  if (typeof OffscreenCanvas === 'undefined') return false;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  return gl !== null && !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer(gl));
}

/** Whether numbers come back from textures as they went: small ones, and one with its last bit set. */
async function keepsFloat32(): Promise<boolean> {
  const numbers = [1e-8, 1 + 2 ** -23, 1e-30, 65_536.5, 1e30, 0];
  const result = tidy(() => abs(tensor1d(numbers)));
  const back = await result.data();
  result.dispose();
  return back.every((each, at) => each === Math.fround(numbers[at]));
}

const halfPrecision =
  'its textures hold 16-bit numbers on this GPU, or it was started so (WEBGL_FORCE_F16_TEXTURES): too coarse for gradients of attacks; take wasm';

function renderer(gl: WebGLRenderingContext): string {
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(extension ? extension.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}
