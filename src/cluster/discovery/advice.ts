/**
 * What to do about an error of the system, in a log line of discovery.
 */
import { CircuitError } from '../../base/error.js';
import { escapeControls } from '../../base/quote.js';
import { formatGroup, type Group } from './group.js';
import { codeOf } from './group-socket.js';

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has that UDP port for itself: choose another one with --discover, on all machines',
  EACCES: 'a port below 1024 is for root, or a firewall forbids it: choose another one with --discover, or allow it',
  EPERM: 'a firewall forbids it: allow UDP to that group and port, or join with -j',
  ENODEV: 'the interface is gone; it is taken up again when it is back',
  EADDRNOTAVAIL: 'the interface has lost its address; it is taken up again when it has one',
  ENETUNREACH: 'the interface is down; it is taken up again when it is up',
  ENETDOWN: 'the interface is down; it is taken up again when it is up',
  EINVAL: 'the interface cannot do multicast: name others with --if, or join with -j',
  ENOPROTOOPT: 'the interface cannot do multicast: name others with --if, or join with -j',
  ENOBUFS: 'the system has no room for more group memberships (sysctl net.ipv4.igmp_max_memberships) or packets',
  EMFILE: 'this process has too many files open: raise "ulimit -n"',
};

/** One line: what does not work where, and what to do. */
export function adviceOn(error: unknown, group: Group, where: string): string {
  const code = codeOf(error);
  const advice = error instanceof CircuitError ? error.message : (ADVICE[code] ?? 'servers can still be joined with -j');
  return escapeControls(`discovery does not work on ${where}, group ${formatGroup(group)}: ${code}: ${advice}`);
}
