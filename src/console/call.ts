/**
 * One caller of the native front, from its connection to its exit status.
 */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Circuit } from '../api/circuit.js';
import { type Deferred, deferred } from '../base/deferred.js';
import { CONSOLE_HELLO_MS, CONSOLE_STOP_MS } from '../base/limits.js';
import type { Log } from '../base/log.js';
import { BUILD, networkNamespace } from './build.js';
import { CallerConsole } from './caller-console.js';
import type { Execute, IsMeant } from './execute.js';
import { encodeFrame, encodeNumber, FRAME, type Frame, FrameReader } from './frames.js';
import { parseHello } from './hello.js';

interface CallOptions {
  readonly execute: Execute;
  readonly isMeant: IsMeant;
  readonly circuit: () => Circuit;
  readonly log: Log;
  /** Why it is not served, in a sentence; undefined: it is. */
  readonly refusal: string | undefined;
}

/** The command is not for this server. */
class Elsewhere extends Error {}

export class Call {
  readonly #socket: Socket;
  readonly #options: CallOptions;
  readonly #frames = new FrameReader();
  readonly #ended: Deferred<void> = deferred();
  readonly #tooLate: NodeJS.Timeout;
  #console: CallerConsole | undefined;

  constructor(socket: Socket, options: CallOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#tooLate = setTimeout(() => socket.destroy(), CONSOLE_HELLO_MS);
    socket.on('data', (chunk) => this.#take(chunk)).on('close', () => this.#gone());
    const header = Buffer.alloc(8);
    header.writeBigUInt64LE(networkNamespace());
    this.#send(encodeFrame(FRAME.welcome, Buffer.concat([header, Buffer.from(BUILD)])));
  }

  /** Resolves when its command has ended, also after its client is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Ends it with a sentence. Its command is told when the client is gone. */
  async cut(why: string): Promise<void> {
    if (!this.#socket.writable) return;
    const sentence = `circuit: ${why}\n`;
    if (this.#console === undefined) this.#send(encodeFrame(FRAME.write, Buffer.from(sentence), 2));
    else this.#console.stderr.write(sentence);
    // It may be behind what is not taken, which must not hold up a server that stops.
    const drained = this.#console?.stderr.drained() ?? Promise.resolve();
    await Promise.race([drained, delay(CONSOLE_STOP_MS, undefined, { ref: false })]);
    this.#exit(1);
  }

  #take(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.feed(chunk)) this.#takeFrame(frame);
    } catch (error) {
      this.#options.log('warn', `the native front: ${String(error)}`);
      this.#socket.destroy();
    }
  }

  #takeFrame(frame: Frame): void {
    if (this.#console !== undefined) return this.#console.take(frame);
    if (frame.type !== FRAME.hello) return;
    const { refusal } = this.#options;
    if (refusal !== undefined) return void this.cut(refusal);
    clearTimeout(this.#tooLate);
    const hello = parseHello(frame.payload);
    const console = new CallerConsole(hello, this.#options.circuit(), (bytes) => this.#send(bytes), (status) => this.#exit(status)); // prettier-ignore
    this.#console = console;
    void this.#run(console, hello.args.map(String), hello.byUrl);
  }

  async #run(console: CallerConsole, args: readonly string[], byUrl: boolean): Promise<void> {
    const { execute, isMeant, log } = this.#options;
    try {
      const status = await execute(console, args, (name, given) => {
        if (!isMeant(console, name, given, byUrl)) throw new Elsewhere();
      });
      await console.drained();
      this.#exit(status);
    } catch (error) {
      if (this.#socket.destroyed) return; // its client is gone, and what it waited for has failed
      if (error instanceof Elsewhere) {
        this.#end(encodeNumber(FRAME.elsewhere, 0));
        return;
      }
      log(
        'error',
        `a fault of circuit ${args[0] ?? ''}: please report it: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
      );
      await this.cut('a fault of the server, which its log has: please report it');
    } finally {
      this.#ended.resolve();
    }
  }

  #exit(status: number): void {
    this.#end(encodeNumber(FRAME.exit, status));
  }

  #end(last: Buffer): void {
    if (!this.#socket.writable) return;
    this.#socket.end(last);
    this.#socket.destroySoon();
  }

  #send(frame: Buffer): void {
    if (this.#socket.writable) this.#socket.write(frame);
  }

  #gone(): void {
    clearTimeout(this.#tooLate);
    if (this.#console === undefined) this.#ended.resolve();
    else this.#console.gone();
  }
}
