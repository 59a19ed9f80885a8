/**
 * A private Docker engine with one small image.
 */
import { DockerEngine } from '../../test/lib/docker.js';
import { requireProgram } from '../program.js';
import type { Scope } from '../scope.js';

/** Started, and ended with the scope. @throws AbsentError if it is not installed */
export async function serveDocker(scope: Scope): Promise<DockerEngine> {
  requireProgram('dockerd', 'docker.io');
  requireProgram('busybox', 'busybox-static');
  const engine = await DockerEngine.start();
  scope.defer(() => engine.stop());
  return engine;
}
