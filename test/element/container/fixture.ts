/**
 * Containers of the run's engine on a server of their own, which is asked through its `Place`, here or over a session. Nothing is left when it is disposed of.
 */
import { Anchor } from '../../../src/api/anchor.js';
import { CircuitError } from '../../../src/base/error.js';
import type { Container } from '../../../src/api/container.js';
import type { ContainerRun } from '../../../src/element/container/run.js';
import { Containers, type ContainersOptions } from '../../../src/element/container/containers.js';
import { Distance, selections, server, type Server } from '../../lib/distance.js';
import { type DockerEngine, IMAGE } from '../../lib/docker.js';

/** Another process of the run may use the same engine. */
export const SERVER = `X${process.pid.toString(16).padStart(16, '0')}`;
/** Of its containers. */
export const LABEL = `circuit.server=${SERVER}`;
export const WHERE = ['here', 'elsewhere'] as const;

/** What a call that has to fail has failed with, by code and sentence. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (reason: unknown) => `${CircuitError.from(reason).code} ${CircuitError.from(reason).message}`,
  );
}

export class Bed implements AsyncDisposable {
  readonly root: Anchor;
  /** What the server has said of itself. */
  readonly warnings: string[] = [];
  readonly #containers: Containers;
  #made = 0;

  constructor(
    engine: Pick<DockerEngine, 'socket'> | undefined,
    where: (typeof WHERE)[number] = 'here',
    more: Partial<ContainersOptions> = {},
  ) {
    this.#containers = new Containers({ socket: engine?.socket, server: SERVER, warn: (message) => this.warnings.push(message), ...more });
    const far: Server = server({
      docker: (spec, events, _asker, path) => this.#containers.make(spec, events, path),
      select: selections(() => far.here),
    });
    this.root = new Anchor(where === 'here' ? far.here : new Distance(far).tree, [], { uid: 0, gid: 0, pid: 1 });
  }

  anchor(): Anchor {
    return this.root.walk(`c${++this.#made}`);
  }

  make(run: Partial<ContainerRun>, anchor = this.anchor()): Promise<Container> {
    return anchor.makeContainer({ Image: IMAGE, ...run });
  }

  sh(script: string, more: Partial<ContainerRun> = {}): Promise<Container> {
    return this.make({ Path: '/bin/sh', Args: ['-c', script], ...more });
  }

  /** As the server's orderly stop. */
  stop(): Promise<void> {
    return this.#containers.stop(0.2);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
