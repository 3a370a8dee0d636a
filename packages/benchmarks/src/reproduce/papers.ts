import type { Scale } from '../recipes/scale';
import { paf } from './paf';
import type { PaperName, Plan } from './plan';
import { rcm } from './rcm';
import { sat } from './sat';
import { sparta } from './sparta';

/** The plans of the papers by name, for each scale. */
export const papers: Readonly<Record<PaperName, (scale: Scale) => Plan>> = { paf, rcm, sat, sparta };
