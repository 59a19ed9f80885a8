/**
 * The server's end of the native front: listens at a socket of its user, and runs the commands of who connects there, each on a console of its own.
 * The kernel says who that is; a command that fails by a fault of ours ends alone.
 */
import { chmodSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { geteuid } from 'node:process';
import { native } from '../../native/index.js';
import type { Circuit } from '../api/circuit.js';
import type { Credentials } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { CONSOLE_CALLERS_MAX, CONSOLE_STOP_MS } from '../base/limits.js';
import type { Log } from '../base/log.js';
import { Call } from './call.js';
import { prepareDirectory, removeStale, socketPath } from './directory.js';
import type { Execute, IsMeant } from './execute.js';

const ROOT = 0;

export interface ServiceOptions {
  /** ID of the server. */
  readonly id: string;
  /** Where its socket is to be. */
  readonly directory: string;
  readonly execute: Execute;
  /** The circuit in the name of a caller. */
  readonly circuitFor: (credentials: Credentials) => Circuit;
  readonly isMeant: IsMeant;
  readonly log: Log;
}

export class ConsoleService {
  readonly #options: ServiceOptions;
  readonly #path: string;
  readonly #server: Server;
  readonly #calls = new Set<Call>();

  /** @throws CircuitError EACCES for a directory that others can write to; Error as of mkdir(2) and bind(2). Then nothing is left of it */
  static async open(options: ServiceOptions): Promise<ConsoleService> {
    prepareDirectory(options.directory);
    const service = new ConsoleService(options);
    await service.#listen();
    removeStale(options.directory).catch((error: unknown) => options.log('warn', `sockets of dead servers stay: ${String(error)}`));
    return service;
  }

  private constructor(options: ServiceOptions) {
    this.#options = options;
    this.#path = socketPath(options.directory, options.id);
    this.#server = createServer((socket) => this.#admit(socket));
  }

  /** No more callers; those that are there have a moment, and are told then that the server stops. Idempotent. */
  async close(): Promise<void> {
    rmSync(this.#path, { force: true });
    this.#server.close();
    const ended = Promise.all(Array.from(this.#calls, async (call) => call.ended));
    if (this.#calls.size > 0) await Promise.race([ended, delay(CONSOLE_STOP_MS)]);
    await Promise.all(Array.from(this.#calls, async (call) => call.cut('this server is stopping')));
  }

  /** The socket has its name only when somebody listens: one at which nobody does is taken for a dead server's. */
  async #listen(): Promise<void> {
    const temporary = `${this.#path}.new`;
    rmSync(temporary, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen({ path: temporary, backlog: CONSOLE_CALLERS_MAX }, resolve);
    });
    this.#server.off('error', () => undefined).on('error', (error) => this.#options.log('warn', `the native front: ${error.message}`));
    chmodSync(temporary, 0o600);
    renameSync(temporary, this.#path);
  }

  #admit(socket: Socket): void {
    socket.on('error', () => undefined); // 'close' follows
    try {
      const { execute, circuitFor, isMeant, log } = this.#options;
      const credentials = callerOf(socket);
      const call = new Call(socket, {
        execute,
        isMeant,
        log,
        circuit: () => circuitFor(credentials),
        refusal:
          this.#calls.size < CONSOLE_CALLERS_MAX
            ? undefined
            : `this server runs ${CONSOLE_CALLERS_MAX} commands already: wait until some have ended`,
      });
      this.#calls.add(call);
      void call.ended.then(() => this.#calls.delete(call));
    } catch (error) {
      this.#options.log('warn', `the native front: ${CircuitError.from(error).message}`);
      socket.destroy();
    }
  }
}

/** @throws CircuitError EACCES for another user than the server's and root; Error if the kernel does not say who it is */
function callerOf(socket: Socket): Credentials {
  // Node has no name for the descriptor of a socket, nor for this option.
  const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const caller = native.peerCredentials(fd);
  if (caller.uid === geteuid?.() || caller.uid === ROOT) return caller;
  throw new CircuitError('EACCES', `user ${caller.uid} has connected, whose server this is not`);
}
