import { command, type Declare, json } from '../declaration';
import { parseNames } from '../option-values';

/** Declares `agoge doctor`. */
export const doctorCommand: Declare = (context) =>
  command(
    'doctor',
    'Hold the backend against the float64 values of every kernel that we use, and measure how fast it is.',
    '  agoge doctor\n  agoge doctor --backend wasm --no-repair --kernel MaxPoolGrad,AvgPoolGrad --no-speed\n' +
      '  agoge doctor --backend onnx --kernel Conv2D --no-speed --dump models',
  )
    .option('--kernel <names>', 'check only these kernels, by their TensorFlow.js names', parseNames)
    .option('--dump <folder>', 'write each model that the onnx backend compiles to a folder, as .onnx')
    .option('--no-repair', 'check the backend as TensorFlow.js ships it')
    .option('--no-speed', 'measure no speed')
    .addOption(json())
    .action(async (options) => (await import('./doctor')).runDoctor(options, context()));
