/**
 * A process element with descendants of every kind, told by a mark in their environment, however they were forked.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Programs } from './mount/programs.js';

const LOOK_MS = 20;
const MARK = 'CIRCUIT_TEST_FAMILY';

/** Child, grandchild by setsid, one by double fork and setsid, and one of each that does not care for TERM. */
const FAMILY = `sleep 1001 & setsid sleep 1002 & (setsid sh -c "sleep 1003 &" &) ;
  sh -c "trap : TERM HUP; while :; do sleep 1004; done" & setsid sh -c "(trap : TERM; while :; do sleep 1005; done) &" ;
  echo ready; exec sleep 1006`;

/** Starts the family as a process element at `anchor`, and waits until all of it is there. Returns its mark. */
export async function startFamily(programs: Programs, anchor: string): Promise<string> {
  const mark = `${MARK}=${anchor}-${String(process.pid)}`;
  const spec = { Path: 'sh', Args: ['-c', FAMILY], Env: [mark] };
  await programs.run(`mkdir ${anchor}; echo 'mkproc ${JSON.stringify(spec)}' > ${anchor}/ctl; head -n 1 ${anchor}/stdout`);
  const sleeping = ['1001', '1002', '1003', '1004', '1005', '1006'];
  while (!sleeping.every((seconds) => living(mark).some((command) => command === `sleep ${seconds}`))) await delay(LOOK_MS);
  return mark;
}

/** Resolves when none of the family is left. */
export async function untilExtinct(mark: string): Promise<void> {
  while (living(mark).length > 0) await delay(LOOK_MS);
}

/** The command lines of those who live and bear the mark. */
export function living(mark: string): readonly string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc')) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark)) continue;
      if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))) continue;
      found.push(readFileSync(`/proc/${pid}/cmdline`, 'latin1').replace(/\0$/, '').replaceAll('\0', ' '));
    } catch {
      // No process, or one that has ended in the meantime.
    }
  }
  return found;
}
