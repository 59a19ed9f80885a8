/**
 * Single file operations, by one client and by many: what every `cat`, `echo` and `ls` is made of.
 */
import { readFile, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadGenerator } from '../compiled.js';
import { type Aim, compare, type Contender, isAbsent, orAbsent, type Peer, type Result } from '../comparison.js';
import { type Mounted, startCircuit, startWithoutNames } from '../contenders/circuit.js';
import { PEER, requireAlike, startPeer } from '../contenders/peer.js';
import { ServerCost } from '../contenders/server-cost.js';
import type { Figure } from '../figure.js';
import { type Pinning, PINNING } from '../pinning.js';
import { runForJson } from '../program.js';
import { Scope } from '../scope.js';
import type { Settings } from '../settings.js';

interface Operation {
  readonly name: 'stat' | 'read' | 'write';
  readonly words: string;
  readonly file: string;
  /** Named by its full path, not from its directory. */
  readonly full?: boolean;
  /** What is written. */
  readonly text?: string;
}

/** A line that does nothing: what is measured is the file, not a command. */
const COMMENT = '# bench\n';

const OPERATIONS: readonly Operation[] = [
  { name: 'stat', words: 'stat of `peek`', file: 'peek' },
  { name: 'stat', words: 'stat of `peek` by its full path', file: 'peek', full: true },
  { name: 'read', words: 'open+read+close of `peek`', file: 'peek' },
  { name: 'write', words: 'open+write+close of `ctl`', file: 'ctl', text: COMMENT },
];
/** A command that may be given again and again, to see what parsing, carrying out and logging add. */
const COMMAND: Operation = { name: 'write', words: 'a command: `drain` to the `ctl` of a process', file: 'process/ctl', text: 'drain\n' };

const CROWDS = [1, 8, 32];
/** What a run warms up for, beside its seconds (load/operations.c). */
const WARM_UP = 1.1;

export const operations: Figure = {
  name: 'operations',
  title: 'One operation on a file',
  async *run(_scope, settings) {
    yield* measureAll(PINNING.oneCore, [1], settings);
    yield* measureAll(PINNING.allCores, CROWDS, settings);
  },
};

const AIM: Aim = { ratioTo: PEER, atMost: 1 };

async function* measureAll(pinning: Pinning, crowds: readonly number[], settings: Settings): AsyncGenerator<Result> {
  await using scope = new Scope();
  const program = await loadGenerator('operations');
  const circuit = await startCircuit(scope, pinning.server);
  const without = await startWithoutNames(scope, pinning.server);
  const portable = await orAbsent('fuse-native engine', () => startCircuit(scope, pinning.server, 'fuse-native'));
  const peer = await orAbsent(PEER, async () => {
    const peekBytes = (await readFile(join(circuit.server, 'peek'))).length;
    const started = await startPeer(scope, pinning.server, { peekBytes });
    await requireAlike(circuit.server, started.server, ['.', 'peek', 'ctl', 'error', 'help']);
    return started;
  });
  for (const mounted of [circuit, without, portable]) if (!isAbsent(mounted)) await startProcess(mounted);
  for (const clients of crowds) {
    const contender = (cost: ServerCost, mounted: Mounted, { name, file, text = '', full = false }: Operation): Contender => {
      const measure = async (): Promise<number> => {
        const path = full ? join(mounted.server, file) : file;
        const args = [name, mounted.server, path, String(clients), String(settings.seconds), text];
        return (await runForJson(pinning.clients, [program, ...args]))['us'] ?? Number.NaN;
      };
      return cost.of({ name: mounted.name, measure }, mounted.pid, (us) => (settings.seconds * WARM_UP * 1e6) / us);
    };
    const compareAt = async function* (
      operation: Operation,
      against: readonly (Mounted | Exclude<Peer, Contender>)[],
      aims: readonly Aim[],
    ): AsyncGenerator<Result> {
      const cost = new ServerCost();
      const ours = contender(cost, circuit, operation);
      const peers = against.map((mounted) => (isAbsent(mounted) ? mounted : contender(cost, mounted, operation)));
      const figure = `${operation.words}, ${clients === 1 ? '1 client' : `${clients} clients`}, ${pinning.words}`;
      yield await compare({ figure, unit: 'µs', ours, peers, aims }, settings);
      yield cost.result(`processor time of the server: ${figure}`, ours.name, peers);
    };
    for (const operation of OPERATIONS) yield* compareAt(operation, [peer, without, portable], [AIM]);
    yield* compareAt(COMMAND, [without, portable], []);
  }
}

/** An anchor `process` with a process that does nothing; it ends with the server. */
async function startProcess({ server }: Mounted): Promise<void> {
  await mkdir(join(server, 'process'));
  await writeFile(join(server, 'process', 'ctl'), 'mkproc /bin/sleep 1000000\n');
}
