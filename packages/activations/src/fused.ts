import { checkValue, number, refusal, required, ShapeError, said } from '@agoge/core';
import {
  broadcast_util,
  customGrad,
  engine,
  type GradSaveFunc,
  mul,
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

/** `df/dp`: entry by entry, times a factor of the parameters alone, which waits until the entries are summed. */
type ParameterSlope = readonly [entries: Tensor, factor?: Tensor];

interface Slopes<P> {
  /** `f'(x)`, entry by entry. */
  input: Tensor;
  /** Of each parameter, made only if one is asked for. */
  parameters?(): { readonly [Name in keyof P]?: ParameterSlope };
}

/** An activation as one node of tfjs's tape: its value, and its slopes from what the value kept. `P` are its parameters by name. */
export interface FusedRule<P extends object = object> {
  /** Applied to a parameter first, as an operation of its own: how it is kept in its range. */
  constrain?: { readonly [Name in keyof P]?: (parameter: Tensor) => Tensor };
  /** `saved` is what `slopes` gets back, beside the input and the parameters. */
  forward(x: Tensor, parameters: P): { value: Tensor; saved: Tensor[] };
  slopes(x: Tensor, saved: Tensor[], parameters: P): Slopes<P>;
}

/**
 * Applies a rule to a tensor as one differentiable operation.
 *
 * tfjs works out every gradient of a custom operation, wanted or not, and keeps what is made on the way until the whole
 * backward pass ends; hence `of`, which spares an attacker the parameters' sums, and the inner `tidy`. Nor does it tape what
 * a custom operation does inside, so what the forward pass kept is constant to a gradient of the gradient: under an outer
 * tape it is made anew from the input and the parameters.
 *
 * @param who the public function, for errors
 * @param x of any shape
 * @param parameters by name; each must broadcast to the shape of `x`
 * @param of `all` counts only where a parameter is a tensor
 * @returns a tensor of the shape of `x`, which the caller owns
 * @throws TypeError if `x` is no tensor or a parameter neither tensor nor number; RangeError if a number is not finite;
 *   ShapeError if a parameter does not broadcast
 */
export function fused<T extends Tensor, P extends object>(
  who: string,
  rule: FusedRule<P>,
  x: T,
  parameters: { readonly [Name in keyof P]: Parameter },
  of: GradientOf = 'all',
): T {
  if (!(x instanceof Tensor)) throw said(new TypeError(refusal(who, 'x', 'a tensor', x)));
  const names = Object.keys(parameters) as (keyof P & string)[];
  const given = (name: keyof P) => parameters[name] as Parameter;
  for (const name of names) checkParameter(who, name, given(name), x.shape);
  const learned = of === 'all' ? names.filter((name) => given(name) instanceof Tensor) : [];
  const named = (tensors: readonly Tensor[]) => Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as P;

  return tidy(() => {
    const operands = names.map((name) => {
      const operand = asOperand(given(name));
      return rule.constrain?.[name]?.(operand) ?? operand;
    });
    const operation = customGrad<T>((...inputs: (Tensor | GradSaveFunc)[]) => {
      const save = inputs[inputs.length - 1] as GradSaveFunc;
      const { value, saved } = rule.forward(x, named(operands));
      save([x, ...operands, ...saved]);
      const gradFunc = (dy: T, [input, ...kept]: Tensor[]) =>
        tidy(() => {
          const p = named(kept);
          const taped = engine().state.gradientDepth > 0;
          const slopes = rule.slopes(input, taped ? rule.forward(input, p).saved : kept.slice(names.length), p);
          const ofParameters = learned.length > 0 ? slopes.parameters?.() : undefined;
          const gradientTo = (name: keyof P) => chain(dy, ofParameters?.[name], (p[name] as Tensor).shape);
          return [mul(dy, slopes.input), ...learned.map(gradientTo)];
        });
      return { value: value as T, gradFunc };
    });
    return operation(x, ...operands.filter((_, i) => learned.includes(names[i])));
  });
}

/** The gradient to a parameter of a shape, of that to the value. */
function chain(dy: Tensor, slope: ParameterSlope | undefined, shape: number[]): Tensor {
  if (!slope) throw new Error('internal: a rule lacks the slope of a parameter');
  const [entries, factor] = slope;
  const each = mul(dy, entries);
  if (!factor) return sumTo(each, shape);
  const both = broadcast_util.assertAndGetBroadcastShape(shape, factor.shape);
  return sumTo(mul(sumTo(each, both), factor), shape);
}

/**
 * Sums a gradient over the axes along which a parameter was broadcast.
 *
 * One axis at a time, innermost first: partial sums lose less in float32 than one running sum over millions of entries,
 * and every pass after the first is small.
 */
function sumTo(gradient: Tensor, shape: number[]): Tensor {
  const axes = broadcast_util.getReductionAxes(shape, gradient.shape);
  const summed = axes.sort((a, b) => b - a).reduce<Tensor>((rest, axis) => sum(rest, axis), gradient);
  return reshape(summed, shape);
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
