import { drawCurves, meanLoss } from './curves';
import { setupForm } from './form';
import { drawImages } from './images';
import type { FinishedModel, KeptRun, Order, Point, Report, TrainedOn } from './protocol';

/** What the worker is at, as far as the page knows. */
type Mode = 'starting' | 'ready' | 'running' | 'ending' | 'paused' | 'finished' | 'failed';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const ask = (order: Order) => worker.postMessage(order);
const form = setupForm();
const byId = <E extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as E;
const [act, end] = [byId<HTMLButtonElement>('act'), byId<HTMLButtonElement>('end')];
const progress = byId<HTMLProgressElement>('progress');

let mode: Mode = 'starting';
let points: Point[] = [];
let steps = 1;
let images: TrainedOn | undefined;
/** Made anew, so that they go when the next model comes. */
let addresses: string[] = [];

const captions: Record<Mode, { act: string; end: string }> = {
  starting: { act: 'Train', end: 'Abort' },
  ready: { act: 'Train', end: 'Abort' },
  running: { act: 'Pause', end: 'Abort' },
  ending: { act: 'Pause', end: 'Abort' },
  paused: { act: 'Go on', end: 'Discard' },
  finished: { act: 'Train anew', end: 'Discard' },
  failed: { act: 'Train', end: 'Discard' },
};

function enter(next: Mode, status?: string): void {
  mode = next;
  document.body.dataset.mode = next;
  act.textContent = captions[next].act;
  end.textContent = captions[next].end;
  act.disabled = ['starting', 'ending', 'failed'].includes(next);
  end.disabled = ['starting', 'ending', 'ready'].includes(next);
  form.lock(!['ready', 'finished'].includes(next));
  if (status !== undefined) byId('status').textContent = status;
  if (end.disabled && document.activeElement === document.body) act.focus();
}

form.element.addEventListener('submit', (event) => {
  event.preventDefault();
  if (mode === 'running') {
    enter('ending', 'Pausing …');
    ask({ do: 'pause' });
  } else if (mode === 'paused') {
    ask({ do: 'goOn' });
  } else {
    ask({ do: 'begin', setup: form.read() });
  }
});
end.addEventListener('click', () => {
  enter('ending', 'Ending …');
  ask({ do: 'abort' });
});

const percent = (share?: number) => (share === undefined ? '–' : `${(100 * share).toFixed(0)} %`);
const lastOf = (key: 'clean' | 'robust') => points.findLast((each) => each[key] !== undefined)?.[key];

/** Tells the figures at once, and draws what has come since at most a few times a second. */
let drawn = false;
function draw(): void {
  byId('clean').textContent = percent(lastOf('clean'));
  byId('robust').textContent = percent(lastOf('robust'));
  byId('loss').textContent = meanLoss(points)?.toFixed(2) ?? '–';
  if (drawn) return;
  drawn = true;
  setTimeout(() => {
    drawn = false;
    drawCurves(points, steps, { accuracy: byId('accuracy'), losses: byId('losses') });
    byId('trained-on').hidden = images === undefined;
    if (images) drawImages(byId('images'), images, form.read().eps);
  }, 120);
}

function show(run?: KeptRun): void {
  points = run?.points ?? [];
  steps = run?.steps ?? 1;
  setProgress((points.at(-1)?.step ?? 0) / steps);
  if (!run) images = undefined;
  if (run) form.write(run.setup);
  draw();
}

function showModel(model?: FinishedModel): void {
  for (const each of addresses) URL.revokeObjectURL(each);
  byId('model').hidden = model === undefined;
  if (!model) return;
  const { files, sha256, isStock, learned } = model;
  addresses = files.map(({ bytes, type }) => URL.createObjectURL(new Blob([bytes], { type })));
  byId('files').replaceChildren(
    ...files.map(({ name, bytes }, i) => {
      const link = Object.assign(document.createElement('a'), { href: addresses[i], download: name });
      link.textContent = name;
      const item = document.createElement('li');
      item.append(link, ` ${(bytes.length / 1024).toFixed(0)} KB`);
      return item;
    }),
  );
  const scalars = learned.map(({ name, value }) => `${name} ${value.toFixed(3)}`).join(', ');
  byId('model-text').textContent = [
    `Clean accuracy ${percent(lastOf('clean'))}, robust ${percent(lastOf('robust'))} of 100 test images.`,
    scalars && `Its activation has learned ${scalars}.`,
    isStock
      ? 'The two files of TensorFlow.js load anywhere (put them in one folder).'
      : "The two files of TensorFlow.js load where '@agoge/activations/register' is imported (put them in one folder).",
  ]
    .filter(Boolean)
    .join(' ');
  byId('hash').textContent = sha256;
}

function hear(report: Report): void {
  if (report.is === 'idle') {
    const { backend, tensors, kept, finished } = report;
    byId('backend').textContent = backend;
    byId('tensors').textContent = String(tensors);
    show(kept);
    showModel(finished);
    if (!kept) {
      enter('ready', 'Ready.');
    } else if (finished) {
      enter('finished', `Done: robust accuracy ${percent(lastOf('robust'))}, clean ${percent(lastOf('clean'))}.`);
    } else {
      enter('paused', `Paused after step ${points.at(-1)?.step ?? 0}. It goes on from there, after a reload too.`);
    }
  } else if (report.is === 'running') {
    showModel();
    images = undefined;
    show(report.run);
    enter('running', 'Training …');
  } else if (report.is === 'progress') {
    steps = report.steps;
    setProgress(report.step / steps, `, about ${Math.ceil(report.secondsLeft)} s left`);
  } else if (report.is === 'point') {
    const { point } = report;
    points = [...points.filter(({ step }) => step < point.step), point];
    if (mode === 'running' && point.robust !== undefined && point.step > 0) {
      byId('status').textContent =
        `Training: after step ${point.step} clean accuracy ${percent(point.clean)}, robust ${percent(point.robust)}.`;
    }
    draw();
  } else if (report.is === 'images') {
    images = report.images;
    draw();
  } else if (report.is === 'warning') {
    byId('status').textContent = report.message;
  } else {
    enter('failed', `It failed: ${report.message}`);
  }
}

function setProgress(share: number, more = ''): void {
  progress.value = share;
  byId('pace').textContent = share > 0 ? `step ${Math.round(share * steps)} of ${steps}${more}` : '\u00a0';
}

worker.addEventListener('message', ({ data }: MessageEvent<Report>) => hear(data));
worker.addEventListener('error', ({ message }) => enter('failed', `It failed: ${message}`));
new ResizeObserver(draw).observe(byId('accuracy'));
enter('starting');
ask({ do: 'open' });
