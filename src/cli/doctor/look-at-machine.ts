/**
 * Looks at the machine for `circuit doctor`: files, programs, the Docker engine. It changes nothing and decides nothing.
 */
import { accessSync, closeSync, constants, openSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { delimiter, join } from 'node:path';
import { geteuid, versions } from 'node:process';
import { addonProblem, hasLauncher } from '../../../native/index.js';
import { ENGINE_VERSION_MAX_BYTES } from '../../base/limits.js';
import { dockerSocket } from '../options/docker-socket.js';
import type { CompiledSeen, DockerSeen, FuseSeen, NodeSeen } from './machine.js';

const DOCKER_MS = 2000;
/** CAP_SYS_ADMIN of linux/capability.h. */
const SYS_ADMIN = 21n;
const SETUID = 0o4000;

export function lookAtNode(): NodeSeen {
  const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
  const { engines } = JSON.parse(text) as { engines: { node: string } };
  return { version: versions.node, wanted: engines.node.replace('>=', '') };
}

export async function lookAtCompiled(): Promise<CompiledSeen> {
  const addon = addonProblem();
  return { addon, launcher: hasLauncher(), fuseNative: addon === undefined ? undefined : await problemOfFuseNative() };
}

async function problemOfFuseNative(): Promise<string | undefined> {
  try {
    await import('fuse-native');
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

export function lookAtFuse(): FuseSeen {
  return {
    linux: process.platform === 'linux',
    device: errorOf(() => closeSync(openSync('/dev/fuse', constants.O_RDWR))),
    root: geteuid?.() === 0,
    mayMount: hasCapability(SYS_ADMIN),
    helper: findHelper(),
    control: readQuietly('/proc/mounts').split('\n').some((line) => line.split(' ')[2] === 'fusectl'), // prettier-ignore
  };
}

/** At the socket that a server would use if it is given none. */
export async function lookAtDocker(): Promise<DockerSeen> {
  let socket = process.env['DOCKER_HOST'] ?? '';
  try {
    socket = dockerSocket(true);
    return { socket, answer: { version: await askDocker(socket) } };
  } catch (error) {
    return { socket, answer: { error: codeOf(error) } };
  }
}

/** The engine's version, as its API tells. */
function askDocker(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/version', timeout: DOCKER_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ENGINE_VERSION_MAX_BYTES) response.destroy();
      });
      response.on('close', () => {
        const version = /"Version":"([^"]{1,64})"/.exec(text)?.[1];
        if (version === undefined) reject(Object.assign(new Error('no version'), { code: `HTTP ${response.statusCode ?? 0}` }));
        else resolve(version);
      });
    });
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    asked.on('error', reject);
    asked.end();
  });
}

/** Of this process's effective ones. */
function hasCapability(number: bigint): boolean {
  const digits = /^CapEff:\s*([\da-f]+)$/m.exec(readQuietly('/proc/self/status'))?.[1];
  return digits !== undefined && ((BigInt(`0x${digits}`) >> number) & 1n) === 1n;
}

function findHelper(): FuseSeen['helper'] {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, 'fusermount3');
    if (errorOf(() => accessSync(path, constants.X_OK)) === undefined) return { path, setuid: (statSync(path).mode & SETUID) !== 0 };
  }
  return undefined;
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function errorOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
