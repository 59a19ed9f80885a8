/**
 * Single file operations, by one client and by many: what every `cat`, `echo` and `ls` is made of.
 */
import { readFile, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadGenerator } from '../compiled.js';
import { type Aim, compare, type Contender, isAbsent, orAbsent, type Peer, type Result } from '../comparison.js';
import { type Mounted, startCircuit } from '../contenders/circuit.js';
import { PEER, requireAlike, startPeer } from '../contenders/peer.js';
import type { Figure } from '../figure.js';
import { type Pinning, PINNING } from '../pinning.js';
import { runForJson } from '../program.js';
import { Scope } from '../scope.js';
import type { Settings } from '../settings.js';

interface Operation {
  readonly name: 'stat' | 'read' | 'write';
  readonly words: string;
  readonly file: string;
  /** What is written. */
  readonly text?: string;
}

/** A line that does nothing: what is measured is the file, not a command. */
const COMMENT = '# bench\n';

const OPERATIONS: readonly Operation[] = [
  { name: 'stat', words: 'stat of `peek`', file: 'peek' },
  { name: 'read', words: 'open+read+close of `peek`', file: 'peek' },
  { name: 'write', words: 'open+write+close of `ctl`', file: 'ctl', text: COMMENT },
];
/** A command that may be given again and again, to see what parsing, carrying out and logging add. */
const COMMAND: Operation = { name: 'write', words: 'a command: `drain` to the `ctl` of a process', file: 'process/ctl', text: 'drain\n' };

const FEW = [1];
const MANY = [8, 32];

export const operations: Figure = {
  name: 'operations',
  title: 'One operation on a file',
  async *run(_scope, settings) {
    yield* measureAll(PINNING.oneCore, FEW, { ratioTo: PEER, atMost: 1.5 }, settings);
    yield* measureAll(PINNING.allCores, MANY, { ratioTo: PEER, atMost: 0.8 }, settings);
  },
};

async function* measureAll(pinning: Pinning, crowds: readonly number[], aim: Aim, settings: Settings): AsyncGenerator<Result> {
  await using scope = new Scope();
  const program = await loadGenerator('operations');
  const circuit = await startCircuit(scope, pinning.server);
  const portable = await orAbsent('fuse-native engine', () => startCircuit(scope, pinning.server, 'fuse-native'));
  const peer = await orAbsent(PEER, async () => {
    const peekBytes = (await readFile(join(circuit.server, 'peek'))).length;
    const started = await startPeer(scope, pinning.server, { peekBytes });
    await requireAlike(circuit.server, started.server, ['.', 'peek', 'ctl', 'error', 'help']);
    return started;
  });
  for (const mounted of [circuit, portable]) if (!isAbsent(mounted)) await startProcess(mounted);
  for (const clients of crowds) {
    const contender = (mounted: Mounted, { name, file, text = '' }: Operation): Contender => ({
      name: mounted.name,
      measure: async () => {
        const args = [name, mounted.server, file, String(clients), String(settings.seconds), text];
        return (await runForJson(pinning.clients, [program, ...args]))['us'] ?? Number.NaN;
      },
    });
    const compareAt = (
      operation: Operation,
      against: readonly (Mounted | Exclude<Peer, Contender>)[],
      aims: readonly Aim[],
    ): Promise<Result> =>
      compare(
        {
          figure: `${operation.words}, ${clients === 1 ? '1 client' : `${clients} clients`}`,
          unit: 'µs',
          ours: contender(circuit, operation),
          peers: against.map((mounted) => (isAbsent(mounted) ? mounted : contender(mounted, operation))),
          aims,
        },
        settings,
      );
    for (const operation of OPERATIONS) yield await compareAt(operation, [peer, portable], [aim]);
    yield await compareAt(COMMAND, [portable], []);
  }
}

/** An anchor `process` with a process that does nothing; it ends with the server. */
async function startProcess({ server }: Mounted): Promise<void> {
  await mkdir(join(server, 'process'));
  await writeFile(join(server, 'process', 'ctl'), 'mkproc /bin/sleep 1000000\n');
}
