/**
 * Hosts and the network between them: latency, loss, cuts; and TCP on top, as its user sees it: bytes in order, or late, or never.
 *
 * A lost segment is sent again after 0.2 s, then after twice as long each time (RFC 6298), and delays what follows it. SYNs go out at 0, 1 and 3 s. When
 * a process ends, its kernel ends its connections; when a host vanishes, nothing does.
 */
import type { Random } from '../../src/cluster/membership/random.js';
import type { Events } from './events.js';

export interface Host {
  readonly index: number;
  /** A host that is down answers nothing. */
  up: boolean;
  /** What its own interface does. `down`: nothing comes or goes, and a dial fails at once. `full` (ENOBUFS): only dials fail, at once. */
  sending: 'well' | 'down' | 'full';
  /** Fraction of segments to and from the host that are lost. */
  loss: number;
}

/** One end of a connection, as the network calls it. */
export interface End {
  receive(message: unknown): void;
  closed(): void;
}

const RTO_MIN_MS = 200;
const RTO_MAX_MS = 120_000;
const SYN_MS = [0, 1000, 3000, 7000];

export class Network {
  readonly events: Events;
  readonly random: Random;
  /** Returns whether nothing passes from one host to another. */
  cut: ((from: Host, to: Host) => boolean) | undefined;
  latency_ms: readonly [number, number] = [0.3, 0.9];

  constructor(events: Events, random: Random) {
    this.events = events;
    this.random = random;
  }

  delay_ms(from: Host, to: Host): number {
    return from === to ? 0.05 : this.random.between(...this.latency_ms);
  }

  /** Whether a segment sent now gets through. */
  passes(from: Host, to: Host): boolean {
    if (!from.up || !to.up) return false;
    if (from === to) return true;
    if (from.sending === 'down' || to.sending === 'down') return false;
    if (this.cut?.(from, to) === true) return false;
    const loss = 1 - (1 - from.loss) * (1 - to.loss);
    return loss === 0 || !this.random.chance(loss);
  }

  /** Sends SYNs until one is answered; calls `answered` with whether a process listened at that time. */
  connect(from: Host, to: Host, isWanted: () => boolean, listens: () => boolean, answered: (open: boolean) => void): void {
    let done = false;
    for (const wait_ms of SYN_MS) {
      this.events.after(wait_ms, () => {
        if (done || !isWanted() || !this.passes(from, to)) return;
        this.events.after(this.delay_ms(from, to), () => {
          if (done || !to.up) return;
          const open = listens();
          if (!this.passes(to, from)) return;
          done = true;
          this.events.after(this.delay_ms(to, from), () => {
            if (isWanted()) answered(open);
          });
        });
      });
    }
  }
}

/** One direction of a connection. */
export class Pipe {
  readonly #network: Network;
  readonly #from: Host;
  readonly #to: Host;
  readonly #end: End;
  #waiting: unknown[] = [];
  #rto_ms = RTO_MIN_MS;
  #stuck = false;
  #last_ms = 0;
  #ended = false;
  /** The receiving end discards everything from now on. */
  deaf = false;

  constructor(network: Network, from: Host, to: Host, end: End) {
    this.#network = network;
    this.#from = from;
    this.#to = to;
    this.#end = end;
  }

  send(message: unknown): void {
    if (this.#ended) return;
    this.#waiting.push(message);
    if (!this.#stuck) this.#pump();
  }

  /** Closes after what was sent. */
  end(): void {
    if (this.#ended) return;
    this.send(FIN);
    this.#ended = true;
  }

  #pump(): void {
    const { events } = this.#network;
    if (!this.#from.up) return;
    if (!this.#network.passes(this.#from, this.#to)) {
      this.#stuck = true;
      events.after(this.#rto_ms, () => {
        this.#stuck = false;
        if (this.#waiting.length > 0 && !this.deaf) this.#pump();
      });
      this.#rto_ms = Math.min(RTO_MAX_MS, this.#rto_ms * 2);
      return;
    }
    this.#rto_ms = RTO_MIN_MS;
    const sent = this.#waiting;
    this.#waiting = [];
    this.#last_ms = Math.max(this.#last_ms, events.now_ms + this.#network.delay_ms(this.#from, this.#to));
    events.at(this.#last_ms, () => {
      if (!this.#to.up) return;
      for (const message of sent) {
        if (this.deaf) return;
        if (message === FIN) this.#end.closed();
        else this.#end.receive(message);
      }
    });
  }
}

const FIN = Symbol('FIN');
