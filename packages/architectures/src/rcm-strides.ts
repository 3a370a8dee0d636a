/**
 * RCM's option `strides` by network: what it compares with (`baseline`) and what it proposes (`shrunk`), under both readings
 * of its sources.
 *
 * For ResNets they agree. For AlexNet and VGG the code's defaults are `2222` and `22222`, while the documents give `1122` and
 * `11222` beside a command that leaves ResNet at its baseline. `documented` takes the latter for baselines (the likelier
 * reading, about 60 %: VGG then ends on 4 x 4 as ResNet-18 does) and goes one step on for the shrunk ones, an example of ours;
 * `classDefaults` takes the code's defaults for baselines and the documented strings for the shrunk networks (40 %).
 *
 * Xu and Yang, arXiv 2202.12435 (2022); with Zhang and Wang, IEEE TNNLS 36(3) (2025).
 */
export const rcmStrides = {
  documented: {
    resnet18: { baseline: '1222', shrunk: '1122' },
    alexNet: { baseline: '1122', shrunk: '1112' },
    vgg16: { baseline: '11222', shrunk: '11122' },
  },
  classDefaults: {
    resnet18: { baseline: '1222', shrunk: '1122' },
    alexNet: { baseline: '2222', shrunk: '1122' },
    vgg16: { baseline: '22222', shrunk: '11222' },
  },
} as const;
