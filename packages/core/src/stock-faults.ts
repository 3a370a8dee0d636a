import type { StockFault } from './stock-fault';
import { ofConvolutions } from './stock-faults/convolutions';
import { ofNumbers } from './stock-faults/elementwise';
import { ofMoving } from './stock-faults/moving';
import { ofPooling } from './stock-faults/pooling';
import { ofProducts } from './stock-faults/products';
import { ofRunningSums } from './stock-faults/running-sums';
import { ofWarping } from './stock-faults/warping';

/**
 * Every silent fault that is known, of any backend, and can be told from shapes, types and attributes: running its program says
 * whether the current backend has it. Not among them: kernels that lose NaN or infinities, that are less exact (sums in
 * float32, `log1p` of the tiny), or that are wrong for tensors of no entries.
 */
export const stockFaults: readonly StockFault[] = [
  ...ofPooling,
  ...ofConvolutions,
  ...ofProducts,
  ...ofNumbers,
  ...ofMoving,
  ...ofRunningSums,
  ...ofWarping,
];
