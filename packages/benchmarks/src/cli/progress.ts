import { type Progress, stopwatch } from '@agoge/core';
import { SingleBar } from 'cli-progress';
import { duration } from './duration';
import type { Context } from './terminal';

/** The progress of one stage of a command. */
export interface Stage {
  /** For `onProgress`. */
  update(progress: Progress): void;
  /** Something worth a line where there is no bar: an epoch. */
  line(text: string): void;
  /** Ends the stage; safe to call twice. */
  end(summary?: string): void;
}

const steps = 1000;
const width = 24;

/**
 * Begins a stage: on a terminal a bar with the time left, elsewhere (a pipe, a log of CI) one line for each epoch, for
 * each tenth, and one at the end. Both on stderr.
 */
export function stage(title: string, { stderr }: Pick<Context, 'stderr'>): Stage {
  return stderr.isTTY ? bar(title, stderr as NodeJS.WriteStream) : lines(title, stderr);
}

function bar(title: string, stream: NodeJS.WriteStream): Stage {
  const drawn = new SingleBar({
    format(_, { progress, eta }, { note, secondsLeft = eta }) {
      const full = Math.floor(width * progress);
      const drawn = '█'.repeat(full) + '░'.repeat(width - full);
      return `${title} ${drawn} ${Math.floor(100 * progress)} % | ${duration(secondsLeft)} left ${note}`;
    },
    stream,
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 50,
    // The command ends by itself on a signal, and stops its bars.
    gracefulExit: false,
  });
  drawn.start(steps, 0, { note: '' });
  let open = true;
  let note = '';
  return {
    update({ done, total, secondsLeft, note: latest = note }) {
      note = latest;
      drawn.update(Math.round((steps * done) / total), { note, secondsLeft });
    },
    line(text) {
      note = text;
    },
    end(summary) {
      if (!open) return;
      open = false;
      drawn.stop();
      if (summary !== undefined) stream.write(`${title}: ${summary}\n`);
    },
  };
}

function lines(title: string, stream: Context['stderr']): Stage {
  let open = true;
  let tenths = 0;
  let pace: ReturnType<typeof stopwatch> | undefined;
  return {
    update({ done, total, ...known }) {
      pace ??= stopwatch(done / total, 1);
      const secondsLeft = known.secondsLeft ?? pace(done / total);
      const reached = Math.floor((10 * done) / total);
      if (secondsLeft === undefined || reached <= tenths || reached === 10) return;
      tenths = reached;
      stream.write(`${title}: ${10 * reached} %, ${duration(secondsLeft)} left\n`);
    },
    line: (text) => void stream.write(`${title}: ${text}\n`),
    end(summary) {
      if (open && summary !== undefined) stream.write(`${title}: ${summary}\n`);
      open = false;
    },
  };
}
