/**
 * Starts one program by Node's own means, found as execvp(3) finds it, and tells at which stage that failed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants as modes, existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { LaunchRequest, Stage } from '../launcher-protocol.js';

const { ENOENT, ENOTDIR, EACCES, EAGAIN, EMFILE, ENFILE, ENOMEM, EIO } = constants.errno;
const NO_MORE: readonly number[] = [EAGAIN, EMFILE, ENFILE, ENOMEM];
/** As execvp(3) has it. */
const PATH_DEFAULT = '/bin:/usr/bin';

export interface StartFailure {
  readonly errno: number;
  readonly stage: Stage;
}

/** In a session and group of its own. The child's `exit` is emitted in a later turn of the event loop. */
export async function startProgram(request: LaunchRequest, stdio: readonly number[]): Promise<ChildProcess | StartFailure> {
  const { path, dir } = request;
  const wrong = errnoOf(() => enter(dir));
  if (wrong !== 0) return { errno: wrong, stage: 'dir' };
  let isDenied = false;
  for (const candidate of candidatesOf(path)) {
    const missing = errnoOf(() => void statSync(resolve(dir, candidate)));
    const outcome = missing === 0 ? await spawnAt(candidate, request, stdio) : missing;
    if (typeof outcome !== 'number') return outcome;
    if (NO_MORE.includes(outcome)) return { errno: outcome, stage: 'fork' };
    if (outcome === ENOENT && missing === 0 && existsSync(resolve(dir, candidate))) return { errno: ENOENT, stage: 'interpreter' };
    if (outcome === EACCES) isDenied = true;
    else if (outcome !== ENOENT && outcome !== ENOTDIR) return { errno: outcome, stage: 'exec' };
  }
  return { errno: isDenied ? EACCES : ENOENT, stage: 'exec' };
}

/** Where the program may be, in order. */
function candidatesOf(path: string): readonly string[] {
  if (path.includes('/')) return [path];
  const searched = process.env['PATH'] ?? PATH_DEFAULT;
  return searched.split(':').map((directory) => `${directory === '' ? '.' : directory}/${path}`);
}

/** @throws Error if a program could not be started there */
function enter(directory: string): void {
  if (!statSync(directory).isDirectory()) throw Object.assign(new Error(), { errno: -ENOTDIR });
  accessSync(directory, modes.X_OK);
}

/** The child when it runs, or the errno. */
async function spawnAt(file: string, { path, args, env, dir }: LaunchRequest, stdio: readonly number[]): Promise<ChildProcess | number> {
  return new Promise((settle) => {
    try {
      const child = spawn(file, args, { argv0: path, cwd: dir, env: environmentOf(env), stdio: [...stdio], detached: true });
      child.once('spawn', () => settle(child)).once('error', (error: NodeJS.ErrnoException) => settle(-(error.errno ?? -EIO)));
    } catch (error) {
      settle(-((error as NodeJS.ErrnoException).errno ?? -EIO));
    }
  });
}

/** Node hands on text alone: what is not UTF-8 is left out. */
function environmentOf(pairs: LaunchRequest['env']): NodeJS.ProcessEnv {
  const texts = pairs.filter((pair) => typeof pair === 'string');
  const entries = texts.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  return Object.assign(Object.create(null) as object, Object.fromEntries(entries)) as NodeJS.ProcessEnv;
}

/** 0 if nothing is thrown. */
function errnoOf(call: () => void): number {
  try {
    call();
    return 0;
  } catch (error) {
    return -((error as NodeJS.ErrnoException).errno ?? -EIO);
  }
}
