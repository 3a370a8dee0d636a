import { type ActivationSite, checkOptions, ModelError, oneOf, refusal, said, string } from '@agoge/core';
import { checkGate, Sparta, type SpartaGateOptions, spartaGateRules } from './sparta';

export interface SpartaSitesOptions extends SpartaGateOptions {
  /**
   * Which sites share one layer: those of a `stage` (default), all of the `network` (gate `shared` only), or none, a layer for each
   * `site`. What the paper shares is not known.
   */
  share?: 'network' | 'stage' | 'site';
  /** What the layers' names begin with. Default `sparta`. */
  name?: string;
}

/**
 * Places {@link Sparta} in one network: a function from site to layer for an architecture's `activation`.
 *
 * The layers are named so that {@link transplant} finds them: `sparta` for the network, `sparta/stage1`, or
 * `sparta/stage1/0` for the first site of stage 1. A gate `stage` that a stage shares needs one channel width in the whole stage.
 *
 * @returns the function, for one network: for another network call `spartaSites` again
 * @throws TypeError, RangeError for options; the function: ModelError for a site that comes a second time, or has another channel
 *   width than the gate of its stage
 * @example
 * const model = resnet18({ activation: spartaSites({ gate: 'shared', share: 'network' }) });
 */
export function spartaSites(options: SpartaSitesOptions = {}): (site: ActivationSite) => Sparta {
  const who = 'spartaSites';
  checkOptions(who, options, { ...spartaGateRules, share: oneOf('network', 'stage', 'site'), name: string });
  checkGate(who, options);
  const { share = 'stage', name: prefix = 'sparta', ...gate } = options;
  if (share === 'network' && gate.gate !== 'shared') {
    const expected = '"stage" or "site" with gate "stage", which fits one channel width';
    throw said(new RangeError(refusal(who, 'share', expected, share)));
  }
  const met = new Set<string>();
  const sitesOf = new Map<number, number>();
  const made = new Map<string, { layer: Sparta; channels: number }>();

  return ({ name: site, channels, stage }) => {
    if (met.has(site)) {
      throw new ModelError(who, `site "${site}" comes a second time: call spartaSites once for each network`);
    }
    met.add(site);
    const place = sitesOf.get(stage) ?? 0;
    sitesOf.set(stage, place + 1);
    const name = { network: prefix, stage: `${prefix}/stage${stage}`, site: `${prefix}/stage${stage}/${place}` }[share];
    const found = made.get(name) ?? { layer: new Sparta({ ...gate, name }), channels };
    made.set(name, found);
    if (gate.gate !== 'shared' && found.channels !== channels) {
      const has = `"${name}" is a gate for ${found.channels} channels, site "${site}" has ${channels}`;
      throw new ModelError(who, `${has}: take gate "shared", or share "site"`);
    }
    return found.layer;
  };
}
