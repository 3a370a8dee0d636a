import { chai, type ExpectStatic, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';

// Vitest's own, which needs no runner: for what is asked in a page as well.
for (const each of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(each);

export const expect: ExpectStatic = chai.expect as ExpectStatic;
