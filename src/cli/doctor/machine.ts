/**
 * What `circuit doctor` makes of the machine: Node, the addon, FUSE, Docker. Pure: each judges what a look at the machine has seen, so that every
 * outcome can be had in a test.
 */
import { failure, type Finding, ok, warning } from './finding.js';

export interface NodeSeen {
  /** As in `20.19.2`. */
  readonly version: string;
  /** The least that works, as in `20.19`. */
  readonly wanted: string;
}

export function judgeNode({ version, wanted }: NodeSeen): readonly Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = wanted.split('.').map(Number);
  const isEnough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  if (isEnough) return [ok('node', `version ${version}`)];
  return [failure('node', `version ${version} is too old`, `install Node ${wanted} or newer`)];
}

/** What is compiled, and what does instead. */
export interface CompiledSeen {
  /** Why the addon cannot be loaded; undefined if it can. */
  readonly addon: string | undefined;
  /** Whether the launcher is there. */
  readonly launcher: boolean;
  /** Why fuse-native cannot be loaded; undefined if it can. Looked at without the addon only. */
  readonly fuseNative: string | undefined;
}

const COMPILE = 'run "npm run setup" in a checkout, or "npm rebuild circuitfs"';

/** The addon, and the launcher; without them a server does with less. */
export function judgeCompiled({ addon, launcher, fuseNative }: CompiledSeen): readonly Finding[] {
  const page = '"Without the addon" in docs/engines.md says what is missing';
  const byNode = 'programs are started by Node: some of what they leave may outlive the server, and none runs as another user';
  if (addon === undefined) {
    const found = ok('addon', 'it is compiled, and loads');
    return launcher ? [found] : [found, warning('launcher', `it is not built: ${byNode}`, `${COMPILE}; ${page}`)];
  }
  const started = warning('launcher', `it takes the addon: ${byNode}`, `${COMPILE}; ${page}`);
  if (fuseNative === undefined) {
    const instead = 'circuits are mounted by --engine fuse-native, where calls that wait cannot be interrupted';
    return [warning('addon', `it cannot be loaded (${addon}): ${instead}`, `${COMPILE}; ${page}`), started];
  }
  const nothing = `neither it (${addon}) nor fuse-native (${fuseNative}) can be loaded: nothing can be mounted`;
  const remedy = `${COMPILE}; or "npm install fuse-native" and libfuse 2; servers run without a mount with --no-mount`;
  return [failure('addon', nothing, remedy), started];
}

export interface FuseSeen {
  readonly linux: boolean;
  /** Error code of opening /dev/fuse for reading and writing; undefined if that went well. */
  readonly device: string | undefined;
  readonly root: boolean;
  /** Whether this process may mount (CAP_SYS_ADMIN, capabilities(7)). */
  readonly mayMount: boolean;
  /** fusermount3 in PATH: undefined if it is not there; whether it is setuid root. */
  readonly helper: { readonly path: string; readonly setuid: boolean } | undefined;
  /** Whether fusectl is mounted at /sys/fs/fuse/connections. */
  readonly control: boolean;
}

const DEVICE_REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'load the kernel module with "modprobe fuse"; in a container add --device /dev/fuse',
  ENODEV: 'load the kernel module with "modprobe fuse"',
  ENXIO: 'load the kernel module with "modprobe fuse"',
  EACCES: 'let users open it with "chmod 0666 /dev/fuse", or start the server as root',
  EPERM: 'a container may not open it: start the container with --device /dev/fuse --cap-add SYS_ADMIN',
};

/** The device, who may mount, and the kernel's switches for a mount that hangs. */
export function judgeFuse(seen: FuseSeen): readonly Finding[] {
  if (!seen.linux) {
    return [warning('fuse', 'this is not Linux', 'install a FUSE of this system, such as macFUSE, for --engine fuse-native')];
  }
  return [judgeDevice(seen.device), judgeMounting(seen), judgeControl(seen.control)];
}

function judgeDevice(error: string | undefined): Finding {
  if (error === undefined) return ok('fuse', '/dev/fuse can be opened');
  const otherwise = 'see what "ls -l /dev/fuse" says; a server can do without a mount, with --no-mount';
  return failure('fuse', `/dev/fuse cannot be opened (${error})`, DEVICE_REMEDIES[error] ?? otherwise);
}

function judgeMounting({ root, mayMount, helper }: FuseSeen): Finding {
  if (root && mayMount) return ok('mount', 'root may mount');
  if (root) return failure('mount', 'root may not mount here', 'start the container with --cap-add SYS_ADMIN, or servers with --no-mount');
  if (helper === undefined) return failure('mount', 'fusermount3 is not there', 'install the package fuse3, or start servers as root');
  if (helper.setuid || mayMount) return ok('mount', `${helper.path} mounts for ordinary users`);
  return failure('mount', `${helper.path} is not setuid root`, `run "chmod u+s ${helper.path}" as root, or install the package fuse3 anew`);
}

function judgeControl(there: boolean): Finding {
  if (there) return ok('fusectl', 'the kernel lets a mount that hangs be cut off');
  const remedy = 'run "mount -t fusectl none /sys/fs/fuse/connections" as root';
  return warning('fusectl', 'a mount that hangs cannot be cut off: fusectl is not mounted', remedy);
}

export interface DockerSeen {
  /** Path of the socket. */
  readonly socket: string;
  /** Version of the engine that answered, or the error code of asking it. */
  readonly answer: { readonly version: string } | { readonly error: string };
}

const DOCKER_REMEDIES: Readonly<Record<string, string>> = {
  EINVAL: 'name a socket on this host, by DOCKER_HOST or with --docker=SOCKET',
  ENOENT: 'install and start Docker, or name its socket with --docker=SOCKET',
  EACCES: 'add this user to the group docker, and log in again',
  ECONNREFUSED: 'start Docker, for example with "systemctl start docker"',
  ETIMEDOUT: 'Docker does not answer: see its log, for example with "journalctl -u docker"',
};

/** No failure: whoever makes no containers needs none. */
export function judgeDocker({ socket, answer }: DockerSeen): readonly Finding[] {
  if ('version' in answer) return [ok('docker', `Docker ${answer.version} answers at ${socket}`)];
  const remedy = DOCKER_REMEDIES[answer.error] ?? 'see whether "docker version" works';
  return [warning('docker', `no containers can be made: ${socket} does not answer (${answer.error})`, remedy)];
}
