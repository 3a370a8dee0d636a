// The networks as docs/architectures.md lists them, with what others have published of them, which the table is
// held to. Data.

const torchvision = (parameters, giga) => ({ by: 'torchvision', parameters, giga });

/** `giga`: multiply-adds in units of 1e9, to the digits that were published. */
export const rows = [
  { network: 'smallCnn', published: { by: 'by hand', parameters: 25_866, giga: '0.000159' } },
  { network: 'lenet5' },
  { network: 'madryCnn' },
  { network: 'fastAtCnn' },
  { network: 'tradesCnn' },
  { network: 'alexNet' },
  { network: 'vgg11' },
  { network: 'vgg13' },
  { network: 'vgg16' },
  { network: 'vgg19' },
  { network: 'resnet18', options: { stem: 'cifar' } },
  { network: 'resnet34', options: { stem: 'cifar' } },
  { network: 'resnet50', options: { stem: 'imagenet' }, published: torchvision(25_557_032, '4.09') },
  { network: 'resnet101', options: { stem: 'imagenet' }, published: torchvision(44_549_160, '7.80') },
  { network: 'resnet152', options: { stem: 'imagenet' }, published: torchvision(60_192_808, '11.51') },
  { network: 'resnext50', published: torchvision(25_028_904, '4.23') },
  { network: 'preActResNet18' },
  { network: 'preActResNet50' },
  { network: 'wideResNet', options: { depth: 28, width: 10 }, published: { by: 'its paper', giga: '5.2' } },
  { network: 'wideResNet', options: { depth: 34, width: 10 } },
  { network: 'wideResNet', options: { depth: 34, width: 20 } },
  { network: 'wideResNet', options: { depth: 70, width: 16 } },
  { network: 'efficientNetB0', published: torchvision(5_288_548, '0.39') },
  { network: 'efficientNetB1', published: torchvision(7_794_184, '0.69') },
  { network: 'efficientNetB2', published: { by: 'its paper', giga: '1.0' } },
  { network: 'efficientNetB3', published: torchvision(12_233_232, '1.83') },
  { network: 'efficientNetB4', published: torchvision(19_341_616, '4.39') },
  { network: 'efficientNetB5', published: torchvision(30_389_784, '10.27') },
  { network: 'efficientNetB6', published: torchvision(43_040_704, '19.07') },
  { network: 'efficientNetB7', published: torchvision(66_347_960, '37.75') },
  { network: 'efficientNetL1' },
];
