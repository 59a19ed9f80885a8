/**
 * OpenSSH between two hosts of a bed, with keys that are made for it; and sshfs on top.
 */
import { join } from 'node:path';
import type { Bed } from '../../test/lib/hosts/bed.js';
import type { Host } from '../../test/lib/hosts/host.js';
import type { Cores } from '../pinning.js';
import { requireProgram, run, serve } from '../program.js';
import type { Scope } from '../scope.js';
import { on, type Pair } from './hosts.js';

export interface Ssh {
  /** Connects, once. @returns a command line, on the host `here`, to which is added what is to run `there` over this connection */
  readonly connect: (...options: readonly string[]) => Promise<readonly string[]>;
  /** Mounts a directory of the host `there` on the host `here`. @throws AbsentError without sshfs */
  readonly mount: (directory: string, ...options: readonly string[]) => Promise<string>;
}

let mounts = 0;
let connections = 0;

/** @throws AbsentError */
export async function startSsh(scope: Scope, cores: Cores, { bed, here, there }: Pair): Promise<Ssh> {
  const options = await serveSsh(scope, cores, bed, [there]);
  const login = `root@${there.address}`;
  return {
    connect: async (...more) => {
      const socket = join(bed.directory, `ssh-${++connections}`);
      const ssh = ['ssh', '-F', '/dev/null', '-S', socket];
      const master = here.spawn(['taskset', '-c', cores, ...ssh, ...options, ...more, '-M', '-N', login]);
      scope.defer(() => master.stop('SIGKILL')); // one that is about to wait when TERM comes goes on waiting
      await bed.until('ssh is connected', async () => (await here.sh(`${ssh.join(' ')} -O check ${login}`)).code === 0);
      return [...ssh, login];
    },
    mount: async (directory, ...more) => {
      requireProgram('sshfs', 'sshfs');
      const point = `/mnt/sshfs-${++mounts}`;
      await here.run(`mkdir ${point}`);
      const given = more.flatMap((one) => ['-o', one]);
      const command = ['sshfs', '-f', '-F', '/dev/null', ...options, ...given, `${login}:${directory}`, point];
      // It says nothing: it is ready when it is mounted.
      const sshfs = here.spawn(['taskset', '-c', cores, ...command]);
      scope.defer(() => sshfs.stop('SIGTERM'));
      await bed.until('sshfs is mounted', async () => (await here.sh(`grep -q ' ${point} fuse.sshfs' /proc/mounts`)).code === 0);
      return point;
    },
  };
}

/**
 * A server on each of these hosts, and keys for them.
 * @returns options of a client that may log in there as root @throws AbsentError
 */
export async function serveSsh(scope: Scope, cores: Cores, bed: Bed, hosts: readonly Host[]): Promise<readonly string[]> {
  requireProgram('sshd', 'openssh-server');
  requireProgram('ssh', 'openssh-client');
  const [hostKey, userKey] = [await makeKey(bed, 'host-key'), await makeKey(bed, 'user-key')];
  // Without the user's start files, which a shell that sshd runs would read.
  const trust = [`AuthorizedKeysFile=${userKey}.pub`, 'StrictModes=no', 'PermitRootLogin=yes', 'UsePAM=no', 'SetEnv=HOME=/'];
  for (const host of hosts) {
    // Of ten sessions at a time, one may begin before sshd has noticed that another has ended.
    const settings = [...trust, `ListenAddress=${host.address}`, 'PidFile=none', 'Subsystem=sftp internal-sftp', 'MaxSessions=20'];
    await host.run('mkdir -p /run/sshd');
    const sshd = ['/usr/sbin/sshd', '-D', '-e', '-f', '/dev/null', '-h', hostKey, ...settings.flatMap((one) => ['-o', one])];
    await serve(scope, cores, on(host, ...sshd), /Server listening/);
  }
  const quiet = ['UserKnownHostsFile=/dev/null', 'StrictHostKeyChecking=no', 'LogLevel=ERROR', 'BatchMode=yes', `IdentityFile=${userKey}`];
  return quiet.flatMap((one) => ['-o', one]);
}

async function makeKey(bed: Bed, name: string): Promise<string> {
  const path = join(bed.directory, name);
  await run('0', ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path]);
  return path;
}
