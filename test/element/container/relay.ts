/**
 * A socket that leads to an engine's, and that a test can cut: to the one who uses it the engine is away then.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';

export class Relay {
  readonly #directory = mkdtempSync(join(tmpdir(), 'relay-'));
  readonly socket = join(this.#directory, 'sock');
  readonly #engine: string;
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;
  /** What is passed on of bytes on their way, if not all: nothing if it gives undefined. */
  filter: ((bytes: Buffer, from: 'user' | 'engine') => Buffer | undefined) | undefined;

  static async start(engine: string): Promise<Relay> {
    const relay = new Relay(engine);
    await relay.run();
    return relay;
  }

  private constructor(engine: string) {
    this.#engine = engine;
  }

  async run(): Promise<void> {
    this.#server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ path: this.#engine, allowHalfOpen: true });
      for (const [from, to] of [[near, far], [far, near]] as const) {
        this.#connections.add(from);
        from.pipe(this.#filtered(from === near ? 'user' : 'engine')).pipe(to);
        from.on('error', () => to.destroy());
        from.once('close', () => this.#connections.delete(from));
      }
    }).listen(this.socket); // prettier-ignore
    await once(this.#server, 'listening');
  }

  #filtered(from: 'user' | 'engine'): Transform {
    return new Transform({
      transform: (bytes: Buffer, _encoding, done) => done(undefined, this.filter === undefined ? bytes : this.filter(bytes, from)),
    });
  }

  /** All connections break, and no new one comes about until `run`. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  async stop(): Promise<void> {
    await this.cut();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
