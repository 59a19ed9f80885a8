/**
 * The programs in `examples/`, run as a user would, in a circuit of several servers.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Circuit, dial } from '../src/api/index.js';
import { untilOver } from './lib/children.js';
import { Daemon } from './lib/daemon.js';

const LIMIT_MS = 60_000;
const SERVERS = 3;

describe('an example of the library', function () {
  this.timeout(LIMIT_MS);
  let daemons: Daemon[] = [];
  let circuit: Circuit;

  beforeEach(async () => {
    const first = await Daemon.start({ args: ['--no-mount'] });
    daemons = [first];
    circuit = await dial(first.url);
    await Promise.all(Array.from({ length: SERVERS - 1 }, async () => daemons.push(await Daemon.start({ args: ['--no-mount', '-j', first.url] })))); // prettier-ignore
    const ids = new Set<string>();
    for await (const { member } of circuit.changes()) if (ids.add(member.id).size === SERVERS) break;
  });
  afterEach(async () => {
    await circuit.close();
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  });

  function start(name: string, ...args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
    const built = name.endsWith('.mjs') ? `../../examples/${name}` : `../examples/${name}.js`;
    const program = fileURLToPath(new URL(built, import.meta.url));
    const env = { ...process.env, CIRCUIT: daemons[0]?.url };
    return spawn(process.execPath, [program, ...args], { cwd: '/', env, stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT_MS });
  }

  /** Names that are left in the trees of the live servers. */
  async function left(): Promise<readonly string[]> {
    const views = await Promise.all([...circuit.view().values()].map((root) => root.view()));
    return views.flatMap((view) => [...view.keys()]);
  }

  it('waits for all programs, on all servers', async () => {
    const example = start('wait-all', '0.1');
    const [printed] = await Promise.all([text(example.stdout), once(example, 'close')]);
    const lines = printed.trimEnd().split('\n');
    expect(lines.pop()).to.equal('All done.');
    const ends = lines.map((line) => /^program (\d) has ended on (X[\da-f]{16})$/.exec(line) ?? []);
    expect(ends.map(([, number]) => number).sort()).to.deep.equal(['1', '2', '3', '4', '5']);
    expect(new Set(ends.map(([, , id]) => id))).to.have.property('size', SERVERS);
    expect(await left()).to.deep.equal([]);
  });

  it('runs a program elsewhere whose server dies', async () => {
    const [, doomed] = daemons;
    const example = start('wait-all', '1');
    const lines = createInterface(example.stdout)[Symbol.asyncIterator]();
    await lines.next(); // so all have been started
    doomed?.kill('SIGKILL');
    const rest: string[] = [];
    for await (const line of { [Symbol.asyncIterator]: () => lines }) rest.push(line);
    await untilOver(example);
    expect(example.exitCode).to.equal(0);
    expect(rest.at(-1)).to.equal('All done.');
    expect(rest).to.have.lengthOf(5);
    for await (const { type } of circuit.changes()) if (type === 'left' || circuit.members().length < SERVERS) break;
    expect(await left()).to.deep.equal([]);
  });

  it('waits for the first program, and leaves none of the others', async () => {
    const example = start('wait-first', '1');
    const [printed] = await Promise.all([text(example.stdout), once(example, 'close')]);
    expect(printed).to.match(/^\/X[\da-f]{16}\/wait-first\/1 was first\nOne done\.\n$/);
    expect(await left()).to.deep.equal([]);
  });

  it('in plain JavaScript runs as it stands: a command on each server, and a queue of jobs', async () => {
    const hosts = start('hosts.mjs', 'sh', '-c', 'echo "$1 there"', 'sh', 'anybody');
    const queue = start('queue.mjs', '5');
    const [greetings, jobs] = await Promise.all([hosts, queue].map(({ stdout }) => text(stdout)));
    await Promise.all([hosts, queue].map(untilOver));
    expect([hosts.exitCode, queue.exitCode]).to.deep.equal([0, 0]);
    expect(greetings).to.equal(`${hostname()}: anybody there\n`.repeat(SERVERS));
    const lines = jobs?.trimEnd().split('\n') ?? [];
    expect(lines.pop()).to.equal('All done.');
    const squares = lines.map((line) => /^(\d squared is \d+), by X[\da-f]{16}$/.exec(line)?.[1]);
    expect(squares.sort()).to.deep.equal([1, 2, 3, 4, 5].map((number) => `${number} squared is ${number * number}`));
    expect(await left()).to.deep.equal([]);
  });
});
