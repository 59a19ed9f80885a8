/**
 * A server: puts launcher, elements, anchors, operation log and metrics together, and takes them down in order.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Anchor } from '../anchor/anchor.js';
import { Anchor as AnchorTree } from '../anchor/anchor.js';
import { Circuit, aloneWith } from '../client/circuit.js';
import { Here, type Host } from '../client/here.js';
import { type ChannelSpec, makeChannel } from '../element/channel/channel.js';
import type { ElementKind } from '../base/kind.js';
import { Launcher } from '../element/process/launcher.js';
import { makeProcess } from '../element/process/process.js';
import { ServerElement } from '../element/server.js';
import { lockDirectory } from './lock.js';
import type { Logger } from './logger.js';
import { type Census, Metrics } from './metrics.js';
import { OperationLog } from './operation-log.js';

export interface ServerOptions {
  /** Directory for what outlives the server, locked while it runs; none if absent. */
  readonly var?: string | undefined;
  /** How long processes have between TERM and KILL, in seconds. */
  readonly grace_s: number;
  readonly version: string;
  readonly logger: Logger;
  /** Somebody told the server to stop, with `suicide`. */
  readonly onSuicide: () => void;
}

export class Server {
  readonly id: string;
  readonly circuit: Circuit;
  readonly #launcher: Launcher;
  readonly #unlock: (() => void) | undefined;

  /** @throws CircuitError EBUSY, EACCES if `var` cannot be used */
  static start(options: ServerOptions): Server {
    return new Server(options, options.var === undefined ? undefined : lockDirectory(options.var));
  }

  private constructor({ grace_s, version, logger, onSuicide }: ServerOptions, unlock: (() => void) | undefined) {
    this.#unlock = unlock;
    this.id = `X${randomBytes(8).toString('hex')}`;
    this.#launcher = Launcher.start({
      grace_s,
      onLost: (error) =>
        logger.error({ err: error }, 'the launcher has ended: its processes were killed, and no more can be started; restart this server'),
    });
    const joined = new Date();
    const root = AnchorTree.root();
    root.settle(
      new ServerElement(
        { Addr: '', Joined: joined.toISOString(), ID: this.id, Host: hostname(), Version: version, Pid: process.pid },
        onSuicide,
      ),
    );
    this.circuit = new Circuit(aloneWith(new Here(this.#host(root), root), joined));
  }

  /** Ends all processes, TERM first, after the grace time KILL; resolves when none is left. */
  async stop(): Promise<void> {
    try {
      await this.#launcher.stop();
    } finally {
      this.#unlock?.();
    }
  }

  #host(root: Anchor): Host {
    const log = new OperationLog(this.id);
    const metrics = new Metrics(() => census(root));
    return {
      id: this.id,
      makers: {
        proc: (spec, events) => makeProcess(spec, events, this.#launcher),
        chan: (spec, events) => makeChannel(spec as ChannelSpec, events),
      },
      record: ({ error, ...operation }) => {
        metrics.count(operation.operation, error?.code ?? 'ok');
        log.record({ ...operation, result: error?.message ?? 'ok' }, new Date());
      },
      readLog: (offset, max) => ({ size: log.size, bytes: log.read(offset, max) }),
      env: () => process.env as Record<string, string>,
      metrics: () => metrics.text(),
    };
  }
}

function census(root: Anchor): Census {
  const elements = new Map<ElementKind, number>();
  let processes = 0;
  const count = ({ element, children }: Anchor): void => {
    if (element !== undefined) elements.set(element.kind, (elements.get(element.kind) ?? 0) + 1);
    if (element?.kind === 'proc' && element.busy) processes++;
    for (const child of children.values()) count(child);
  };
  count(root);
  return { anchors: root.total, elements, processes };
}
