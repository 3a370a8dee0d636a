import { byId, prefersStill } from './element';

/** Frames per second of a played attack. */
const rate = 14;

/** The slider under the classifiers: shows the steps of an attack, one by one or played. */
export interface Timeline {
  /** Back to the clean image, with nothing to play. */
  reset(): void;
  /** Plays what is there and what comes, from the start; at once at the last where nothing is to move. */
  follow(): void;
  /** How many frames there are now. */
  setLength(frames: number): void;
  /** No more come. */
  finish(): void;
}

/**
 * @param onShow told which frame to show
 * @param stepOf what a frame is called: the step it is of
 */
export function timeline(onShow: (frame: number) => void, stepOf: (frame: number) => string): Timeline {
  const play = byId('play', HTMLButtonElement);
  const slider = byId('step', HTMLInputElement);
  const shown = byId('step-shown', HTMLOutputElement);
  let frames = 1;
  let timer: ReturnType<typeof setInterval> | undefined;
  let following = false;

  const at = () => Number(slider.value);
  const go = (frame: number) => {
    slider.value = String(frame);
    shown.value = frames > 1 ? stepOf(at()) : 'no attack yet';
    slider.setAttribute('aria-valuetext', shown.value);
    onShow(at());
  };
  const pause = () => {
    clearInterval(timer);
    timer = undefined;
    play.classList.remove('playing');
    play.setAttribute('aria-label', 'Play the attack');
  };
  const run = () => {
    pause();
    play.classList.add('playing');
    play.setAttribute('aria-label', 'Pause');
    timer = setInterval(() => {
      if (at() < frames - 1) go(at() + 1);
      else if (!following) pause();
    }, 1000 / rate);
  };

  play.addEventListener('click', () => {
    if (timer) return pause();
    if (at() === frames - 1) go(0);
    run();
  });
  slider.addEventListener('input', () => {
    pause();
    go(at());
  });
  return {
    reset() {
      pause();
      following = false;
      frames = 1;
      slider.max = '0';
      slider.disabled = true;
      play.disabled = true;
      go(0);
    },
    follow() {
      following = true;
      if (!prefersStill()) run();
    },
    setLength(length) {
      frames = length;
      slider.max = String(frames - 1);
      slider.disabled = frames < 2;
      play.disabled = frames < 2;
      if (prefersStill()) go(frames - 1);
    },
    finish() {
      following = false;
    },
  };
}
