import { said } from '@agoge/core';
import type { OpenData } from '../reproduce/arm-data';
import type { DataPlan, Plan } from '../reproduce/plan';
import { openData } from './data';
import type { Context } from './terminal';

/** Where the data of a plan lie. */
export interface PlanDataChoice {
  /** Folders by the data set's name; under the empty name, of all others. */
  dataDir?: Record<string, string>;
  /** Whether files that are missing are downloaded. */
  download?: boolean;
}

/** What a part of a plan's data is called. */
export const partName = ({ name, options }: DataPlan, part: 'train' | 'test'): string =>
  [name, ...(options ? [JSON.stringify(options)] : []), part].join(' ');

/** Opens the plan's data sets, each part once. @throws TypeError for a folder of data that the plan has not */
export function planData(
  plan: Plan,
  { dataDir = {}, download }: PlanDataChoice,
  context: Pick<Context, 'signal' | 'stderr'>,
): OpenData {
  const names = Object.values(plan.data).map(({ name }) => name);
  const unknown = Object.keys(dataDir).find((name) => name !== '' && !names.includes(name));
  if (unknown !== undefined) {
    throw said(
      new TypeError(`agoge: --data-dir must name data of the plan (${[...new Set(names)].join(', ')}), got ${unknown}`),
    );
  }
  const opened = new Map<string, ReturnType<OpenData>>();
  return (planned, part) => {
    const key = partName(planned, part);
    const { name, options } = planned;
    const choice = { data: name, dataDir: dataDir[name] ?? dataDir[''], dataOptions: options, download };
    const data = opened.get(key) ?? openData(choice, part, context);
    opened.set(key, data);
    return data;
  };
}
