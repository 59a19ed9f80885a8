/**
 * Which server a container belongs to, as its labels say, so that a later server can tell which containers a dead one has left behind.
 *
 * A process ID says little by itself: it comes round, and means something in its own namespace only. So the label has what tells this process from
 * every other that this machine will ever run (proc(5)): the boot, the namespace of process IDs, the ID, and when it started, in ticks of that boot.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export const SERVER_LABEL = 'circuit.server';
export const ANCHOR_LABEL = 'circuit.anchor';
export const OWNER_LABEL = 'circuit.owner';
/** The name that it was made with. */
export const NAME_LABEL = 'circuit.name';
/** Drawn for each container, so that no two have the same by their making; an image that is committed from one hands it on. */
export const MADE_LABEL = 'circuit.made';

/** Of stat in proc(5), behind the name in parentheses: field 22 of all. */
const START_TIME_FIELD = 19;

/** This process in the words of the label; a part that the system does not tell is empty. */
export function ownerOf(pid: number): string {
  return [hostname(), told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()), namespace(), pid, startOf(pid)].join(' ');
}

/** Whether that owner is certainly dead. Of one on another host, or in another namespace of this boot, nobody here can tell. */
export function isDead(owner: string, own: string = ownerOf(process.pid)): boolean {
  const [host, boot, space, pid, start] = owner.split(' ');
  const [ownHost, ownBoot, ownSpace] = own.split(' ');
  if (boot === undefined || boot === '' || host !== ownHost) return false;
  if (boot !== ownBoot) return true; // the host was started anew since
  return space === ownSpace && space !== '' && startOf(Number(pid)) !== start;
}

/** Empty if there is no such process. */
function startOf(pid: number): string {
  const stat = told(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD] ?? '';
}

function namespace(): string {
  return told(() => readlinkSync('/proc/self/ns/pid'));
}

function told(ask: () => string): string {
  try {
    return ask();
  } catch {
    return '';
  }
}
