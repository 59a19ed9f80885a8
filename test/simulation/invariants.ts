/**
 * Invariants: of a server after each step, of whole views now and then, of the circuit after a quiet time. A breach names the seed that replays it.
 */
import { BUCKETS } from '../../src/cluster/membership/identity-table.js';
import { incarnationOf, LEFT, stateOf } from '../../src/cluster/membership/record.js';
import type { Circuit } from './circuit.js';
import type { Server } from './server.js';

export class Breach extends Error {
  constructor(circuit: Circuit, what: string) {
    super(`${what} (at ${circuit.events.now_ms.toFixed(1)} ms; SEED=${circuit.seed} replays it)`);
  }
}

/** Cheap: checked after each step. */
export function checkStep(circuit: Circuit, server: Server): void {
  const { core, identity } = server;
  const { view, links, leaving, oldestVerification_ms } = core.state;
  const must = (holds: boolean, what: string): void => {
    if (!holds) throw new Breach(circuit, `${identity.id}: ${what}`);
  };
  must(leaving === (stateOf(view.version(view.me)) === LEFT), 'alive in its own view, unless it leaves');
  must(leaving || view.isLive(view.me), 'alive in its own view');
  must(links.to(view.me) === undefined, 'no link to itself');
  const { linksMax, verifyEnd_ms } = circuit.parameters;
  let free = 0;
  for (const link of links.all()) {
    if (!link.doubtful && !link.needed && link.peer !== view.successor) free++;
    must(link.outbox.size <= view.known, 'an outbox is bounded by the view');
    must(links.of(link.token) === link, 'one link a peer, one peer a link');
  }
  must(free <= linksMax, `no more than ${linksMax} links beside those of rings, not ${free}`);
  must(server.paused || server.now_ms - oldestVerification_ms <= verifyEnd_ms, 'a verification ends within 12 s');
}

/** Costly: recomputes each view from scratch. `before`: versions at the last check; updated. */
export function checkViews(circuit: Circuit, before?: Map<Server, Map<number, number>>): void {
  const incarnations = new Map(
    circuit.servers.map(({ core }) => [core.state.view.me, incarnationOf(core.state.view.version(core.state.view.me))]),
  );
  for (const server of circuit.running) {
    const { view } = server.core.state;
    const must = (holds: boolean, what: string): void => {
      if (!holds) throw new Breach(circuit, `${server.identity.id}: ${what}`);
    };
    const anew = view.recomputed();
    must(anew.digest.low === view.digest.low && anew.digest.high === view.digest.high, 'the hash is that of the view');
    must(anew.live === view.live && anew.known === view.known, 'the counts are those of the view');
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const [kept, made] = [view.bucketHash(bucket), anew.buckets[bucket]];
      must(kept.low === made?.low && kept.high === made.high, 'each bucket has the hash of its entries');
    }
    must(view.successor === view.next(view.me), 'the successor is the next live ID');
    const past = before?.get(server);
    const present = new Map<number, number>();
    for (const [number, version] of view.entries()) {
      present.set(number, version);
      must(incarnationOf(version) <= (incarnations.get(number) ?? 0), 'only the owner raises an incarnation');
      const earlier = past?.get(number) ?? 0;
      must(version >= earlier, 'a version never falls');
      must(stateOf(earlier) !== LEFT || version === earlier, 'left is final');
    }
    before?.set(server, present);
  }
}

/** Checked after three heartbeats in which nothing happened. */
export function checkQuiet(circuit: Circuit): void {
  const must = (holds: boolean, what: string): void => {
    if (!holds) throw new Breach(circuit, what);
  };
  const running = circuit.running;
  const byNumber = new Map(running.map((server) => [server.core.state.view.me, server]));
  must(circuit.agreed, 'all views are right: no ghost, nobody missing');
  must(circuit.connected, 'the overlay is connected');
  for (const { core, identity } of running) {
    const { view, links } = core.state;
    for (const link of links.all()) {
      const back = byNumber.get(link.peer)?.core.state.links.to(view.me);
      must(back !== undefined, `links are symmetric: ${identity.id}`);
      must(back?.dialled === !link.dialled, 'exactly one end pings');
      must(!link.doubtful, 'no link is in doubt');
    }
    must(running.length < 2 || links.to(view.successor) !== undefined, 'each has a link to its successor');
    must(core.state.verifications === 0 && core.state.suspicions === 0, 'nobody is in doubt');
  }
}
