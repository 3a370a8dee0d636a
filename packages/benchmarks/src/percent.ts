/** A fraction as text: `87.3 %`. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

/** A radius as text: `8/255` where it is that, else to four digits. */
export function epsText(eps: number): string {
  const parts = eps * 255;
  const whole = Math.round(parts);
  if (whole > 0 && whole < 64 && Math.abs(parts - whole) < 1e-6 && Number(eps.toPrecision(4)) !== eps) {
    return `${whole}/255`;
  }
  return String(Number(eps.toPrecision(4)));
}
