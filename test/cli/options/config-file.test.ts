import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CONFIG_FILE_MAX_BYTES } from '../../../src/base/limits.js';
import { configPath, parseConfig, readConfig } from '../../../src/cli/options/config-file.js';
import { generateKey } from '../../../src/wire/transport/keyring.js';
import { needs } from '../../lib/machine.js';

const KNOWN = ['if', 'join', 'key', 'discover', 'var', 'log-level'];

function parse(text: string, env: Readonly<Record<string, string>> = {}): readonly (readonly [string, string, number])[] {
  return parseConfig(text, KNOWN, env, 'f').map(({ name, value, line }) => [name, value, line]);
}

describe('the configuration file', () => {
  it('has a line for each option, comments, and lists by repetition', () => {
    expect(parse('# a comment\n\n  if = eth0:11022  # behind it\njoin=a\njoin = b\r\ndiscover =\n')).to.deep.equal([
      ['if', 'eth0:11022', 3],
      ['join', 'a', 4],
      ['join', 'b', 5],
      ['discover', '', 6],
    ]);
  });

  it('takes a # that is no comment within a word and in double quotes', () => {
    expect(parse('var = a#b\nvar = "a # b "\nvar = "say \\"hi\\"" # so')).to.deep.equal([
      ['var', 'a#b', 1],
      ['var', 'a # b ', 2],
      ['var', 'say "hi"', 3],
    ]);
  });

  it('takes values from the environment, which may lack only where there is a default', () => {
    const env = { IF: 'eth1', EMPTY: '' };
    expect(parse('if = ${IF}:${PORT:-7}\nvar = ${EMPTY:-x}${EMPTY}\nkey = $$5', env)).to.deep.equal([
      ['if', 'eth1:7', 1],
      ['var', 'x', 2],
      ['key', '$5', 3],
    ]);
    expect(() => parse('\nif = ${NOBODY}')).to.throw(/^f:2: \$NOBODY is not set: expected .* \$\{NOBODY:-default\}$/);
    for (const text of ['$IF', '${IF', '${}', '${1}', '$'])
      expect(() => parse(`if = ${text}`, env), text).to.throw('f:1: expected ${NAME}');
  });

  it('names line and nearest option of what it does not know', () => {
    expect(() => parse('# x\nloglevel = info')).to.throw('f:2: unknown option "loglevel" (did you mean "log-level"?)');
    expect(() => parse('--if = eth0')).to.throw('f:1: unknown option "--if" (without dashes)');
    for (const text of ['if', '= x', 'if eth0', '[section]'])
      expect(() => parse(text), text).to.throw('f:1: cannot be understood: expected OPTION');
    expect(() => parse('var = "x')).to.throw('f:1: the quote is not closed');
  });

  it('is the one that is named, where an empty name means none', () => {
    expect(configPath('/a/b', { CIRCUIT_CONFIG: '/c' }, true)).to.equal('/a/b');
    expect(configPath(undefined, { CIRCUIT_CONFIG: '/c' }, true)).to.equal('/c');
    expect(configPath('', { CIRCUIT_CONFIG: '/c' }, true)).to.equal(undefined);
    expect(configPath(undefined, { CIRCUIT_CONFIG: '' }, false)).to.equal(undefined);
  });

  describe('is read only if', () => {
    let scratch = '';
    let path = '';
    const read = (): unknown => readConfig(path, KNOWN, { SECRET: generateKey() });

    beforeEach(() => {
      scratch = mkdtempSync(join(tmpdir(), 'config-'));
      path = join(scratch, 'circuit.conf');
      writeFileSync(path, 'if = eth0\n', { mode: 0o644 });
    });
    afterEach(() => rmSync(scratch, { recursive: true }));

    it('nobody else could have written it', () => {
      expect(read()).to.have.nested.property('entries[0].value', 'eth0');
      for (const mode of [0o664, 0o646]) {
        chmodSync(path, mode);
        expect(read)
          .to.throw(/cannot be used: group or others can write to it: chmod go-w/)
          .with.property('code', 'EACCES');
      }
    });

    it('it belongs to the user or to root', function () {
      needs(this, 'root');
      chownSync(path, 4711, 0);
      expect(read).to.throw('it belongs to user 4711').with.property('code', 'EACCES');
    });

    it('nobody else may read it, where it holds a key itself', () => {
      writeFileSync(path, `if = eth0\nkey = ${generateKey()}\n`);
      expect(read).to.throw(/circuit\.conf:2: others may read the key that stands there: chmod 600/);
      chmodSync(path, 0o600);
      read();
      writeFileSync(path, 'key = ${SECRET}\n');
      chmodSync(path, 0o644);
      read(); // the key does not stand there
    });

    it('it is there, a file, and not endless', () => {
      rmSync(path);
      expect(read).to.throw('circuit.conf cannot be read').with.property('code', 'ENOENT');
      path = scratch;
      expect(read).to.throw('expected a regular file');
      path = join(scratch, 'long');
      writeFileSync(path, '#'.repeat(CONFIG_FILE_MAX_BYTES + 1), { mode: 0o600 });
      expect(read).to.throw(`expected ${CONFIG_FILE_MAX_BYTES} at most`);
    });
  });
});
