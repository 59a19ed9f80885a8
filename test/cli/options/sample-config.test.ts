/**
 * The configuration file that packages bring: it says nothing as it is, names each option of a server, and what it has as a default may be said.
 */
import { expect } from 'chai';
import { parseConfig } from '../../../src/cli/options/config-file.js';
import { parseWord } from '../../../src/cli/options/row.js';
import { sampleConfig } from '../../../src/cli/options/sample-config.js';
import { OPTIONS } from '../../../src/cli/options/table.js';

const ROWS = OPTIONS.filter(({ takers }) => takers.includes('start'));
const NAMES = ROWS.map(({ name }) => name);
const LINE = /^#(?=[\w-]+ = )/gm;

describe('the configuration file of a package', () => {
  it('sets nothing as it is', () => {
    expect(parseConfig(sampleConfig(), NAMES, {}, 'circuit.conf')).to.deep.equal([]);
  });

  it('has a line for each option, and a default that stands there is one', () => {
    const entries = parseConfig(sampleConfig().replace(LINE, ''), NAMES, {}, 'circuit.conf');
    expect(entries.map(({ name }) => name)).to.deep.equal(NAMES);
    for (const [at, { value }] of entries.entries()) {
      const row = ROWS[at];
      if (row === undefined || value === row.value) continue;
      expect(parseWord(row, value), row.name).to.equal(row.value === undefined ? row.name.startsWith('no-') : row.preset?.value);
    }
  });
});
