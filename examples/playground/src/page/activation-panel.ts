import { type Engine, isAbort } from '../engine/client';
import type { Shape } from '../engine/protocol';
import { byId, make, option, percent, within } from './element';
import { orders, shapePlot } from './plots';

/** A parameter of an activation, as it acts. */
interface Slider {
  name: string;
  label: string;
  from: number;
  to: number;
  start: number;
}

const alpha = (from: number, to: number, start: number): Slider => ({ name: 'alpha', label: 'α', from, to, start });
const beta: Slider = { name: 'beta', label: 'β', from: 0, to: 0.9, start: 0 };

/** By name in `@agoge/activations/registry`, in the order in which they are offered. */
export const activationMenu: Readonly<Record<string, { title: string; sliders: readonly Slider[] }>> = {
  pssilu: { title: 'PSSiLU', sliders: [alpha(0.1, 4, 1), beta] },
  psilu: { title: 'PSiLU', sliders: [alpha(0.1, 4, 1)] },
  ssilu: { title: 'SSiLU', sliders: [beta] },
  pssilufixedbeta: { title: 'PSSiLU, β fixed', sliders: [alpha(0.1, 2, 1), { ...beta, start: 0.3 }] },
  psoftplus: { title: 'PSoftplus', sliders: [alpha(0.2, 8, 1)] },
  prelu: { title: 'PReLU', sliders: [alpha(-1, 1, 0)] },
  pelu: { title: 'PELU', sliders: [alpha(-1, 3, 1)] },
  pblu: { title: 'PBLU', sliders: [alpha(-1, 2, 0)] },
  pprelu: { title: 'PPReLU', sliders: [alpha(0, 2, 1)] },
  ppelu: { title: 'PPELU', sliders: [alpha(-1, 2, 1)] },
  smoothrelu: { title: 'SmoothReLU', sliders: [{ name: 'r', label: '√α', from: 0.5, to: 20, start: 2 }] },
  elu: { title: 'ELU', sliders: [alpha(0.1, 3, 1)] },
  celu: { title: 'CELU', sliders: [alpha(0.1, 3, 1)] },
  relu: { title: 'ReLU', sliders: [] },
  silu: { title: 'SiLU', sliders: [] },
  gelu: { title: 'GELU', sliders: [] },
  mish: { title: 'Mish', sliders: [] },
  softplus: { title: 'Softplus', sliders: [] },
};

/** What training made of the activations, by name: `models/learned.json`, which train.mjs wrote. */
export type Learned = Readonly<
  Record<string, { learned: Record<string, number>; epochs: number; clean: number; robust: number } | undefined>
>;

/** The panel in which activations are bent. */
export function activationPanel({ engine, onTrouble }: { engine(): Engine; onTrouble(message: string): void }): {
  setLearned(learned: Learned): void;
  refresh(): void;
} {
  const select = byId('activation-name', HTMLSelectElement);
  const sliders = byId('activation-sliders', HTMLElement);
  const plots = byId('activation-plots', HTMLElement);
  const said = byId('activation-said', HTMLElement);
  const button = byId('activation-learned', HTMLButtonElement);
  let learned: Learned = {};
  let drawn: { shape: Shape; learnt?: Shape } | undefined;

  select.append(...Object.entries(activationMenu).map(([name, { title }]) => option(name, title)));

  const values = () =>
    Object.fromEntries(
      [...sliders.querySelectorAll('input')].map((input) => [input.dataset.parameter ?? '', Number(input.value)]),
    );
  const draw = () => {
    if (!drawn) return;
    const { shape, learnt } = drawn;
    const width = plots.clientWidth;
    const columns = width > 700 ? 3 : 1;
    const each = Math.min(420, (width - (columns - 1) * 24) / columns);
    plots.replaceChildren(...orders.map((order) => shapePlot(shape, learnt, order, each)));
  };

  // While one is under way the next waits, and only the last of those that wait is made.
  let isBusy = false;
  let isWanted = false;
  const refresh = async () => {
    isWanted = true;
    if (isBusy) return;
    isBusy = true;
    try {
      while (isWanted) {
        isWanted = false;
        const activation = select.value;
        const known = learned[activation];
        const shape = await engine().call('shape', { activation, parameters: values() });
        const parameters = known && parametersOf(activation, known.learned);
        const learnt = parameters && (await engine().call('shape', { activation, parameters }));
        drawn = { shape, learnt };
        said.textContent = inWords(shape, known);
        draw();
      }
    } catch (error) {
      if (!isAbort(error)) onTrouble(error instanceof Error ? error.message : String(error));
    } finally {
      isBusy = false;
    }
  };

  const setSliders = (start: Readonly<Record<string, number>> = {}) => {
    const rows = activationMenu[select.value].sliders.map(({ name, label, from, to, start: first }) => {
      const row = make('label', 'slider', `${label} `);
      const shown = make('output');
      const input = make('input');
      const value = Math.min(to, Math.max(from, start[name] ?? first));
      Object.assign(input, { type: 'range', min: String(from), max: String(to), step: '0.01', value: String(value) });
      input.dataset.parameter = name;
      input.addEventListener('input', () => {
        shown.value = input.value;
        void refresh();
      });
      shown.value = input.value;
      row.append(shown, input);
      return row;
    });
    sliders.replaceChildren(...rows);
    button.hidden = rows.length === 0 || !learned[select.value];
    void refresh();
  };

  select.addEventListener('change', () => setSliders());
  button.addEventListener('click', () => {
    const known = learned[select.value];
    if (known) setSliders(parametersOf(select.value, known.learned));
    within(sliders, 'input', HTMLInputElement).focus();
  });
  new ResizeObserver(draw).observe(plots);
  return {
    setLearned(next) {
      learned = next;
      setSliders();
    },
    refresh: () => void refresh(),
  };
}

/** What was learned, and what is fixed. */
function parametersOf(activation: string, learned: Readonly<Record<string, number>>): Record<string, number> {
  const sliders = activationMenu[activation].sliders;
  return Object.fromEntries(sliders.flatMap(({ name }) => (name in learned ? [[name, learned[name]]] : [])));
}

/** Below this share of ten classes nothing was learned. */
const chance = 0.2;

function inWords({ curvature, positiveOnNegatives, slope }: Shape, known: Learned[string]): string {
  const bend = Number.isFinite(curvature.max)
    ? `Bends by ${curvature.max.toFixed(2)} at most, at x = ${(curvature.at + 0).toFixed(2)}.`
    : 'Has a kink at 0, where it bends infinitely.';
  const rises = `Its slope goes from ${slope.min.toFixed(2)} to ${slope.max.toFixed(2)}.`;
  const [positive] = positiveOnNegatives;
  const left = positive ? ` Above 0 for x < ${positive[1].toFixed(2)}.` : '';
  const names = Object.entries(known?.learned ?? {}).map(([name, value]) => {
    const sign = { alpha: 'α', beta: 'β', r: '√α' }[name] ?? name;
    return `${sign} = ${value.toFixed(3)}`;
  });
  if (!known) return `${bend} ${rises}${left}`;
  const failed = known.clean < chance ? ' It did not learn to read: no better than chance.' : '';
  const came = names.length > 0 ? `it came to ${names.join(', ')}; the network reads` : 'the network reads';
  const under = `under attack (PGD of 10 steps, ε = 0.2) ${percent(known.robust)}`;
  const trained = `In ${known.epochs} epochs of adversarial training ${came} ${percent(known.clean)} of the test digits right, ${under}.${failed}`;
  return `${bend} ${rises}${left} ${trained}`;
}
