/**
 * Multicast: announces this server and yields hints of others, with one socket per interface. Interfaces may come and go; a failure is logged once,
 * retried at intervals, and ends nothing.
 */
import { randomBytes } from 'node:crypto';
import { DISCOVERY_HINTS_PENDING_MAX, DISCOVERY_SOURCES_MAX } from '../../base/limits.js';
import { LogSuppression, timesMore } from '../../base/log-suppression.js';
import { escapeControls } from '../../base/quote.js';
import { adviceOn } from './advice.js';
import type { Clock } from '../../base/clock.js';
import { Feed } from './feed.js';
import { familyOf, type Group } from './group.js';
import { codeOf, GroupSocket } from './group-socket.js';
import type { Log } from '../../base/log.js';
import type { Hint, Source } from './hint.js';
import { findInterfaces, type LocalInterface } from './interfaces.js';
import { OtherKeys } from './other-keys.js';
import { type Heard, Segment, type Speaker } from './segment.js';

/** Interval between checks of the interfaces. */
export const INTERFACES_CHECK_MS = 30_000;
/** After an error they are checked sooner, but no more often than this. */
const CHECK_AFTER_ERROR_MS = 2_000;
/** In each turn of its event loop Node reads 32 datagrams of a socket; so many turns with some are waited for. */
const BACKLOG_TURNS = 50;

export interface MulticastOptions extends Speaker, Group {
  /** Names or own addresses of interfaces; `all`: every multicast interface that is up. */
  readonly interfaces: readonly string[] | 'all';
  /** Path of the key file, for the log; absent without a key. */
  readonly keyFile?: string | undefined;
  readonly log: Log;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Datagrams received since the start, by kind. */
export interface MulticastCounts {
  readonly hint: number;
  readonly other: number;
  readonly forged: number;
  readonly flood: number;
  readonly nothing: number;
}

interface Open {
  readonly socket: GroupSocket;
  readonly segment: Segment;
}

export class Multicast implements Source {
  readonly #options: MulticastOptions;
  readonly #open = new Map<string, Open>();
  readonly #feed = new Feed<Hint>(DISCOVERY_HINTS_PENDING_MAX);
  readonly #otherKeys = new OtherKeys();
  readonly #said = new Set<string>();
  /** Anybody can send in the name of any address: few are told apart. */
  readonly #misbehaviour = new LogSuppression(DISCOVERY_SOURCES_MAX);
  readonly #counts: Record<Heard['kind'], number> = { hint: 0, other: 0, forged: 0, flood: 0, nothing: 0 };
  #cancelStep: (() => void) | undefined;
  /** When `#step` is due; infinity: it is not. While it waits for what is to be heard before it, nothing else is planned. */
  #step_ms = Infinity;
  #isDue = false;
  #cancelCheck: (() => void) | undefined;
  #check_ms = Infinity;
  #checking: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(options: MulticastOptions) {
    this.#options = options;
  }

  get counts(): MulticastCounts {
    return { ...this.#counts };
  }

  /** Announces, answers and listens until the signal aborts. Call once. */
  async *addresses(signal: AbortSignal): AsyncGenerator<Hint, void, undefined> {
    const end = (): void => this.#feed.end();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      this.#check();
      yield* this.#feed.items();
    } finally {
      signal.removeEventListener('abort', end);
      await this.#end();
    }
  }

  /** This server's view changed: announces that soon. */
  changed(): void {
    for (const { segment } of this.#open.values()) segment.changed(this.#options.clock.now_ms());
    this.#arm();
  }

  async #end(): Promise<void> {
    this.#ended = true;
    this.#feed.end();
    this.#cancelStep?.();
    this.#cancelCheck?.();
    await this.#checking;
    await Promise.all(Array.from(this.#open.values(), ({ socket }) => socket.close()));
    this.#open.clear();
  }

  /** Checks the interfaces now, after a check in progress, and again later. */
  #check(): void {
    this.#checking = this.#checking.then(() => this.#refresh());
    this.#checkIn(INTERFACES_CHECK_MS);
  }

  #checkIn(delay_ms: number): void {
    const { clock } = this.#options;
    if (this.#ended) return;
    this.#cancelCheck?.();
    this.#check_ms = clock.now_ms() + delay_ms;
    this.#cancelCheck = clock.after(delay_ms, () => this.#check());
  }

  async #refresh(): Promise<void> {
    const { found, missing } = findInterfaces(this.#options.interfaces, undefined, familyOf(this.#options.group));
    for (const wish of missing)
      this.#say(
        `missing ${wish}`,
        `there is no interface ${wish} with an IPv${familyOf(this.#options.group)} address; checking again every 30 s`,
      );
    const wanted = new Map(found.map((local) => [`${local.name} ${local.address}`, local]));
    for (const [key, { socket, segment }] of this.#open) {
      if (!wanted.has(key)) {
        this.#open.delete(key);
        await socket.close();
      } else {
        this.#attempt(segment.local, () => socket.rejoin());
      }
    }
    for (const [key, local] of wanted) if (!this.#open.has(key)) await this.#join(key, local);
    this.#arm();
  }

  async #join(key: string, local: LocalInterface): Promise<void> {
    if (this.#ended) return;
    const segment = new Segment(local, this.#options, this.#options.random, this.#options.clock.now_ms());
    try {
      const socket = await GroupSocket.open(this.#options, local, {
        heard: (datagram, source) => this.#heard(segment, datagram, source),
        failed: (error) => this.#failed(local, error),
      });
      this.#open.set(key, { socket, segment });
      for (const datagram of segment.greeting(randomBytes(8).toString('hex'))) socket.send(datagram);
    } catch (error) {
      this.#complain(local, error);
    }
  }

  #heard(segment: Segment, datagram: Buffer, source: string): void {
    const heard = segment.hear(datagram, source, this.#options.clock.now_ms());
    this.#counts[heard.kind]++;
    if (heard.kind === 'hint') this.#feed.push(heard.hint);
    if (heard.kind === 'other') this.#meetOther(heard.identity, source);
    if (heard.kind === 'forged')
      this.#blame('forged', source, `${source} sends datagrams that name our key but are not sealed with it; dropping them`);
    if (heard.kind === 'flood')
      this.#blame('flood', source, `too many datagrams from ${source} on ${segment.local.name}; dropping the excess`);
    if (heard.kind !== 'flood') this.#arm();
  }

  get #heardInAll(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  #meetOther(identity: string, source: string): void {
    const line = this.#otherKeys.heard(identity, source, this.#options.keys().speak.identity, this.#options.keyFile);
    if (line !== undefined) this.#options.log('warn', line);
  }

  #arm(): void {
    const wake_ms = this.#ended ? Infinity : Math.min(...Array.from(this.#open.values(), ({ segment }) => segment.wake_ms));
    if (wake_ms === this.#step_ms || this.#isDue) return;
    this.#cancelStep?.();
    this.#step_ms = wake_ms;
    const { clock } = this.#options;
    this.#cancelStep = clock.after(Math.max(0, wake_ms - clock.now_ms()), () => this.#stepBehind(BACKLOG_TURNS));
  }

  /** What has come meanwhile, on a busy host, is heard first: another may have said what is to be said. */
  #stepBehind(turns: number): void {
    this.#isDue = true;
    const heard = this.#heardInAll;
    this.#options.clock.soon(() => {
      if (this.#heardInAll > heard && turns > 0) this.#stepBehind(turns - 1);
      else this.#step();
    });
  }

  #step(): void {
    this.#isDue = false;
    this.#step_ms = Infinity;
    for (const { socket, segment } of this.#open.values()) {
      this.#attempt(segment.local, () => {
        for (const datagram of segment.step(this.#options.clock.now_ms())) socket.send(datagram);
      });
    }
    this.#arm();
  }

  #attempt(local: LocalInterface, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#complain(local, error);
    }
  }

  #failed(local: LocalInterface, error: Error): void {
    this.#complain(local, error);
    const soon_ms = this.#options.clock.now_ms() + CHECK_AFTER_ERROR_MS;
    if (this.#check_ms > soon_ms) this.#checkIn(CHECK_AFTER_ERROR_MS);
  }

  #complain({ name, address }: LocalInterface, error: unknown): void {
    this.#say(`${name} ${codeOf(error)}`, adviceOn(error, this.#options, `${name} (${address})`));
  }

  /** What others do: an address and kind once a minute. */
  #blame(kind: string, source: string, line: string): void {
    const before = this.#ended ? undefined : this.#misbehaviour.ask(`${source} ${kind}`, this.#options.clock.now_ms());
    if (before !== undefined) this.#options.log('warn', escapeControls(line + timesMore(before)));
  }

  /** Logs each matter once. Interfaces and codes are few; the bound is for machines that create and delete interfaces all day. */
  #say(matter: string, line: string): void {
    if (this.#ended || this.#said.has(matter) || this.#said.size >= 64) return;
    this.#said.add(matter);
    this.#options.log('warn', escapeControls(line));
  }
}
