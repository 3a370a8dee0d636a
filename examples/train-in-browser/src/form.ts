import type { Setup } from './setup';

type Choice<Name extends string> = Record<Name, { title: string; note: string }>;

const objectives: Choice<Setup['objective']> = {
  adversarialTraining: {
    title: 'PGD adversarial training',
    note: 'Learns from images that five steps of projected gradient descent found (Madry et al. 2018).',
  },
  trades: {
    title: 'TRADES',
    note: 'Learns the clean images, and to answer alike on changed ones (Zhang et al. 2019).',
  },
  fgsmRs: {
    title: 'FGSM from a random start',
    note: 'One large step in place of five: fast, and watched for collapse (Wong et al. 2020).',
  },
  standard: {
    title: 'Standard training',
    note: 'Learns from clean images only: good at them, and easily misled.',
  },
};

const activations: Choice<Setup['activation']> = {
  relu: { title: 'ReLU', note: 'max(0, x).' },
  silu: { title: 'SiLU', note: 'x σ(x): smooth, so that gradients say more.' },
  gelu: { title: 'GELU', note: 'x Φ(x): smooth as well.' },
  pssilu: { title: 'PSSiLU', note: 'Smooth, with a shape of two numbers that the network learns (Dai et al. 2021).' },
};

function find<E extends Element>(selector: string): E {
  const element = document.querySelector<E>(selector);
  if (!element) throw new Error(`internal: the page has no ${selector}`);
  return element;
}

/** The form as a whole, and what it says. */
export interface Form {
  readonly element: HTMLFormElement;
  read(): Setup;
  write(setup: Setup): void;
  /** While a run is kept, its setup can be read but not changed. */
  lock(isLocked: boolean): void;
}

export function setupForm(): Form {
  const element = find<HTMLFormElement>('#setup');
  const select = (name: string) => find<HTMLSelectElement>(`#${name}`);
  const input = (name: string) => find<HTMLInputElement>(`#${name}`);
  for (const [name, choices] of Object.entries({ objective: objectives, activation: activations })) {
    select(name).append(...Object.entries(choices).map(([value, { title }]) => new Option(title, value)));
  }
  const numbers = ['eps', 'epochs', 'learningRate', 'seed'] as const;
  const read = () => ({
    objective: select('objective').value as Setup['objective'],
    activation: select('activation').value as Setup['activation'],
    ...(Object.fromEntries(numbers.map((name) => [name, input(name).valueAsNumber])) as Pick<
      Setup,
      (typeof numbers)[number]
    >),
  });
  const explain = () => {
    const { objective, activation, eps } = read();
    find('#objective-note').textContent = objectives[objective].note;
    find('#activation-note').textContent = activations[activation].note;
    find('#eps-value').textContent = eps.toFixed(2);
  };
  element.addEventListener('input', explain);
  explain();
  return {
    element,
    read,
    write(setup) {
      select('objective').value = setup.objective;
      select('activation').value = setup.activation;
      for (const name of numbers) input(name).value = String(setup[name]);
      explain();
    },
    lock(isLocked) {
      for (const field of element.querySelectorAll<HTMLSelectElement | HTMLInputElement>('select, input')) {
        field.disabled = isLocked;
      }
    },
  };
}
