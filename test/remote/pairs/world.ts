/**
 * Two servers in one process: a tree with channels and a stream's two ends on the far one, a `RemoteTree` on the near one, and between them sessions
 * over a link that loses what is under way. All time is virtual, and each side has its own: one of them may stand still.
 */
import { LiveDirectory } from '../../../src/remote/directory.js';
import { RemoteTrees } from '../../../src/remote/remote-trees.js';
import { TreeService } from '../../../src/remote/tree-service.js';
import type { LocalTree } from '../../../src/tree/local-tree.js';
import type { ServerTree } from '../../../src/tree/server-tree.js';
import { MemoryBudget } from '../../../src/base/memory-budget.js';
import { channels, ID, server } from '../../lib/distance.js';
import { type End, Pair } from '../../wire/session/pair.js';
import { VirtualClock } from '../../lib/virtual-clock.js';
import { Stream } from './stream.js';

const TICK_MS = 50;
/** A side that has not run for so long notices it. */
const STALL_MS = 1500;

export const CHANNELS = ['small', 'wide', 'packets'] as const;
export type ChannelName = (typeof CHANNELS)[number];
export type Side = 'near' | 'far';

export interface Counts {
  readonly Buffered: number;
  readonly PendingEmpty: number;
  readonly WaitingSenders: number;
  readonly WaitingReceivers: number;
}

export class World {
  readonly tree: ServerTree;
  readonly here: LocalTree;
  readonly stream: Stream;
  readonly budgets: readonly [MemoryBudget, MemoryBudget];
  /** The pid of each writer of whose message `error` has said that it was delivered after all. */
  readonly reported = new Set<number>();
  readonly pair: Pair;
  readonly #clock = new VirtualClock();
  #stalled: Side | undefined;
  /** How long the side that stands still has done so. */
  #stalled_ms = 0;
  #connected = false;
  /** One end has not noticed yet that the connection is gone. */
  #halfCut = false;

  /** @param budget_bytes of each side's sessions */
  constructor(capacities: readonly number[], budget_bytes: number) {
    this.stream = new Stream(this.#clock);
    const { here, leases } = server({ chan: channels, proc: () => this.stream });
    Object.assign(here, { reportError: (...[, , , { pid }]: Parameters<LocalTree['reportError']>) => void this.reported.add(pid) });
    const trees: RemoteTrees = new RemoteTrees(() => this.pair.a.session, this.#clock);
    const directory = new LiveDirectory(here, new RemoteTrees(() => this.pair.a.session, this.#clock), []);
    this.budgets = [new MemoryBudget(budget_bytes), new MemoryBudget(budget_bytes)];
    this.pair = new Pair(trees.serve, (session) => new TreeService(session, directory, leases, this.#clock), this.budgets);
    this.here = here;
    this.tree = trees.tree(ID);
    const credentials = { uid: 1, gid: 1, pid: 0 };
    for (const [index, name] of CHANNELS.entries()) void here.makeElement([name], 'chan', { capacity: capacities[index] }, credentials);
    void here.makeElement(['stream'], 'proc', {}, credentials);
    this.pair.connect();
    this.#connected = true;
  }

  /** Which side stands still. */
  get stalled(): Side | undefined {
    return this.#stalled;
  }

  counts(channel: ChannelName): Counts {
    return this.here.peek([channel]) as Counts;
  }

  /** The next message arrives at one side. Returns whether there was one. */
  arrive(side: Side): boolean {
    const end = this.#end(side);
    if (this.#halfCut) end.inbox.length = 0;
    return side !== this.#stalled && end.arrive();
  }

  /** What is to be sent is sent. Returns whether there was something. */
  flush(side: Side): boolean {
    return side !== this.#stalled && this.#end(side).flush();
  }

  cut(): void {
    this.pair.disconnect();
    this.#connected = this.#halfCut = false;
  }

  /** The connection is gone, and only one side has noticed. */
  halfCut(side: Side): void {
    if (!this.#connected || this.#stalled === side) return;
    this.#end(side).session.detach();
    this.pair.a.inbox = [];
    this.pair.b.inbox = [];
    this.#connected = false;
    this.#halfCut = true;
  }

  /** @param older by how many messages each side believes the other to be behind */
  connect(older: number): void {
    if (this.#connected || this.#stalled !== undefined) return;
    this.cut();
    this.pair.connect(older);
    this.#connected = true;
  }

  stall(side: Side): void {
    this.#stalled ??= side;
  }

  /** The side that stood still goes on: its timers go off late, and what has arrived meanwhile is looked at. */
  async wake(): Promise<void> {
    const side = this.#stalled;
    if (side === undefined) return;
    const late_ms = this.#stalled_ms;
    this.#stalled = undefined;
    this.#stalled_ms = 0;
    if (late_ms > STALL_MS) this.#end(side).session.stalled();
    if (side === 'far') await this.#clock.advance(late_ms);
  }

  /** Time passes, at both sides unless one stands still. */
  async pass(ms: number): Promise<void> {
    for (let left_ms = ms; left_ms > 0; left_ms -= TICK_MS) {
      const step_ms = Math.min(TICK_MS, left_ms);
      this.pair.now_ms += step_ms;
      for (const side of ['near', 'far'] as const) this.flush(side);
      if (this.#stalled !== undefined) this.#stalled_ms += step_ms;
      if (this.#stalled !== 'far') await this.#clock.advance(step_ms);
      for (const side of ['near', 'far'] as const) this.#tick(side);
      await turn();
    }
  }

  /** Until nothing is under way. */
  async flow(): Promise<void> {
    let moved;
    do {
      moved = false;
      for (const side of ['near', 'far'] as const) if (this.flush(side)) moved = true;
      for (const side of ['near', 'far'] as const) while (this.arrive(side)) moved = true;
      await turn();
      if (this.#stalled === undefined && (this.pair.a.pending || this.pair.b.pending)) moved = true;
    } while (moved);
  }

  #tick(side: Side): void {
    if (side === this.#stalled || this.#end(side).session.tick(this.pair.now_ms)) return;
    this.cut(); // the other side is silent
  }

  #end(side: Side): End {
    return side === 'near' ? this.pair.a : this.pair.b;
  }
}

/** Promises settle. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
