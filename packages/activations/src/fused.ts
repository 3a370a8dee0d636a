import { checkValue, number, refusal, required, ShapeError, said } from '@agoge/core';
import {
  broadcast_util,
  customGrad,
  type GradSaveFunc,
  reshape,
  scalar,
  sum,
  Tensor,
  tidy,
} from '@tensorflow/tfjs-core';

/** A shape parameter: a tensor gets a gradient, a number is a constant. */
export type Parameter = Tensor | number;

/** Whether the backward pass serves the input only, or the parameters too. */
export type GradientOf = 'input' | 'all';

/** An activation with parameters as one node of tfjs's tape: its value, and its gradients from what the value kept. */
export interface FusedRule {
  /** Applied to each parameter first, as an operation of its own: how a parameter is kept in its range. */
  constrain?(parameter: Tensor): Tensor;
  /** `saved` is what `backward` gets back, beside the parameters. */
  forward(x: Tensor, parameters: Tensor[]): { value: Tensor; saved: Tensor[] };
  /** The gradients to the input and, if asked for, to each parameter, in the parameter's shape. */
  backward(dy: Tensor, saved: Tensor[], parameters: Tensor[], of: GradientOf): Tensor[];
}

/**
 * Applies a rule to a tensor as one differentiable operation.
 *
 * tfjs works out every gradient of a custom operation, wanted or not, and keeps what is made on the way until the whole
 * backward pass ends; hence `of`, which spares an attacker the parameters' sums, and the inner `tidy`.
 *
 * @param who the public function, for errors
 * @param x of any shape
 * @param parameters by name; each must broadcast to the shape of `x`
 * @param of `all` counts only where a parameter is a tensor
 * @returns a tensor of the shape of `x`, which the caller owns
 * @throws TypeError if `x` is no tensor or a parameter neither tensor nor number; RangeError if a number is not finite;
 *   ShapeError if a parameter does not broadcast
 */
export function fused<T extends Tensor>(
  who: string,
  rule: FusedRule,
  x: T,
  parameters: Readonly<Record<string, Parameter>>,
  of: GradientOf = 'all',
): T {
  if (!(x instanceof Tensor)) throw said(new TypeError(refusal(who, 'x', 'a tensor', x)));
  for (const [name, value] of Object.entries(parameters)) checkParameter(who, name, value, x.shape);
  return tidy(() => {
    const values = Object.values(parameters);
    const given = values.map(asOperand);
    const tensors = rule.constrain ? given.map(rule.constrain) : given;
    const wanted = values.some((value) => value instanceof Tensor) ? of : 'input';
    const operation = customGrad<T>((...inputs: (Tensor | GradSaveFunc)[]) => {
      const save = inputs[inputs.length - 1] as GradSaveFunc;
      const { value, saved } = rule.forward(x, tensors);
      save([...saved, ...tensors]);
      return {
        value: value as T,
        gradFunc: (dy: T, kept: Tensor[]) =>
          tidy(() => rule.backward(dy, kept.slice(0, saved.length), kept.slice(saved.length), wanted)),
      };
    });
    return wanted === 'all' ? operation(x, ...tensors) : operation(x);
  });
}

/**
 * Sums a gradient over the axes along which a parameter was broadcast.
 *
 * One axis at a time, innermost first: partial sums lose less in float32 than one running sum over millions of entries,
 * and every pass after the first is small.
 *
 * @param gradient of the broadcast shape
 * @param shape the parameter's
 */
export function sumTo(gradient: Tensor, shape: number[]): Tensor {
  return tidy(() => {
    const axes = broadcast_util.getReductionAxes(shape, gradient.shape);
    const summed = axes.sort((a, b) => b - a).reduce<Tensor>((rest, axis) => sum(rest, axis), gradient);
    return reshape(summed, shape);
  });
}

/** A tensor of one entry as a scalar: against any other shape, even [1], the kernels of cpu and wasm walk index by index. */
function asOperand(value: Parameter): Tensor {
  if (typeof value === 'number') return scalar(value);
  return value.size === 1 ? reshape(value, []) : value;
}

function checkParameter(who: string, what: string, value: Parameter, shape: number[]): void {
  if (!(value instanceof Tensor)) {
    checkValue(who, what, value, required(number()));
    return;
  }
  const offset = shape.length - value.shape.length;
  const fits = offset >= 0 && value.shape.every((size, axis) => size === 1 || size === shape[offset + axis]);
  if (!fits) throw new ShapeError(who, what, `[...] that broadcasts to [${shape.join(', ')}]`, value.shape);
}
