import { analyseShape } from '@agoge/activations';
import type { Shape, ShapeRequest } from './protocol';

/** An activation's curve, its slope and its curvature, where they matter. */
export async function shapeOf({ activation, parameters: given }: ShapeRequest): Promise<Shape> {
  const { parameters, series, curvature, slope, positiveOnNegatives } = await analyseShape(activation, {
    ...(Object.keys(given).length > 0 && { parameters: given }),
    ...{ from: -5, to: 5, points: 201 },
  });
  return { parameters, ...series, curvature, slope, positiveOnNegatives };
}
