import { plural } from '@agoge/core';
import type { KernelReport } from './check-kernels';
import type { KernelSpeed } from './measure-kernels';

const mostFailures = 5;

/** A kernel's verdict in a line, `width` being that of the longest name, and what fails below it. */
export function kernelLines({ kernel, cases, error, verdict, failures }: KernelReport, width: number): string {
  const shown = failures.slice(0, mostFailures).map(({ of, name, message }) => `    ${of}, ${name}: ${message}\n`);
  const rest = failures.length - shown.length;
  const line = [kernel.padEnd(width), verdict.padEnd(8), plural(cases, 'case').padStart(9), `worst ${power(error)}`];
  return [`${line.join('  ')}\n`, ...shown, rest > 0 ? `    and ${plural(rest, 'more case')}\n` : ''].join('');
}

/** A kernel's speed in a line, or why there is none. */
export function speedLine({ kernel, what, ms, rate, unit, skipped }: KernelSpeed, width: number): string {
  const title = `${kernel.padEnd(width)}  ${what.padEnd(56)}`;
  if (ms === null || rate === null) return `${title}  ${skipped}\n`;
  return `${title}  ${figure(ms).padStart(8)} ms  ${figure(rate).padStart(8)} ${unit}\n`;
}

/** How many kernels of each verdict, with how many cases in what time. */
export function summaryLine(reports: readonly KernelReport[], seconds: number): string {
  const { conforming, faulty, missing, cases } = count(reports);
  const verdicts = `${plural(conforming, 'kernel')} conform${conforming === 1 ? 's' : ''}, ${faulty} faulty, ${missing} missing`;
  return `${verdicts} (${cases.toLocaleString('en-GB')} cases, ${seconds.toFixed(1)} s)\n`;
}

/** How many kernels of each verdict, and how many cases. */
export function count(reports: readonly KernelReport[]) {
  const of = (verdict: KernelReport['verdict']) => reports.filter((each) => each.verdict === verdict).length;
  return {
    conforming: of('conforms'),
    faulty: of('faulty'),
    missing: of('missing'),
    cases: reports.reduce((sum, { cases }) => sum + cases, 0),
  };
}

const power = (error: number) => {
  if (error === 0) return '0';
  return Number.isFinite(error) ? error.toExponential(1) : '∞';
};

/** Three digits: `0.0123`, `12.3`, `1234`. */
const figure = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
