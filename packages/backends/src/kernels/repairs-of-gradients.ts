import type { GradientRepair } from '../kernel-repair';
import { broadcastGradients } from './broadcast-gradient';
import { cumsumGradient } from './cumsum-gradient';
import { dilatedConv2d, dilatedDepthwiseConv2d } from './dilated-gradient';
import { gatherGradient } from './gather-gradient';
import { mirrorPadGradient } from './mirror-pad-gradient';
import { powGradient } from './pow-gradient';
import { prodGradient } from './prod-gradient';
import { poolingGradients } from './rounded-gradient';

export const gradientRepairs: readonly GradientRepair[] = [
  ...broadcastGradients,
  cumsumGradient,
  dilatedConv2d,
  dilatedDepthwiseConv2d,
  gatherGradient,
  mirrorPadGradient,
  ...poolingGradients,
  powGradient,
  prodGradient,
];
