/**
 * Where the sockets of the native front are: a directory that only its owner can write to, and in it a socket for each server, which only its owner
 * can connect to.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { geteuid } from 'node:process';
import { checkOwnDirectory } from '../base/own-files.js';

/** Of root, and of a service whose manager has made it (RuntimeDirectory=circuit of systemd.exec(5)). */
const SYSTEM = '/run/circuit';
/** In a user's runtime directory; `circuit` is where such a user's circuit is mounted. */
const NAME = 'circuit-console';
const SOCKET = /^X[\da-f]{16}\.sock$/;
const ROOT = 0;

/** Undefined: there is none for this user. */
export function directoryOfSockets(env: NodeJS.ProcessEnv, uid: number = geteuid?.() ?? ROOT): string | undefined {
  const { XDG_RUNTIME_DIR: runtime = '' } = env;
  if (uid !== ROOT && isAbsolute(runtime)) return join(runtime, NAME);
  const owner = uid === ROOT ? uid : statSync(SYSTEM, { throwIfNoEntry: false })?.uid;
  return owner === uid ? SYSTEM : undefined;
}

/** Makes it if it is not there. @throws CircuitError EACCES if others could write to it; Error as mkdir(2) */
export function prepareDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  checkOwnDirectory(directory, 'remove it');
}

export function socketPath(directory: string, id: string): string {
  return join(directory, `${id}.sock`);
}

/** Removes the sockets of servers that have died: nobody listens there any more. */
export async function removeStale(directory: string): Promise<void> {
  const paths = readdirSync(directory).filter((name) => SOCKET.test(name)).map((name) => join(directory, name)); // prettier-ignore
  await Promise.all(
    paths.map(async (path) => {
      if (await isRefused(path)) rmSync(path, { force: true });
    }),
  );
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.once('connect', () => end(false)).once('error', ({ code }: NodeJS.ErrnoException) => end(code === 'ECONNREFUSED'));
  });
}
