/**
 * How a client finds a server: it asks the multicast group and takes the first answer. If none comes within three seconds, the error lists what was
 * tried.
 */
import { randomBytes } from 'node:crypto';
import { CircuitError } from '../../base/error.js';
import { escapeControls } from '../../base/quote.js';
import { adviceOn } from './advice.js';
import { type Announcement, decode, encodeQuestion } from './announcement.js';
import type { Clock } from '../../base/clock.js';
import { familyOf, formatGroup, type Group } from './group.js';
import { GroupSocket } from './group-socket.js';
import { findInterfaces, type LocalInterface } from './interfaces.js';
import { type Keys, openSeal } from './seal.js';

export const ASK_TIMEOUT_MS = 3_000;
/** When to ask, since datagrams get lost; the last time leaves room for the slowest answer. */
const ASKS_MS = [0, 250, 1_000, 2_500] as const;

export interface AskOptions extends Group {
  /** Names or own addresses of interfaces; `all`: every multicast interface that is up. */
  readonly interfaces: readonly string[] | 'all';
  readonly keys: Keys;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the first server of this circuit that answers.
 * @throws CircuitError EHOSTDOWN if none does, with what was tried; the signal's reason
 */
export async function ask(options: AskOptions): Promise<Announcement> {
  options.signal?.throwIfAborted();
  const inquiry = new Inquiry(options);
  try {
    return await inquiry.run();
  } finally {
    await inquiry.close();
  }
}

class Inquiry {
  readonly #options: AskOptions;
  readonly #sockets: GroupSocket[] = [];
  readonly #tried: LocalInterface[] = [];
  /** Hints for the error message, without duplicates. */
  readonly #notes = new Set<string>();
  readonly #nonces = new Set<string>();
  readonly #cancels: (() => void)[] = [];
  readonly #answer: Promise<Announcement>;
  #resolve: (answer: Announcement) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #closed = false;

  constructor(options: AskOptions) {
    this.#options = options;
    this.#answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#answer.catch(() => undefined); // may reject while sockets are still being opened
  }

  async run(): Promise<Announcement> {
    const { clock, interfaces, signal } = this.#options;
    const leave = (): void => this.#reject(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      const { found, missing } = findInterfaces(interfaces, undefined, familyOf(this.#options.group));
      for (const wish of missing) this.#note(`there is no interface ${wish}`);
      await Promise.all(found.map((local) => this.#open(local)));
      if (this.#sockets.length === 0) throw this.#nobody('could not ask');
      for (const at_ms of ASKS_MS) this.#cancels.push(clock.after(at_ms, () => this.#askOnce()));
      this.#cancels.push(
        clock.after(ASK_TIMEOUT_MS, () => this.#reject(this.#nobody(`nobody answered within ${ASK_TIMEOUT_MS / 1_000} s`))),
      );
      return await this.#answer;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  async #open(local: LocalInterface): Promise<void> {
    this.#tried.push(local);
    const failed = (error: unknown): void => this.#note(adviceOn(error, this.#options, local.name));
    try {
      this.#sockets.push(
        await GroupSocket.open(this.#options, local, { heard: (datagram, source) => this.#heard(datagram, source), failed }),
      );
    } catch (error) {
      failed(error);
    }
  }

  #askOnce(): void {
    const nonce = randomBytes(8).toString('hex');
    this.#nonces.add(nonce);
    const question = encodeQuestion(nonce, this.#options.keys.speak);
    for (const socket of this.#sockets) socket.send(question);
  }

  #heard(datagram: Buffer, source: string): void {
    if (this.#closed) return;
    const seal = openSeal(datagram, this.#options.keys);
    if (seal?.verdict === 'other')
      this.#note(`${source} uses another key, ${seal.identity}: copy its key file here, or name it with --key`);
    if (seal?.verdict !== 'valid') return;
    const message = decode(datagram);
    if (message?.type === 'announcement' && this.#nonces.has(message.nonce ?? '')) this.#resolve(message.announcement);
  }

  #note(note: string): void {
    if (this.#notes.size < 8) this.#notes.add(note);
  }

  #nobody(what: string): CircuitError {
    const { keys } = this.#options;
    const where = this.#tried.map(({ name, address }) => `${name} (${address})`).join(', ') || 'no interface';
    const how = keys.speak.identity === 'none' ? 'without a key' : `with the key ${keys.speak.identity}`;
    const notes = [...this.#notes].map((note) => `; ${note}`).join('');
    const text = `${what}: asked the group ${formatGroup(this.#options)} on ${where}, ${how}${notes}; start a server with "circuit start", or name one with -d URL`;
    return new CircuitError('EHOSTDOWN', escapeControls(text));
  }
}
