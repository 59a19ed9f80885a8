/**
 * What to do about errors of the operating system where discovery meets them: for the log, and for `circuit doctor`.
 */
import { CircuitError } from '../../base/error.js';
import { escapeControls } from '../../base/quote.js';
import { formatGroup, type Group } from './group.js';
import { codeOf } from './group-socket.js';

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses that UDP port exclusively: choose another port with --discover, on all machines',
  EACCES: 'ports below 1024 need root, or a firewall denies it: choose another port with --discover, or allow it',
  EPERM: 'a firewall denies it: allow UDP to that group and port, or join with -j',
  ENODEV: 'the interface is gone; discovery resumes when it is back',
  EADDRNOTAVAIL: 'the interface has lost its address; discovery resumes when it has one',
  ENETUNREACH: 'the interface is down; discovery resumes when it is up',
  ENETDOWN: 'the interface is down; discovery resumes when it is up',
  EINVAL: 'the interface does not support multicast: name others with --if, or join with -j',
  ENOPROTOOPT: 'the interface does not support multicast: name others with --if, or join with -j',
  ENOBUFS: 'too many group memberships (sysctl net.ipv4.igmp_max_memberships), or the send queue is full',
  EMFILE: 'too many open files: raise "ulimit -n"',
};

/** @param code of the system, as in `ENETDOWN` */
export function adviceOnCode(code: string): string {
  return ADVICE[code] ?? 'join servers with -j instead';
}

/** One line: what fails where, and what to do. */
export function adviceOn(error: unknown, group: Group, where: string): string {
  const code = codeOf(error);
  const advice = error instanceof CircuitError ? error.message : adviceOnCode(code);
  return escapeControls(`discovery does not work on ${where}, group ${formatGroup(group)}: ${code}: ${advice}`);
}
