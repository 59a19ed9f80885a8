/**
 * Where the Docker engine listens, by `--docker` and the environment.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CircuitError } from '../../base/error.js';

const DEFAULT_SOCKET = '/var/run/docker.sock';

/**
 * @param given the option: a path or a `unix://` URL, true without either, undefined without the option
 * @returns an absolute path, or undefined for no Docker
 * @throws CircuitError EINVAL for an engine that is not on this host, and for what is there and no socket; the engine may come later
 */
export function dockerSocket(given: string | true, env?: NodeJS.ProcessEnv): string;
export function dockerSocket(given: string | true | undefined, env?: NodeJS.ProcessEnv): string | undefined;
export function dockerSocket(given: string | true | undefined, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (given === undefined) return undefined;
  const { DOCKER_HOST: host = '' } = env;
  const asked = given !== true ? given : host === '' ? DEFAULT_SOCKET : host;
  const [, path = asked] = /^unix:\/\/(.*)$/.exec(asked) ?? [];
  if (path === '' || /^\w+:\/\//.test(path))
    throw new CircuitError('EINVAL', `--docker: invalid socket "${asked}": expected a path on this host, such as ${DEFAULT_SOCKET}`);
  if (isSomethingElse(path))
    throw new CircuitError('EINVAL', `--docker: invalid socket "${path}": expected the path of one, such as ${DEFAULT_SOCKET}`);
  return resolve(path);
}

function isSomethingElse(path: string): boolean {
  try {
    return !statSync(path).isSocket();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR';
  }
}
