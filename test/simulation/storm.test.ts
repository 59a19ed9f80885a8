/**
 * Storms of starts in one multicast domain, on virtual time: many servers that know nobody, handshakes that cost processor time, timers that are late,
 * datagrams that are lost. A failure names its seed; `SEED=7` runs all with that one.
 */
import { expect } from 'chai';
import { parseAddress } from '../../src/base/address.js';
import { MEMBERS_MAX, MEMBERSHIP_HINT_DIALS_MAX } from '../../src/base/limits.js';
import { DEFAULT_PARAMETERS } from '../../src/cluster/membership/parameters.js';
import { Circuit } from './circuit.js';
import { multicastStorm, quantile, quiet, SECOND_MS, total } from './scenarios.js';
import type { Server } from './server.js';

const SEED = Number(process.env['SEED'] ?? 1);
const HANDSHAKES = { young_ms: 10, usual_ms: 5 };

function domainOf(seed: number, loss = 0): Circuit {
  const circuit = new Circuit({ seed, handshakes: HANDSHAKES });
  circuit.multicast.loss = loss;
  return circuit;
}

/** Servers that find each other by multicast, at rest. */
function grown(circuit: Circuit, count: number): readonly Server[] {
  const before = circuit.servers.length;
  for (let entered = 0; entered < count; entered++) circuit.events.after(circuit.random.between(0, SECOND_MS), () => circuit.enter());
  circuit.run(20 * SECOND_MS);
  return circuit.servers.slice(before);
}

function dialsOf(servers: readonly Server[]): number {
  return servers.reduce((sum, { core }) => sum + core.counters.dials, 0);
}

describe('servers that start in one multicast domain', () => {
  it('all at once, 100 of them, with a tenth of the datagrams lost, know each other soon, by few dials and bytes', () => {
    const circuit = domainOf(SEED, 0.1);
    const { right_ms, dials, bytes } = multicastStorm(circuit, 100, 500);
    expect(right_ms).to.be.below(6 * SECOND_MS);
    expect(quantile(dials, 0.5)).to.be.at.most(8);
    expect(quantile(dials, 0.99)).to.be.at.most(15);
    expect(bytes.reduce((sum, one) => sum + one, 0) / bytes.length).to.be.below(60_000);
    quiet(circuit);
  }).timeout(60_000);

  it('two of them, know each other within a second by one dial', () => {
    for (let seed = SEED; seed < SEED + 50; seed++) {
      const circuit = domainOf(seed);
      for (let entered = 0; entered < 2; entered++) circuit.events.after(circuit.random.between(0, 100), () => circuit.enter());
      circuit.run(100);
      expect(circuit.settle(10 * SECOND_MS, 50), `seed ${seed}`).to.be.below(SECOND_MS);
      expect(dialsOf(circuit.servers), `seed ${seed}`).to.equal(1);
    }
  });

  it('with half of the datagrams lost, know each other all the same', () => {
    for (const size of [2, 3, 40]) {
      const circuit = domainOf(SEED, 0.5);
      const { right_ms, dials } = multicastStorm(circuit, size, 500);
      expect(right_ms).to.be.below(12 * SECOND_MS);
      expect(quantile(dials, 0.99)).to.be.at.most(15);
      quiet(circuit);
    }
  });

  it('of which one half hears the other and is not heard, know each other some seconds later', () => {
    for (const size of [2, 20]) {
      for (const way of [0, 1]) {
        const circuit = domainOf(SEED);
        circuit.multicast.deaf = (from, to) => from.index % 2 === way && to.index % 2 !== way;
        const { right_ms, dials } = multicastStorm(circuit, size, 200);
        expect(right_ms).to.be.below(10 * SECOND_MS);
        expect(quantile(dials, 1)).to.be.at.most(15);
      }
    }
  });

  it('one after the other, each knows all and is known by all at once', () => {
    const circuit = domainOf(SEED);
    grown(circuit, 10);
    for (let more = 0; more < 5; more++) {
      const server = circuit.enter();
      expect(circuit.settle(10 * SECOND_MS, 20)).to.be.below(700);
      expect(server.core.counters.dials).to.be.at.most(6);
      circuit.run(20 * SECOND_MS);
    }
  });

  it('with addresses to join of which some are silent, are not held up by those', () => {
    const circuit = domainOf(SEED);
    const silent = [1, 2, 3].map(() => circuit.create());
    for (const { host } of silent) host.up = false;
    grown(circuit, 8);
    circuit.enter(...silent);
    expect(circuit.settle(20 * SECOND_MS)).to.be.below(2 * SECOND_MS);
    expect(circuit.running.map(({ core }) => core.size)).to.deep.equal(new Array<number>(9).fill(9));
  });

  it('and again at their addresses, with the IDs of before in their files and without multicast, become one circuit', () => {
    const circuit = domainOf(SEED);
    const old = grown(circuit, 12);
    for (const server of old) server.kill();
    const heirs = old.map(({ identity }) => circuit.create(identity.address));
    for (const heir of heirs) {
      circuit.events.after(circuit.random.between(0, 500), () => {
        heir.feed({ kind: 'start', seeds: [] });
        for (const { identity } of old) heir.feed({ kind: 'hint', address: identity.address, id: identity.id });
      });
    }
    circuit.run(500);
    expect(circuit.settle(20 * SECOND_MS)).to.be.below(10 * SECOND_MS);
    expect(quantile(heirs.map(({ core }) => core.counters.dials), 1)).to.be.at.most(15); // prettier-ignore
  });

  it('are not kept apart by one who announces silent servers, each of which knows everybody', () => {
    const circuit = domainOf(SEED);
    const silent = [1, 2, 3, 4].map(() => circuit.create());
    for (const { host } of silent) host.up = false;
    const liar = circuit.create();
    const lie = (): void => {
      for (const { identity } of silent) {
        const digest = new Uint8Array(8).fill(circuit.random.below(256));
        circuit.multicast.forge(liar.host, { id: identity.id, address: parseAddress(identity.address), digest, members: MEMBERS_MAX });
      }
      circuit.events.after(200, lie);
    };
    lie();
    liar.running = false;
    const { right_ms } = multicastStorm(circuit, 20, 1000);
    expect(right_ms).to.be.below(30 * SECOND_MS);
    expect(circuit.running.map(({ core }) => core.size)).to.deep.equal(new Array<number>(20).fill(20));
  });
});

describe('two circuits in one multicast domain', () => {
  it('that hear of each other become one within seconds, by a few dials', () => {
    const circuit = domainOf(SEED);
    circuit.multicast.deaf = (from, to) => from.index < 60 !== to.index < 60;
    const halves = [grown(circuit, 60), grown(circuit, 60)];
    circuit.run(60 * SECOND_MS);
    expect(halves.map((half) => half.map(({ core }) => core.size))).to.deep.equal(halves.map(() => new Array<number>(60).fill(60)));
    circuit.multicast.deaf = undefined;
    const before = dialsOf(circuit.servers);
    circuit.enter();
    expect(circuit.settle(60 * SECOND_MS)).to.be.below(8 * SECOND_MS);
    // Some of them change their successors on the ring: two dials a server at most.
    expect(dialsOf(circuit.servers) - before).to.be.at.most(2 * circuit.servers.length);
    quiet(circuit);
  }).timeout(60_000);
});

describe('two circuits that have just formed', () => {
  it('are one as soon as one of each has dialled: nothing is under way between them that would have to be waited for', () => {
    const circuit = new Circuit({ seed: SEED });
    const [first, other] = [circuit.join(), circuit.join()];
    for (let count = 0; count < 3; count++) for (const through of [first, other]) circuit.join(through);
    circuit.run(300);
    expect(circuit.servers.map(({ core }) => core.size)).to.deep.equal(new Array<number>(8).fill(4));
    first.feed({ kind: 'hint', address: other.identity.address });
    expect(circuit.settle(10 * SECOND_MS, 20)).to.be.below(400);
  });
});

describe('a server that is joined while it joins', () => {
  it('tells the one that it joins through of those who have come to it', () => {
    const circuit = new Circuit({ seed: SEED });
    const [first, other] = [circuit.join(), circuit.join()];
    circuit.run(SECOND_MS);
    first.feed({ kind: 'hint', address: other.identity.address });
    circuit.join(first);
    expect(circuit.settle(10 * SECOND_MS, 20)).to.be.below(200);
  });
});

describe('records of a storm', () => {
  it('travel in batches, and are sent in fewer packets so', () => {
    const packetsOf = (floodStorm: number): number => {
      let packets = 0;
      for (let seed = SEED; seed < SEED + 5; seed++) {
        const circuit = new Circuit({ seed, parameters: { floodStorm } });
        multicastStorm(circuit, 80, 800);
        for (const { cost } of circuit.servers) packets += cost.packets;
      }
      return packets;
    };
    expect(packetsOf(DEFAULT_PARAMETERS.floodStorm)).to.be.below(0.95 * packetsOf(Number.MAX_SAFE_INTEGER));
  }).timeout(30_000);

  it('do not hold up the news of a death', () => {
    const circuit = domainOf(SEED);
    grown(circuit, 30);
    for (let entered = 0; entered < 60; entered++) circuit.events.after(circuit.random.between(0, SECOND_MS), () => circuit.enter());
    circuit.run(SECOND_MS / 2);
    const [victim] = circuit.servers;
    const old = circuit.servers.slice(1, 30);
    victim?.kill();
    circuit.run(150);
    expect(new Set(old.map(({ core }) => core.member(victim?.identity.id ?? '')?.state))).to.deep.equal(new Set(['dead']));
  });
});

describe('dials for hints', () => {
  it('are two at most under way at any moment of a storm', () => {
    const circuit = domainOf(SEED, 0.1);
    for (let entered = 0; entered < 40; entered++) circuit.events.after(circuit.random.between(0, 500), () => circuit.enter());
    let most = 0;
    const look = (): void => {
      for (const { core } of circuit.servers) most = Math.max(most, core.state.hinted);
      if (circuit.events.now_ms < 8 * SECOND_MS) circuit.events.after(1, look);
    };
    look();
    circuit.run(8 * SECOND_MS);
    expect(most).to.be.within(1, MEMBERSHIP_HINT_DIALS_MAX);
    expect(total(circuit, 'evictions')).to.be.below(40 * 3);
  });
});
