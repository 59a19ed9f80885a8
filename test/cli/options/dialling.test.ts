import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { groupOf, namedServers } from '../../../src/cli/options/dialling.js';

const URL = 'circuit://10.0.0.1:11022/78517/X56e7a2a0d47a7b5d';
const SERVER = { host: '10.0.0.1', port: 11_022, pid: 78_517, id: 'X56e7a2a0d47a7b5d' };
const GROUP = { group: '228.8.8.8', port: 7711 };
const OTHER = { host: '10.0.0.2', port: 1, pid: 0, id: '' };

describe('a client command finds its server', () => {
  let directory: string;
  let file: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'dialling-'));
    file = join(directory, 'url');
    writeFileSync(file, `${URL}\n`);
  });
  after(() => rmSync(directory, { recursive: true }));

  it('by -d, whatever else is said', () => {
    expect(namedServers({ dial: [OTHER, SERVER], discover: GROUP }, { CIRCUIT: file, CIRCUIT_DISCOVER: '228.8.8.8:1' })).to.deep.equal([
      OTHER,
      SERVER,
    ]);
  });

  it('by --discover before the file that $CIRCUIT names', () => {
    expect(namedServers({ discover: GROUP }, { CIRCUIT: file })).to.deep.equal([]);
    expect(groupOf({ discover: GROUP }, { CIRCUIT_DISCOVER: '228.8.8.8:1' })).to.deep.equal(GROUP);
  });

  it('by the file that $CIRCUIT names, before $CIRCUIT_DISCOVER', () => {
    expect(namedServers({}, { CIRCUIT: file, CIRCUIT_DISCOVER: '228.8.8.8:1' })).to.deep.equal([SERVER]);
  });

  it('by a URL in $CIRCUIT itself', () => {
    expect(namedServers({}, { CIRCUIT: URL })).to.deep.equal([SERVER]);
  });

  it('by $CIRCUIT_DISCOVER, before the group of the own machine', () => {
    expect(namedServers({}, { CIRCUIT_DISCOVER: '228.8.8.8:7711' })).to.deep.equal([]);
    expect(groupOf({}, { CIRCUIT_DISCOVER: '228.8.8.8:7711' })).to.deep.equal(GROUP);
    expect(groupOf({}, { CIRCUIT_DISCOVER: '' })).to.equal('none');
    expect(groupOf({}, {})).to.equal(undefined);
  });

  it('and says what is wrong with $CIRCUIT, a tilde in it being the home directory', () => {
    expect(() => namedServers({}, { CIRCUIT: '~/no such file' }))
      .to.throw(`$CIRCUIT names '${homedir()}/no such file', which cannot be read`)
      .with.property('code', 'ENOENT');
    writeFileSync(join(directory, 'empty'), '');
    expect(() => namedServers({}, { CIRCUIT: join(directory, 'empty') }))
      .to.throw(/^\$CIRCUIT names \S+empty, and in it invalid circuit URL ""/)
      .with.property('code', 'EINVAL');
  });
});
