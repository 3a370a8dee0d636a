import type { BackendName } from '@agoge/backends';
import { type Engine, isAbort, startEngine } from './engine/client';
import type { ModelSource, Opened } from './engine/protocol';
import { activationPanel, type Learned } from './page/activation-panel';
import { attackControls } from './page/attack-controls';
import { type AttackSettings, attackChoice } from './page/attack-menu';
import { type ClassifierCard, classifierCard } from './page/classifier-card';
import { curvePanel } from './page/curve-panel';
import { byId, prefersStill } from './page/element';
import { ownModel } from './page/own-model';
import { picker } from './page/picker';
import type { Picture } from './page/picture';
import { runAndStop } from './page/run-and-stop';
import { timeline } from './page/timeline';
import { verdictOn } from './page/verdict';

/** The classifiers of the app, in folders of `models`. */
const ours = [
  { name: 'standard', title: 'Trained as usual' },
  { name: 'robust-relu', title: 'Trained against attacks (ReLU)' },
  { name: 'robust-pssilu', title: 'Trained against attacks (PSSiLU)' },
];
/** The digit that the page opens with. */
const firstDigit = 3;

const trouble = byId('trouble', HTMLElement);
const onTrouble = (message: string) => {
  trouble.textContent = message;
  trouble.hidden = !message;
};
const inWords = (error: unknown) => (error instanceof Error ? error.message : String(error));

const opened = new Map<string, Opened>();
let yours: ModelSource | undefined;
let engine: Engine;
/** The worker that is to take its place. */
let starting: Engine | undefined;
/** What was asked for, and what the worker says that it got. */
let runsOn: { backend: BackendName; why: string } | undefined;
let picture: Picture | undefined;
/** The attack that is under way. */
let attacking: AbortController | undefined;
/** How the attack that is shown was set. */
let attackedBy: AttackSettings | undefined;

const [run, stop] = ['run', 'stop'].map((id) => byId(id, HTMLButtonElement));
const setButtons = runAndStop(run, stop);
const verdict = byId('verdict', HTMLElement);
const backends = byId('backend', HTMLSelectElement);
const cards: ClassifierCard[] = ['left', 'right'].map((id) =>
  classifierCard(byId(id, HTMLElement), () => {
    curve.stop();
    void showClean();
  }),
);
const steps = timeline(
  (at) => {
    for (const card of cards) card.show(at, fullChange());
  },
  (at) => {
    const longest = cards.reduce((most, card) => (card.frames().length > most.frames().length ? card : most), cards[0]);
    if (at === 0) return 'before';
    if (at === longest.frames().length - 1 && !attacking) return 'the end';
    return `step ${longest.frames()[at]?.step ?? at}`;
  },
);
const curve = curvePanel({
  engine: () => engine,
  settings: () => controls.settings(),
  chosen: () =>
    cards.flatMap((card, i) => {
      const found = opened.get(card.which());
      return found ? [{ opened: found, title: titleOf(found.name), side: i === 0 ? 'left' : 'right' } as const] : [];
    }),
  onTrouble,
});
const controls = attackControls();
const activation = activationPanel({ engine: () => engine, onTrouble });
const pick = picker((next) => {
  onTrouble('');
  picture = next;
  void showClean();
}, onTrouble);

const titleOf = (name: string) => ours.find((each) => each.name === name)?.title ?? 'Yours';

/** In linf a pixel can change by eps: that is the full colour. Elsewhere it is the largest change of the attack. */
const fullChange = () => {
  const { norm, eps } = attackedBy ?? controls.settings();
  return norm === 'linf' ? eps : undefined;
};

function offer(): void {
  const list = [...ours, ...(opened.has('yours') ? [{ name: 'yours', title: 'Yours' }] : [])];
  for (const card of cards) card.offer(list);
}

/** Ends the attack that is under way, if any, and forgets it. */
function dropAttack(): void {
  attacking?.abort();
  attacking = undefined;
  attackedBy = undefined;
  setButtons({ isRunning: false, canRun: opened.size > 0 });
  verdict.textContent = '';
  steps.finish();
}

/** Shows the picture to both classifiers, unattacked. */
async function showClean(): Promise<void> {
  dropAttack();
  const shown = picture;
  if (!shown || opened.size === 0) return;
  try {
    for (const card of cards) {
      const model = opened.get(card.which());
      if (!model) continue;
      const frame = await engine.call('classify', { classifier: model.name, image: shown.fit(model.shape) });
      if (picture !== shown) return;
      // A label is a digit, which classifiers of something else have not.
      card.begin(model, frame, model.classes === 10 ? shown.label : undefined, shown.title);
    }
    const largest = cards
      .map((card) => opened.get(card.which())?.shape ?? ([8, 8, 1] as const))
      .reduce((most, shape) => (shape[0] > most[0] ? shape : most));
    controls.fitTo(largest);
    steps.reset();
    curve.refresh();
  } catch (error) {
    if (!isAbort(error)) onTrouble(inWords(error));
  }
}

/** Attacks both classifiers at once, each by its own attack. */
async function attackBoth(): Promise<void> {
  await showClean();
  const shown = picture;
  if (!shown) return;
  attacking?.abort();
  const controller = new AbortController();
  attacking = controller;
  const { signal } = controller;
  onTrouble('');
  setButtons({ isRunning: true, canRun: true });
  verdict.textContent = 'Attacking …';
  const settings = controls.settings();
  attackedBy = settings;
  const grow = () => steps.setLength(Math.max(...cards.map((card) => card.frames().length)));
  steps.follow();
  try {
    await Promise.all(
      cards.map(async (card) => {
        const model = opened.get(card.which());
        if (!model) return;
        const outcome = await engine.call(
          'attack',
          {
            ...{ classifier: model.name, image: shown.fit(model.shape), label: card.label() },
            ...{ attack: attackChoice(settings, model.bounds), seed: 0, index: shown.index },
          },
          {
            signal,
            onEvent(frame) {
              if (attacking !== controller) return;
              card.add(frame);
              grow();
            },
          },
        );
        if (attacking === controller) card.end(outcome);
      }),
    );
    if (attacking !== controller) return;
    attacking = undefined;
    grow();
    verdict.textContent = cards.map((card, i) => verdictOn(card, `The ${i === 0 ? 'left' : 'right'} one`)).join(' ');
  } catch (error) {
    controller.abort();
    if (!isAbort(error)) onTrouble(inWords(error));
    if (attacking === controller) verdict.textContent = isAbort(error) ? 'Stopped.' : '';
  } finally {
    // Else another has begun, or the page has gone on to something else.
    if (!attacking || attacking === controller) {
      attacking = undefined;
      steps.finish();
      setButtons({ isRunning: false, canRun: opened.size > 0 });
    }
  }
}

/** Starts a worker on a backend and, once it runs, gives it all that the page holds; where it does not start, the one before stays. */
async function begin(backend: BackendName): Promise<void> {
  const why = byId('backend-why', HTMLElement);
  const tensors = byId('tensors', HTMLElement);
  starting?.end();
  why.textContent = 'Starting …';
  onTrouble('');
  const mine = startEngine((count) => {
    if (mine === engine) tensors.textContent = String(count);
  });
  starting = mine;
  try {
    const started = await mine.call('start', { backend });
    engine?.end();
    curve.stop();
    opened.clear();
    dropAttack();
    [engine, starting] = [mine, undefined];
    runsOn = { backend, why: started.why };
    why.textContent = started.why;
    document.body.dataset.backend = started.name;
    for (const { name } of ours) {
      const folder = new URL(`models/${name}`, document.baseURI).href;
      opened.set(name, await mine.call('open', { name, source: { from: 'app', folder } }));
    }
    if (yours) opened.set('yours', await mine.call('open', { name: 'yours', source: yours }));
    offer();
    if (!picture) {
      cards[1].choose('robust-relu');
      pick.setDigits(await mine.call('digits', {}), firstDigit);
    }
    await showClean();
    activation.refresh();
    document.body.dataset.ready = 'yes';
  } catch (error) {
    if (isAbort(error)) return;
    onTrouble(inWords(error));
    why.textContent = runsOn?.why ?? '';
    if (runsOn) backends.value = runsOn.backend;
    if (mine !== starting) return;
    mine.end();
    starting = undefined;
  }
}

/** Opens a model of the user's, which is then the one on the left. */
async function openYours(source: ModelSource): Promise<Opened> {
  dropAttack();
  curve.stop();
  const model = await engine.call('open', { name: 'yours', source });
  yours = source;
  opened.set('yours', model);
  offer();
  cards[0].choose('yours');
  await showClean();
  return model;
}

const form = byId('controls', HTMLFormElement);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  // On a phone what is to be seen lies below.
  byId('stage', HTMLElement).scrollIntoView({ block: 'nearest', behavior: prefersStill() ? 'instant' : 'smooth' });
  void attackBoth();
});
for (const each of ['input', 'change']) form.addEventListener(each, () => curve.refresh());
stop.addEventListener('click', () => attacking?.abort());
ownModel(openYours);
backends.addEventListener('change', () => void begin(backends.value as BackendName));

offer();
await begin('auto');
const learned = await fetch(new URL('models/learned.json', document.baseURI)).then((response) => response.json());
activation.setLearned(learned as Learned);
