const memory =
  /allocate memory for requested buffer of size (\d+)|bad_alloc|bad allocation|Array buffer allocation failed/;

/**
 * What stopped a graph, in words that say what to do.
 *
 * @param cause what ONNX Runtime or the lowering threw
 * @param kernel the kernel of TensorFlow.js at fault, where it is known
 */
export function fault(cause: unknown, kernel?: string): Error {
  const said = cause instanceof Error ? cause.message : String(cause);
  const subject = kernel ? `onnx: ${kernel} failed` : 'onnx: a graph failed';
  const short = said.match(memory);
  if (short) {
    const bytes = short[1] ? `${Number(short[1]).toLocaleString('en-GB')} bytes` : 'what it needs';
    const advice = 'take smaller batches, or dispose of tensors that are not needed';
    return new Error(`${subject}: out of memory: ONNX Runtime could not allocate ${bytes}; ${advice}`, { cause });
  }
  const status = said.split('Status Message: ').at(-1)?.trim();
  return new Error(`${subject}: ${status}`, { cause });
}
