/**
 * Changes to a directory of a server that stands still. The kernel holds that directory's lock meanwhile, so that everybody who looks there waits as
 * well, and cannot be killed unless the change can (fuse.md, hazard 17).
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';

/** A KILL ends a program in about a millisecond; the rest is for a busy machine. */
const AT_ONCE_MS = 1_000;
/** Five seconds without a sign of life, and what it takes to notice. */
const [PATIENCE_MIN_MS, PATIENCE_MAX_MS] = [4_000, 9_000];
/** What is known of a tree is not asked for again for so long (src/remote/leases.ts). */
const FORGOTTEN_MS = 3_000;
const WEB_2 = '/circuit/host/web-2';

/** Each is one program, so that the pid is that of who waits. */
const CHANGES = {
  mkdir: ['mkdir', `${WEB_2}/new`],
  rmdir: ['rmdir', `${WEB_2}/old`],
  mkproc: ['sh', '-c', `echo mkproc sleep 60 > ${WEB_2}/empty/ctl`],
} as const;

describe('a change to a directory of a host that stands still', function () {
  this.timeout(120_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 2 });
    circuit = await Circuit.start(bed, undefined, { args: ['--patience', '30'] });
  });
  beforeEach(async () => {
    await bed.host(2).run('mkdir -p /circuit/self/old /circuit/self/empty');
  });
  /** Either so that what is known of its tree answers the kernel's look-up, and the change itself waits; or so that the look-up before it does. */
  const stop = async (known: boolean): Promise<void> => {
    await bed.host(1).sh(`ls -l ${WEB_2}/ ${WEB_2}/*/; stat ${WEB_2}/new`);
    circuit.daemon(2).kill('SIGSTOP');
    if (!known) await delay(FORGOTTEN_MS);
  };
  afterEach(async function () {
    circuit.daemon(2).kill('SIGCONT');
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
    await bed.until('it answers again', async () => (await bed.host(1).sh(`timeout 5 ls ${WEB_2}`)).code === 0);
    await bed.host(2).sh('echo scrub > /circuit/self/empty/ctl || true; rmdir /circuit/self/*/');
  });
  after(() => bed.remove());

  for (const [name, commandLine] of Object.entries(CHANGES)) {
    for (const known of [true, false])
      it(`is let go by a KILL, and so is who looks beside it (${name}, ${known ? 'in a tree that is known' : 'in one that is asked for'})`, async () => {
        await stop(known);
        const change = bed.host(1).spawn(commandLine);
        await asks(change);
        const look = bed.host(1).spawn(['stat', `${WEB_2}/not-looked-for-yet`]);
        await waits(look);
        for (const program of [change, look])
          expect(await endedBy(program, 'SIGKILL'), program === look ? 'the look' : name).to.be.below(AT_ONCE_MS);
      });

    it(`gives up after about five seconds, and says that it is not known what has become of it (${name})`, async () => {
      await stop(true);
      const begun_ms = performance.now();
      const change = bed.host(1).spawn(commandLine, { LC_ALL: 'C' });
      const [code] = await Promise.race([change.exited, delay(30_000, ['still waits' as const])]);
      const took_ms = performance.now() - begun_ms;
      circuit.daemon(2).kill('SIGCONT');
      expect(code).to.equal(1);
      expect(change.stderr).to.match(/Host is down|I\/O error/); // dash has its own words for an error that it does not know
      expect(took_ms).to.be.within(PATIENCE_MIN_MS, PATIENCE_MAX_MS);
      const errors = await bed.host(1).run(`cat ${WEB_2}/error ${WEB_2}/*/error`);
      expect(errors).to.include('not known whether it was carried out').and.to.include('EHOSTDOWN');
    });
  }
});

/** Resolves when it waits for an answer of the mount. */
async function asks(program: Program): Promise<void> {
  await until(program, () => read(program, 'stack').includes('request_wait_answer'));
}

/** Resolves when it waits in the kernel, be it for an answer or for a lock of somebody who waits for one. */
async function waits(program: Program): Promise<void> {
  await until(program, () => /fuse_|lookup_slow|rwsem|walk_component/.test(read(program, 'stack')));
}

async function until(program: Program, condition: () => boolean): Promise<void> {
  while (!condition()) {
    if (!program.isRunning) throw new Error(`ended instead of waiting: ${program.stderr}`);
    await delay(5);
  }
}

function read(program: Program, file: string): string {
  try {
    return readFileSync(`/proc/${program.pid}/${file}`, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

/** How long it went on after the signal, in ms; a program that does not end is not waited for longer than ten seconds. */
async function endedBy(program: Program, signal: NodeJS.Signals): Promise<number> {
  const sent_ms = performance.now();
  program.kill(signal);
  await Promise.race([program.exited, delay(10_000)]);
  return performance.now() - sent_ms;
}
