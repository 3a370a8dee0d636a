import { fused, grad, matMul, type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import type { FusedActivation } from './float64/fused-activation';
import { innerSize, leftGradient, type Product, product, productShape, rightGradient } from './float64/product';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';
import { sumTolerance } from './sum-tolerance';

/** A matrix product and what is special about it. */
export interface NamedProduct extends Product {
  name: string;
  /** Magnitude of the first operand; 1 by default. */
  scale?: number;
  /** In place of the first number of the first operand. */
  special?: number;
}

const size = (shape: readonly number[]) => util.sizeFromShape([...shape]);

/** The numbers of both operands and of the result's gradient. */
function given(named: NamedProduct) {
  const { scale = 1, special } = named;
  const a = values(size(named.a), 1).map((each) => each * scale);
  if (special !== undefined) a[0] = special;
  return { a, b: values(size(named.b), 2), dy: values(size(productShape(named)), 3) };
}

const run = ({ transposeA, transposeB }: Product, a: Tensor, b: Tensor) => matMul(a, b, transposeA, transposeB);

/** A product itself. */
export function forward(named: NamedProduct): KernelCase {
  return {
    kernel: 'BatchMatMul',
    of: 'forward',
    name: named.name,
    compute() {
      const { a, b } = given(named);
      return run(named, tensor(a, [...named.a]), tensor(b, [...named.b]));
    },
    shape: productShape(named),
    dtype: 'float32',
    expected() {
      const { a, b } = given(named);
      return product(named, a, b);
    },
    precision: 'arithmetic',
    tolerance: sumTolerance(innerSize(named), named.scale),
  };
}

/** The gradient by one of its operands, as tfjs's tape finds it; of the plain op, or of the fused one without activation. */
export function gradient(named: NamedProduct, by: 'a' | 'b', op: 'matMul' | 'fused.matMul' = 'matMul'): KernelCase {
  const result = productShape(named);
  return {
    kernel: op === 'matMul' ? 'BatchMatMul' : '_FusedMatMul',
    of: 'gradient',
    name: `by ${by}: ${named.name}`,
    compute() {
      const { dy, ...numbers } = given(named);
      const constants = { a: tensor(numbers.a, [...named.a]), b: tensor(numbers.b, [...named.b]) };
      const bias = tensor(values(result[result.length - 1], 4));
      const { transposeA, transposeB } = named;
      const ofOperand = (operand: Tensor) => {
        const { a, b } = by === 'a' ? { ...constants, a: operand } : { ...constants, b: operand };
        return op === 'matMul' ? run(named, a, b) : fused.matMul({ a, b, bias, transposeA, transposeB });
      };
      return grad(ofOperand)(constants[by], tensor(dy, result));
    },
    shape: named[by],
    dtype: 'float32',
    expected() {
      const { a, b, dy } = given(named);
      return by === 'a' ? leftGradient(named, b, dy) : rightGradient(named, a, dy);
    },
    precision: 'arithmetic',
    tolerance: sumTolerance((size(result) * innerSize(named)) / Math.max(1, size(named[by])), named.scale),
  };
}

/** A product with bias and activation in one kernel. */
export function fusedForward(
  named: NamedProduct,
  { name, transcendental, of }: FusedActivation,
  withBias = true,
): KernelCase {
  const shape = productShape(named);
  const columns = shape[shape.length - 1];
  const bias = () => values(columns, 4);
  const slopes = () => (name === 'prelu' ? values(columns, 5) : new Float32Array(columns).fill(0.3));
  const { transposeA, transposeB } = named;
  return {
    kernel: '_FusedMatMul',
    of: 'forward',
    name: `${name}${withBias ? ', bias' : ''}: ${named.name}`,
    compute() {
      const { a, b } = given(named);
      return fused.matMul({
        a: tensor(a, [...named.a]),
        b: tensor(b, [...named.b]),
        transposeA,
        transposeB,
        bias: withBias ? tensor(bias()) : undefined,
        activation: name,
        preluActivationWeights: name === 'prelu' ? tensor(slopes()) : undefined,
        leakyreluAlpha: name === 'leakyrelu' ? slopes()[0] : undefined,
      });
    },
    shape,
    dtype: 'float32',
    expected() {
      const { a, b } = given(named);
      const [added, slope] = [bias(), slopes()];
      return product(named, a, b).map((each, i) => of(each + (withBias ? added[i % columns] : 0), slope[i % columns]));
    },
    precision: transcendental ? 'transcendental' : 'arithmetic',
    ...(transcendental
      ? { terms: () => new Float32Array(size(shape)).fill(1) }
      : { tolerance: sumTolerance(innerSize(named), named.scale) }),
  };
}
