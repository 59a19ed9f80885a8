/**
 * A network without sockets: hosts by port, connections that a test breaks, or lets fall silent as when a cable is pulled.
 */
import type { Clock } from '../../../src/base/clock.js';
import { type Connection, type ConnectionEvents, DialError, type DialFailure, type DialOptions, type Hello, type Transport, VERSIONS } from '../../../src/wire/transport/connection.js'; // prettier-ignore
import type { Table } from '../../../src/wire/session/session-table.js';

/** One of the two ends of a connection. */
class FakeConnection implements Connection {
  readonly peer = { host: 'peer', port: 1 };
  readonly key = undefined;
  readonly queued_bytes = 0;
  readonly hello: Hello;
  readonly dialled: boolean;
  readonly #network: Network;
  other: FakeConnection | undefined = undefined;
  #events: ConnectionEvents | undefined = undefined;
  #open = true;
  readonly #late: Uint8Array[] = [];

  constructor(network: Network, hello: Hello, dialled: boolean) {
    this.#network = network;
    this.hello = hello;
    this.dialled = dialled;
  }

  send(message: Uint8Array): void {
    if (!this.#open) return;
    this.#network.sent++;
    // A copy: what comes out at the other end shares no memory with what went in.
    const copy = Buffer.from(message);
    this.#network.clock.soon(() => this.other?.arrive(copy));
  }

  arrive(message: Uint8Array): void {
    if (!this.#open) return;
    if (this.#network.silent) this.#late.push(message);
    else this.#events?.message(message);
  }

  /** What TCP has sent again all the time gets through, or it turns out that nobody is there any more. */
  getThrough(): void {
    const late = this.#late.splice(0);
    if (this.other === undefined || !this.#network.open.has(this.other)) this.break('reset');
    else for (const message of late) this.#network.clock.soon(() => this.arrive(message));
  }

  receive(events: ConnectionEvents): void {
    this.#events = events;
  }

  pause(): void {
    this.#open = false;
  }

  resume(): void {
    this.#open = true;
  }

  close(reason = 'closed'): void {
    // What was sent before arrives before.
    this.#network.clock.soon(() => this.break(reason));
  }

  destroy(): void {
    this.break('destroyed');
  }

  /** Both ends learn of it, unless nothing passes. */
  break(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#network.open.delete(this);
    this.#network.clock.soon(() => {
      this.#events?.closed(reason);
      if (!this.#network.silent) this.other?.break('the other end closed it');
    });
  }
}

export class Network implements Transport {
  readonly clock: Clock;
  /** Who accepts, by port. */
  readonly hosts = new Map<number, { readonly id: string; readonly table: Table }>();
  readonly open = new Set<FakeConnection>();
  #silent = false;
  /** How dials fail; undefined: they do not. */
  failure: DialFailure | undefined = undefined;
  /** What was asked for, in order. */
  readonly dials: DialOptions[] = [];
  /** Messages that were sent. */
  sent = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Nothing passes, and nobody is told. */
  get silent(): boolean {
    return this.#silent;
  }

  set silent(silent: boolean) {
    this.#silent = silent;
    if (!silent) for (const connection of [...this.open]) connection.getThrough();
  }

  dial(options: DialOptions): Promise<Connection> {
    this.dials.push(options);
    return new Promise((resolve, reject) => {
      const fail = (failure: DialFailure, message: string): void => reject(new DialError(failure, message));
      if (this.failure !== undefined) return fail(this.failure, `it is ${this.failure}`);
      if (this.silent) return void this.clock.after(options.timeout_ms, () => fail('unreachable', 'no answer'));
      const host = this.hosts.get(options.address.port);
      if (host === undefined) return fail('refused', 'nobody listens');
      if (options.hello.to !== undefined && options.hello.to !== host.id) return fail('stranger', `this is ${host.id}`);
      const hello = { ...options.hello, versions: VERSIONS };
      const welcome = host.table.welcome(hello, { host: 'peer', port: 1 });
      if ('refused' in welcome) return fail('rejected', welcome.refused);
      const here = new FakeConnection(
        this,
        { versions: VERSIONS, id: host.id, role: 'server', purpose: 'session', note: welcome.note },
        true,
      );
      const there = new FakeConnection(this, hello, false);
      here.other = there;
      there.other = here;
      this.open.add(here).add(there);
      host.table.connected(there);
      return resolve(here);
    });
  }

  /** All connections break, and both ends learn of it. */
  break(): void {
    for (const connection of [...this.open]) connection.break('cut');
  }
}
