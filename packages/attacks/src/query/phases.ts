import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Rows } from '../rows';
import type { Answer, Question, Search } from './search';

/** A part of a search; its queries are counted from its own first. */
export interface Phase<Memory extends Rows = Rows> {
  readonly queries: number;
  draw?(query: number, index: Float64Array): Rows;
  propose(at: Question<Memory, Rows>): Tensor4D;
  learn(from: Answer<Memory, Rows>): Memory;
}

export interface InTurnOptions<Memory extends Rows> {
  begin(center: Tensor4D): Memory;
  phases: readonly Phase<Memory>[];
  patience?: number;
  worth?(from: Answer<Memory, Rows>): Tensor1D;
}

/** A search of one phase after another. */
export function inTurn<Memory extends Rows>({ phases, ...rest }: InTurnOptions<Memory>): Search<Memory> {
  const starts: number[] = [];
  let queries = 0;
  for (const phase of phases) {
    starts.push(queries);
    queries += phase.queries;
  }
  // Asked in order, so that the last phase found is where the next query is looked for first.
  let current = 0;
  const phaseOf = (query: number) => {
    if (query < starts[current]) current = 0;
    while (current + 1 < phases.length && starts[current + 1] <= query) current++;
    return { phase: phases[current], query: query - starts[current] };
  };
  return {
    queries,
    ...rest,
    draw(at, index) {
      const { phase, query } = phaseOf(at);
      return phase.draw?.(query, index) ?? {};
    },
    propose(at) {
      const { phase, query } = phaseOf(at.query);
      return phase.propose({ ...at, query });
    },
    learn(from) {
      const { phase, query } = phaseOf(from.query);
      return phase.learn({ ...from, query });
    },
  };
}
