import type { ForwardMode } from './contracts';

/** The three ordinary modes of a forward pass. */
export const modes = {
  /** Inference: no dropout, running statistics. */
  evaluate: { training: false, statistics: 'running', phase: 'evaluate' },
  /** As inference, for the gradients of an attacker during training (TRADES, MART and PAF craft so). */
  craft: { training: false, statistics: 'running', phase: 'craft' },
  /** A training step: dropout, the batch's statistics, running ones updated. */
  update: { training: true, statistics: 'batch-and-update', phase: 'update' },
} as const satisfies Record<string, ForwardMode>;
