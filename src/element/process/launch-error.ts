/**
 * What a failed start means to a user: errno and stage, as the launcher reports them, in a sentence that names the thing.
 */
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { CircuitError } from '../../base/error.js';
import type { LaunchRequest, Stage } from './launcher-protocol.js';

const { ENOENT, ENOTDIR, EACCES, EPERM, E2BIG, EINVAL, ENAMETOOLONG, EAGAIN, EMFILE, ENFILE, ENOMEM, ECANCELED } = constants.errno;
/** What the system is out of, when a process cannot be made. */
const OUT_OF: Readonly<Record<number, string>> = {
  [EAGAIN]: 'processes',
  [EMFILE]: 'descriptors',
  [ENFILE]: 'descriptors',
  [ENOMEM]: 'memory',
};

export function launchError(request: LaunchRequest, errno: number, stage: Stage): CircuitError {
  return EXPLAIN[stage](request, errno) ?? new CircuitError('EIO', `${request.path}: ${stage} failed with ${errorName(errno)}`);
}

type Explain = (request: LaunchRequest, errno: number) => CircuitError | undefined;

const EXPLAIN: Readonly<Record<Stage, Explain>> = {
  request: (_, errno) => (errno === EINVAL ? new CircuitError('EINVAL', 'the launcher could not understand the request') : undefined),
  fork: (_, errno) => {
    if (errno === ECANCELED) return new CircuitError('EIO', 'the server is about to stop and starts nothing any more');
    return OUT_OF[errno] === undefined
      ? undefined
      : new CircuitError('EAGAIN', `the system has no more ${OUT_OF[errno]} for another process`);
  },
  stdio: () => undefined,
  group: ({ group = '' }, errno) => credentials('group', group, errno),
  user: ({ user = '' }, errno) => credentials('user', user, errno),
  dir: ({ dir }, errno) => {
    if (errno === ENOENT) return new CircuitError('ENOENT', `no such directory: ${dir}`);
    if (errno === ENOTDIR) return new CircuitError('ENOTDIR', `not a directory: ${dir}`);
    if (errno === EACCES) return new CircuitError('EACCES', `not allowed to enter the directory: ${dir}`);
    return errno === ENAMETOOLONG ? new CircuitError('ENAMETOOLONG', `the directory's name is too long: ${dir}`) : undefined;
  },
  exec: ({ path }, errno) => {
    if (errno === ENOENT || errno === ENOTDIR) return new CircuitError('ENOENT', `no such program: ${path}`);
    if (errno === EACCES || errno === EPERM) return new CircuitError('EACCES', `not executable: ${path}`);
    if (errno === E2BIG) return new CircuitError('EINVAL', `arguments and environment are longer than the kernel allows: ${path}`);
    return errno === ENAMETOOLONG ? new CircuitError('ENAMETOOLONG', `the program's name is too long: ${path}`) : undefined;
  },
  interpreter: ({ path }) => new CircuitError('ENOENT', `no such program: what the first line of ${path} names to run it`),
};

function credentials(kind: 'user' | 'group', name: string, errno: number): CircuitError | undefined {
  if (errno === EPERM) return new CircuitError('EPERM', `only a server that runs as root starts programs as another ${kind}: ${name}`);
  return errno === EINVAL ? new CircuitError('EINVAL', `no such ${kind}: ${name}`) : undefined;
}

function errorName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : `error ${errno}`;
}
