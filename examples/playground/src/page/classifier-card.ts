import type { AttackOutcome, Frame, Opened } from '../engine/protocol';
import { make, option, percent, within } from './element';
import { paintChange, paintImage } from './paint';

/** One of the two classifiers: what it sees, and what it takes it for, step by step. */
export interface ClassifierCard {
  /** Name of the classifier that was chosen. */
  which(): string;
  offer(classifiers: readonly { name: string; title: string }[]): void;
  choose(name: string): void;
  /** Shows a clean image; what was shown of an attack is gone. */
  begin(opened: Opened, clean: Frame, label: number | undefined, title: string): void;
  add(frame: Frame): void;
  end(outcome: AttackOutcome): void;
  /** How many frames there are. */
  frames(): readonly Frame[];
  /** @param full the change that gets the full colour; by default the largest of the attack */
  show(at: number, full?: number): void;
  /** Whether the attack succeeded; undefined where there was none. */
  outcome(): AttackOutcome | undefined;
  /** What it is attacked away from. */
  label(): number;
}

const top = (probabilities: Float32Array) => probabilities.indexOf(Math.max(...probabilities));

/** Fills an article of the page. */
export function classifierCard(article: HTMLElement, onChoice: () => void): ClassifierCard {
  const template = document.getElementById('card-template') as HTMLTemplateElement;
  article.append(template.content.cloneNode(true));
  const select = within(article, '.which', HTMLSelectElement);
  const [clean, change, seen] = ['.clean', '.change', '.seen'].map((each) => within(article, each, HTMLCanvasElement));
  const [about, says, times] = ['.about', '.says', '.times'].map((each) => within(article, each, HTMLElement));
  const bars = within(article, '.bars', HTMLOListElement);
  select.addEventListener('change', onChoice);

  let opened: Opened | undefined;
  let frames: Frame[] = [];
  /** The largest change in them. */
  let largest = 0;
  let outcome: AttackOutcome | undefined;
  let label = 0;
  let title = '';

  const add = (frame: Frame) => {
    frames.push(frame);
    largest = Math.max(largest, largestChange(frames[0].image, frame.image));
  };
  const buildBars = (classes: number) => {
    if (bars.children.length === Math.min(classes, 10)) return;
    bars.replaceChildren(
      ...Array.from({ length: Math.min(classes, 10) }, () => {
        const row = make('li');
        row.append(make('span', 'class'), make('span', 'bar'), make('span', 'share figure'));
        return row;
      }),
    );
  };
  /** All classes in order where they are ten; of more, those that are likeliest. */
  const drawBars = (probabilities: Float32Array) => {
    const order = [...probabilities.keys()];
    if (order.length > bars.children.length) order.sort((a, b) => probabilities[b] - probabilities[a]);
    const answer = top(probabilities);
    for (const [row, element] of [...bars.children].entries()) {
      const each = order[row];
      const [name, bar, share] = [...element.children] as HTMLElement[];
      name.textContent = String(each);
      bar.style.setProperty('--share', String(probabilities[each]));
      share.textContent = percent(probabilities[each]);
      element.className = each === answer ? (each === label ? 'right' : 'wrong') : each === label ? 'label' : '';
    }
  };

  const card: ClassifierCard = {
    which: () => select.value,
    offer(classifiers) {
      const before = select.value;
      select.replaceChildren(...classifiers.map((each) => option(each.name, each.title)));
      if (classifiers.some(({ name }) => name === before)) select.value = before;
    },
    choose(name) {
      select.value = name;
    },
    begin(next, frame, truth, words) {
      [opened, frames, largest, outcome, title] = [next, [frame], 0, undefined, words];
      label = truth ?? top(frame.probabilities);
      const { clean: cleanAccuracy, weights } = next;
      const known = cleanAccuracy === undefined ? '' : `, reads ${percent(cleanAccuracy)} of the test digits right`;
      about.textContent = `${weights.toLocaleString('en')} weights${known}`;
      buildBars(next.classes);
      card.show(0);
    },
    add,
    end(result) {
      outcome = result;
      add(result.last);
    },
    frames: () => frames,
    outcome: () => outcome,
    label: () => label,
    show(at, full = largest) {
      if (!opened) return;
      const { shape } = opened;
      const first = frames[0].image;
      const { image, probabilities } = frames[Math.min(at, frames.length - 1)];
      paintImage(clean, first, shape);
      paintImage(seen, image, shape);
      paintChange(change, first, image, shape, full || 1);
      times.textContent = full ? `× ${(1 / full).toFixed(full < 0.1 ? 0 : 1)}` : '';
      const answer = top(probabilities);
      clean.setAttribute('aria-label', `The image: ${title}`);
      change.setAttribute('aria-label', `How it was changed, by ${largestChange(first, image).toFixed(2)} at most`);
      seen.setAttribute('aria-label', `What the classifier sees, and reads as ${answer}`);
      says.replaceChildren('reads ', make('strong', '', String(answer)), `, ${percent(probabilities[answer])} sure`);
      says.className = `says ${answer === label ? 'right' : 'wrong'}`;
      drawBars(probabilities);
    },
  };
  return card;
}

function largestChange(clean: Float32Array, image: Float32Array): number {
  return image.reduce((most, each, i) => Math.max(most, Math.abs(each - clean[i])), 0);
}
