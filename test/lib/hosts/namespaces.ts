/**
 * The namespaces of a bed: kept by name as files, entered by programs, found and removed by name.
 *
 * A host has a network, a host name and a root directory of its own; in the latter, what programs keep for a machine (`/circuit`, `/run`, `/var`)
 * is empty and its own, and everything else is the machine's. A bed's name holds the pid of its process, so that one left by a process that is
 * gone can be told; whoever runs in its namespaces belongs to it, and is ended with it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRunning, killQuietly, running, startOf } from '../processes.js';
import { execute } from './execute.js';

const BEDS = '/run/circuit-bed';
const NETWORKS = '/run/netns';
/** Not bound into a host's root: its own, or nothing that a test needs. */
const NOT_BOUND = ['run', 'var', 'circuit', 'boot', 'media', 'srv', 'mnt', 'lost+found'];
const CHECKOUT = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '');
const END_LIMIT_MS = 10_000;

export interface Namespaces {
  /** Files, as nsenter(1) takes them. */
  readonly network: string;
  readonly mounts: string;
  readonly hostName: string;
}

let count = 0;

/** Reserves a name, and a directory for its files, for a bed of this process. */
export async function newBed(): Promise<string> {
  const name = `bed-${process.pid}-${++count}`;
  const directory = directoryOf(name);
  for (const part of ['root', 'shared']) mkdirSync(join(directory, part), { recursive: true });
  writeFileSync(join(directory, 'started'), startOf(process.pid) ?? '');
  // A mount namespace can be kept only on a mount that is not shared.
  await execute('sh', ['-ec', 'mount --bind "$0" "$0"; mount --make-private "$0"', directory]);
  writeFileSync(join(directory, 'fstab'), fstab(join(directory, 'root'), sharedBy(name)));
  return name;
}

function directoryOf(bed: string): string {
  return join(BEDS, bed);
}

/** A directory that has this path on all hosts, and here. */
export function sharedBy(bed: string): string {
  return join(directoryOf(bed), 'shared');
}

/** What lies in the root of a host, as mount(8) reads it. */
function fstab(root: string, shared: string): string {
  const directories = readdirSync('/', { withFileTypes: true }).filter((entry) => entry.isDirectory() && !NOT_BOUND.includes(entry.name));
  const hidden = [CHECKOUT, tmpdir()].filter((path) => NOT_BOUND.includes(path.split('/')[1] ?? ''));
  const bound = [...directories.map(({ name }) => `/${name}`), ...hidden, shared];
  const lines = bound.map((path) => `${path} ${root}${path} none rbind,X-mount.mkdir 0 0\n`);
  return [`none ${root} tmpfs mode=755 0 0\n`, ...lines].join('');
}

/**
 * In the new namespaces, with few programs, since there may be many hosts. Without IPv6, whose own chatter would be counted as traffic.
 * And without the FUSE mounts that others have on the machine: as long as a copy of one is there, its server does not learn that it was unmounted.
 * A copy goes by itself when its directory is removed, possibly just now.
 */
const PREPARE = `
  while read -r _ directory type _; do
    case $type in fuse | fuse.*) ;; *) continue ;; esac
    umount --lazy --no-canonicalize "$(printf %b "$directory")" || ! grep -qF " $directory " /proc/mounts
  done < /proc/mounts
  echo "$NAME" > /proc/sys/kernel/hostname
  echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 || true
  ip -batch -
  mount --all --fstab "$FSTAB"
  cd "$ROOT"
  mkdir -p run mnt var/lib var/log
  mkdir -m 1777 var/tmp
  for entry in /*; do if [ -L "$entry" ]; then set -- "$@" "$entry"; fi; done
  if [ $# -gt 0 ]; then cp -d "$@" .; fi
  pivot_root . .
  umount --lazy .
`;

interface Cable {
  readonly name: string;
  /** With the length of its prefix. */
  readonly address: string;
  readonly gateway: string;
  /** The other end, and the network that it is in. */
  readonly port: string;
  readonly into: string;
}

/** Makes a host's namespaces, with its end of a cable, `eth0`, up. */
export async function makeHost(bed: string, index: number, { name, address, gateway, port, into }: Cable): Promise<Namespaces> {
  const directory = directoryOf(bed);
  const network = join(NETWORKS, `${bed}-${index}`);
  const [mounts, hostName] = [join(directory, `mnt-${index}`), join(directory, `uts-${index}`)];
  for (const file of [network, mounts, hostName]) writeFileSync(file, '');
  const lines = [
    `link add eth0 type veth peer name ${port} netns ${into}`,
    `addr add ${address} brd + dev eth0`,
    'link set lo up',
    'link set eth0 up',
    `route add default via ${gateway}`,
  ];
  const kept = [`--net=${network}`, `--mount=${mounts}`, `--uts=${hostName}`];
  await execute('unshare', [...kept, '--propagation', 'private', 'sh', '-ec', PREPARE], {
    input: lines.map((line) => `${line}\n`).join(''),
    env: { ROOT: join(directory, 'root'), FSTAB: join(directory, 'fstab'), NAME: name },
  });
  return { network, mounts, hostName };
}

/** What to put before a command line so that it runs on that host, in `/`. It becomes the program itself: the pid is the same. */
export function entering({ network, mounts, hostName }: Namespaces): readonly string[] {
  return ['nsenter', `--net=${network}`, `--mount=${mounts}`, `--uts=${hostName}`, '--'];
}

/** Who runs in one of these networks now. */
export function processesIn(networks: readonly string[]): readonly number[] {
  const inodes = new Set(networks.filter((file) => existsSync(file)).map((file) => `net:[${statSync(file).ino}]`));
  return running().filter((pid) => inodes.has(networkOf(pid)));
}

/** The beds that are there and whose process is this one, or is gone. */
export function bedsLeft(owner: 'this process' | 'nobody'): readonly string[] {
  const beds = existsSync(BEDS) ? readdirSync(BEDS) : [];
  return beds.filter((bed) => {
    const pid = Number(bed.split('-')[1]);
    if (owner === 'this process') return pid === process.pid;
    const [start, noted] = [startOf(pid), readQuietly(join(directoryOf(bed), 'started'))];
    return start === undefined || (noted !== undefined && start !== noted); // a bed that is just being made has noted nothing yet
  });
}

/** Ends whatever runs in a bed, and removes all of it. At once: also while the process exits; and also while another process removes it. */
export function removeBed(bed: string): void {
  const names = existsSync(NETWORKS) ? readdirSync(NETWORKS).filter((name) => name.startsWith(`${bed}-`)) : [];
  const networks = names.map((name) => join(NETWORKS, name));
  endAll(networks);
  const directory = directoryOf(bed);
  const files = existsSync(directory) ? readdirSync(directory).filter((name) => /^(mnt|uts)-/.test(name)) : [];
  const kept = [...networks, ...files.map((name) => join(directory, name)), directory];
  try {
    execFileSync('umount', ['--lazy', ...kept], { stdio: 'ignore' });
  } catch {
    // A host whose making was interrupted is not mounted yet; umount goes on with the others.
  }
  for (const file of networks) rmSync(file, { force: true });
  rmSync(directory, { recursive: true, force: true });
  removeEmpty(BEDS);
}

/** Kills all who run in these networks until nobody does and all are gone: one that is ending leaves its network before it ends. */
function endAll(networks: readonly string[]): void {
  const limit_ms = Date.now() + END_LIMIT_MS;
  let ending: readonly number[] = [];
  do {
    const found = processesIn(networks);
    found.forEach(killQuietly);
    ending = [...new Set([...ending, ...found])].filter(isRunning);
    if (found.length === 0 && ending.length === 0) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  } while (Date.now() < limit_ms);
}

function networkOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return ''; // it has ended
  }
}

function readQuietly(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Another run has its beds there.
  }
}
