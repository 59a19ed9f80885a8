import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { FAULTS } from './lib/faults.js';

/** The source tree: the titles are looked for as they were written. */
const TESTS = fileURLToPath(new URL('../../test/', import.meta.url));
/** How many are known. */
const COUNT = 15;

describe('a fault of the original', () => {
  for (const { number, was, tests } of FAULTS) {
    it(`has tests that show its absence: ${number}, ${was}`, () => {
      for (const [file, titles] of Object.entries(tests)) {
        expect(existsSync(TESTS + file), file).to.equal(true);
        const source = readFileSync(TESTS + file, 'utf8');
        for (const title of titles) {
          const isThere = ["'", '"', '`'].some((quote) => source.includes(`it(${quote}${title}${quote}, `));
          expect(isThere, `${file} has no test "${title}"`).to.equal(true);
        }
      }
    });
  }

  it('is not forgotten', () => {
    const all = Array.from({ length: COUNT }, (_, at) => at + 1);
    expect(FAULTS.map(({ number }) => number)).to.deep.equal(all);
  });
});
