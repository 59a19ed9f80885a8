/**
 * A server's place seen from afar: two real sessions with a connection between them that a test can break, and a server behind the far one.
 */
import { TRUNCATE } from '../../src/base/bytes.js';
import { RemoteTrees } from '../../src/remote/remote-trees.js';
import { LiveDirectory } from '../../src/remote/directory.js';
import type { ElementMaker } from '../../src/tree/host.js';
import { LocalTree } from '../../src/tree/local-tree.js';
import type { ServerTree } from '../../src/tree/server-tree.js';
import { makeChannel } from '../../src/element/channel/channel.js';
import { makeSelection } from '../../src/element/selection/selection.js';
import { LineRing } from '../../src/stream/line-ring.js';
import { ServerElement } from '../../src/element/server.js';
import { Anchor } from '../../src/tree/anchor.js';
import { Leases } from '../../src/remote/leases.js';
import { TreeService } from '../../src/remote/tree-service.js';
import { SYSTEM_CLOCK } from '../../src/base/clock.js';
import { Session } from '../../src/wire/session/session.js';
import type { Serve } from '../../src/wire/session/session-handler.js';

export const ID = 'X0123456789abcdef';
export const channels: ElementMaker = (spec, events) => makeChannel(spec, events);

/** Makes selections whose clauses lie at `place`, whatever server they name. */
export function selections(tree: () => ServerTree): ElementMaker {
  return (spec, events, who) =>
    makeSelection(
      spec,
      events,
      {
        openReader: (_server, path, file, by) => tree().openReader(path, file, by, { unacked: true }),
        openWriter: (_server, path, file, by) => tree().openWriter(path, file, TRUNCATE, by),
      },
      who,
    );
}

export interface Server {
  readonly here: LocalTree;
  readonly leases: Leases;
}

/** A server with channels, whose tree tells its leases of changes. */
export function server(makers: Readonly<Record<string, ElementMaker>> = { chan: channels }): Server {
  const leases = new Leases(SYSTEM_CLOCK);
  const root = Anchor.root({ now: Date.now, changed: () => leases.changed() });
  const peek = { Addr: '', Joined: '', ID, Host: '', Version: '', Pid: 0, Load: 0, Cpus: 1, Links: [] };
  root.settle(
    new ServerElement({
      peek: () => peek,
      join: () => Promise.resolve(),
      openEvents: (mode) => new LineRing(1, 1).openReader(mode),
      stop: () => undefined,
    }),
  );
  const here = new LocalTree(
    {
      id: ID,
      makers,
      record: () => undefined,
      settled: () => leases.settled(),
      readLog: (offset, max) => ({ size: 10, bytes: Buffer.from('0123456789').subarray(offset, offset + max) }),
      env: () => ({ HOME: '/root' }),
      metrics: () => 'circuit_anchors 1\n',
    },
    root,
  );
  return { here, leases };
}

/** One client's view of a server over a connection. */
export class Distance {
  readonly tree: ServerTree;
  /** Calls that have been made, by name. */
  readonly asked: string[] = [];
  readonly #near: Session;
  readonly #far: Session;
  #connected = false;

  constructor({ here, leases }: Server, client = 'Xfedcba9876543210', clock = SYSTEM_CLOCK, farClock = SYSTEM_CLOCK) {
    const isOpen = (): boolean => this.#near.open;
    const trees: RemoteTrees = new RemoteTrees(
      () => ({
        get open() {
          return isOpen();
        },
        call: (name, args, options) => {
          this.asked.push(name);
          return this.#near.call(name, args, options);
        },
        transfer: (handle, flags, bytes, options) => {
          this.asked.push('write');
          return this.#near.transfer(handle, flags, bytes, options);
        },
        note: (name, args, how) => this.#near.note(name, args, how),
        hold: () => this.#near.hold(),
      }),
      clock,
    );
    const directory = new LiveDirectory(here, new RemoteTrees(() => expectNone()), []);
    this.#near = end(ID, trees.serve);
    this.#far = end(client, (session) => new TreeService(session, directory, leases, farClock));
    this.connect();
    this.tree = trees.tree(ID);
  }

  connect(): void {
    this.#connected = true;
    const [near, far] = [this.#near.received, this.#far.received];
    this.#near.attach({ send: (message) => this.#carry(message, this.#far) }, far);
    this.#far.attach({ send: (message) => this.#carry(message, this.#near) }, near);
    // What arrives over another connection is looked at with the next tick.
    setTimeout(() => {
      for (const session of [this.#near, this.#far]) session.tick(performance.now());
    }, 20).unref();
  }

  /** What is under way is lost. */
  cut(): void {
    this.#connected = false;
    this.#near.detach();
    this.#far.detach();
  }

  /** The session is over at both ends. */
  end(error: Parameters<Session['end']>[0], peer?: Parameters<Session['end']>[1]): void {
    this.#near.end(error);
    this.#far.end(error, peer);
  }

  /** The session is over at the server's end, and the client has not heard of it. */
  forget(error: Parameters<Session['end']>[0]): void {
    this.#connected = false;
    this.#far.end(error);
  }

  #carry(message: Uint8Array, to: Session): void {
    const copy = Buffer.from(message); // as a network does: sessions use their buffers again
    setImmediate(() => {
      if (this.#connected) to.receive(copy);
    });
  }
}

function end(peer: string, serve: Serve): Session {
  const session: Session = new Session({
    peer: { id: peer, role: 'server' },
    serve,
    pending: () => setImmediate(() => session.flush()),
  });
  return session;
}

function expectNone(): never {
  throw new Error('there is no third server');
}
