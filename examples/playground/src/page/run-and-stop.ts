/** Two buttons: one begins something long, the other stops it. Who has the one that can no longer be pressed gets the other. */
export function runAndStop(
  run: HTMLButtonElement,
  stop: HTMLButtonElement,
): (state: { isRunning: boolean; canRun: boolean }) => void {
  return ({ isRunning, canRun }) => {
    const isHere = document.activeElement === run || document.activeElement === stop;
    run.disabled = isRunning || !canRun;
    stop.disabled = !isRunning;
    if (isHere) (isRunning ? stop : run).focus({ preventScroll: true });
  };
}
