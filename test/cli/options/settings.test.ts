/**
 * What a server is told, from all sides, by what `circuit start --show-config` prints: with the real program, a real file and a real environment.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { changesBetween, sentenceOf } from '../../../src/cli/daemon/reloading.js';
import { type Settings, settle } from '../../../src/cli/options/settings.js';
import { ProcessConsole } from '../../../src/cli/process-console.js';
import { startCommand } from '../../../src/cli/start.js';
import { generateKey } from '../../../src/wire/transport/keyring.js';
import { circuit } from '../program.js';

describe('the settings of a server', () => {
  let scratch = '';
  let file = '';

  before(() => {
    scratch = mkdtempSync(join(tmpdir(), 'settings-'));
    file = join(scratch, 'circuit.conf');
  });
  after(() => rmSync(scratch, { recursive: true }));

  const configure = (...lines: readonly string[]): void => writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  /** Name, value and where it came from, of what is set. */
  const shown = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await circuit(['start', '--show-config', ...args], { env: { CIRCUIT_CONFIG: file, ...env } });
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.endsWith('# default')).map((line) => line.replace(/ +/g, ' ')); // prettier-ignore
  };
  const refused = async (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { code, stderr } = await circuit(['start', '--show-config', ...args], { env: { CIRCUIT_CONFIG: file, ...env } });
    expect(code, stderr).to.equal(2);
    return stderr;
  };
  const settings = (env: NodeJS.ProcessEnv = {}): Settings =>
    settle(
      startCommand(new ProcessConsole(), () => Promise.resolve(0)),
      'start',
      { CIRCUIT_CONFIG: file, ...env },
    );

  it('are flags before the environment before the file, each with where it came from', async () => {
    configure('grace = 1', 'watchdog = 1', 'log-level = warn', 'allow-other = yes', 'no-mount = true', 'docker = true');
    expect(await shown(['--grace', '3'], { CIRCUIT_GRACE: '2', CIRCUIT_WATCHDOG: '2', CIRCUIT_LOG_LEVEL: '' })).to.deep.equal([
      `no-mount = true # ${file}:5`,
      'grace = 3 # --grace',
      'watchdog = 2 # $CIRCUIT_WATCHDOG',
      `docker = true # ${file}:6`,
      `allow-other = yes # ${file}:4`,
      `log-level = warn # ${file}:3`,
    ]);
  });

  it('can be given back as a file, and mean the same', async () => {
    configure('if = lo:7', 'join = circuit://10.0.0.1:1', 'join = circuit://10.0.0.2:1', 'var = "/tmp/a # b"', 'discover =');
    const { stdout } = await circuit(['start', '--show-config'], { env: { CIRCUIT_CONFIG: file } });
    const before = settings().given;
    writeFileSync(file, stdout, { mode: 0o600 });
    expect(settings().given).to.deep.equal(before);
  });

  it('are a list from one side only', async () => {
    configure('join = circuit://10.0.0.1:1', 'join = circuit://10.0.0.2:1');
    expect(await shown([])).to.deep.equal([`join = circuit://10.0.0.1:1 # ${file}:1`, `join = circuit://10.0.0.2:1 # ${file}:2`]);
    expect(settings().given['join']).to.have.lengthOf(2);
    expect(settings({ CIRCUIT_JOIN: 'circuit://a:1 circuit://b:1 circuit://c:1' }).given['join']).to.have.lengthOf(3);
    expect(await shown(['-j', 'circuit://d:1', '-j', 'circuit://e:1'])).to.deep.equal(['join = circuit://d:1 # --join', 'join = circuit://e:1 # --join']); // prettier-ignore
  });

  it('of two that cannot both hold, have the one from the stronger side', async () => {
    configure('if = eth0', 'key = k');
    expect(await shown(['-a', ':0', '--insecure'])).to.deep.equal(['addr = :0 # --addr', 'insecure = true # --insecure']);
    expect(await shown([], { CIRCUIT_ADDR: ':0', CIRCUIT_HMAC: 'h' })).to.deep.equal(['addr = :0 # $CIRCUIT_ADDR', 'hmac = h # $CIRCUIT_HMAC']); // prettier-ignore
    configure('if = eth0', 'addr = :0');
    expect(await refused()).to.match(/circuit\.conf:[12]: "(if|addr)" cannot be used with "(if|addr)" \(.*circuit\.conf:[12]\)/);
  });

  it('have paths of the file relative to the file', () => {
    configure('var = state', 'key = ../key', 'directory = /mnt');
    expect(settings().given).to.include({ var: join(scratch, 'state'), key: join(scratch, '../key'), directory: '/mnt' });
  });

  it('have a key that stands in the file, and do not print it', async () => {
    const key = generateKey();
    configure(`key = ${key}`);
    expect(settings().writtenKey).to.deep.equal({ text: key, file });
    expect(await shown([])).to.deep.equal([`key = (a key, not shown) # ${file}:1`]);
  });

  it('name the place of what is wrong', async () => {
    configure('grace = soon');
    expect(await refused()).to.equal(`circuit: invalid value "soon" for grace at ${file}:1: give a number of seconds from 0 to 86400; "circuit start --help" shows how it is used\n`); // prettier-ignore
    configure('port = 1', 'port = 2');
    expect(await refused()).to.equal(`circuit: ${file}:2: "port" was set in line 1 already: expected one value\n`);
    configure('prot = 1');
    expect(await refused()).to.match(/circuit\.conf:1: unknown option "prot" \(did you mean "port"\?\)/);
    configure('allow-other = maybe');
    expect(await refused()).to.match(/invalid value "maybe" for allow-other at .*:1: expected true or false;/);
    expect(await refused(['--config', ''], { CIRCUIT_PORT: 'x' })).to.match(/invalid value "x" in \$CIRCUIT_PORT: expected a port/);
  });

  it('do not take a link of Kubernetes for a port', () => {
    configure('');
    expect(settings({ CIRCUIT_PORT: 'tcp://10.0.0.1:11022' }).given['port']).to.equal(undefined);
  });

  it('change while a server runs, or wait for a restart', () => {
    configure('log-level = info', 'grace = 1');
    const before = settings().all;
    expect(sentenceOf(changesBetween(before, settings().all))).to.equal(undefined);
    configure('log-level = debug', 'grace = 2', 'metrics = :1');
    expect(changesBetween(before, settings().all)).to.deep.equal({ now: ['log-level'], later: ['grace', 'metrics'] });
    expect(sentenceOf(changesBetween(before, settings().all))).to.equal('SIGHUP: log-level changed; grace, metrics changed too: restart the server for that'); // prettier-ignore
  });
});
