// `node scripts/tally.mjs EXIT-CODE-OF-TESTS TESTS.json CHECKS.json`: counts tests and checks into one last line.
import { existsSync, readFileSync } from 'node:fs';

const [testsExit, testsFile, checksFile] = process.argv.slice(2);
const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

let passed = 0;
let failed = 0;
const fail = (what) => {
  failed += 1;
  console.log(`FAIL  ${what}`);
};

const tests = read(testsFile);
const checks = read(checksFile);
if (tests) {
  passed += tests.numPassedTests;
  for (const file of tests.testResults) {
    const broken = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName } of broken) fail(fullName);
    if (file.status === 'failed' && broken.length === 0) fail(`${file.name}: does not load`);
  }
  if (tests.numPendingTests > 0) console.log(`${tests.numPendingTests} tests were skipped; their names say why`);
  if (testsExit !== '0' && failed === 0) fail('tests: the build, or an error outside of any test');
} else {
  fail('tests: did not run');
}
if (checks) {
  for (const { name, passed: fine } of checks) {
    if (fine) passed += 1;
    else fail(`check: ${name}`);
  }
} else {
  fail('checks: did not run');
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
