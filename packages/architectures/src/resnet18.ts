export type { ResnetOptions as Resnet18Options } from './resnet';
export { resnet18 } from './resnet';
