/**
 * Who dials whom for what discovery found, and when: one membership, virtual time, and a network that answers as the test says.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { DISCOVERY_HINTS_PENDING_MAX, MEMBERSHIP_HINT_DIALS_MAX, MEMBERS_MAX } from '../../../src/base/limits.js';
import { encodeNote } from '../../../src/cluster/membership/codec.js';
import { Membership } from '../../../src/cluster/membership/membership.js';
import { DEFAULT_PARAMETERS } from '../../../src/cluster/membership/parameters.js';
import type { Dial, Effects, Hint, MembershipEvent } from '../../../src/cluster/membership/protocol.js';
import { LEFT, versionOf } from '../../../src/cluster/membership/record.js';
import { dialsFirst } from '../../../src/cluster/membership/turns.js';
import type { DialFailure } from '../../../src/wire/transport/connection.js';

const { hintTurn_ms, hintNews_ms, hintCompare_ms, hintPause_ms, joinPatience_ms, join_ms } = DEFAULT_PARAMETERS;
/** In the middle, so that others are above and below. */
const SELF = 500;

const idOf = (number: number): string => `X${number.toString(16).padStart(16, '0')}`;
const addressOf = (number: number): string => `10.0.${number >> 8}.${number & 255}:1`;
const identityOf = (number: number) => ({ id: idOf(number), address: addressOf(number), host: `h${number}`, joined_ms: 1 });
const hintOf = (number: number, members: number | undefined, digest = 9): Hint => ({
  address: addressOf(number),
  id: idOf(number),
  digest: new Uint8Array(8).fill(digest),
  members,
});

/** What a server says in a hello. */
function noteOf(number: number, state = 0): unknown {
  const self = { id: idOf(number), version: versionOf(1, state), identity: identityOf(number) };
  const digest = { low: 0, high: 0 };
  return encodeNote({ self, you: 0, digest, members: 1, links: 0, needed: false, snapshot: false, linked: false, sample: [] });
}

interface Timed {
  readonly at_ms: number;
  readonly address: string;
}

/** A server among others, whose dials are answered as `answer` says; undefined: never. */
class Server implements Effects {
  readonly core: Membership;
  readonly dials: Timed[] = [];
  answer: (address: string) => DialFailure | undefined;
  now_ms = 0;
  #wake_ms = Infinity;
  #token = 0;
  readonly #answers: (() => void)[] = [];
  /** Dials of strangers under way, and the most there ever were. */
  readonly #underWay = new Set<number>();
  most = 0;
  /** Dials to the member 9,000 so far. */
  member = 0;
  readonly #links: number[] = [];

  constructor(
    seeds: readonly string[] = [],
    seed = 1,
    answer: (address: string) => DialFailure | undefined = () => 'refused',
    slowdown = 1,
  ) {
    this.answer = answer;
    this.core = new Membership({ identity: identityOf(SELF), effects: this, seed, slowdown: () => slowdown });
    this.core.step(0, { kind: 'start', seeds });
    this.#settle();
  }

  /** So many others become members. */
  meet(count: number, from = 1_000): this {
    for (let number = from; number < from + count; number++) this.greet(number);
    return this;
  }

  greet(number: number, state = 0): void {
    this.core.step(this.now_ms, {
      kind: 'accepted',
      token: ++this.#token,
      id: idOf(number),
      purpose: 'probe',
      note: noteOf(number, state),
    });
    this.#settle();
  }

  /** That one becomes a member, and a neighbour. */
  link(number: number): void {
    this.#links.push(++this.#token);
    this.core.step(this.now_ms, { kind: 'accepted', token: this.#token, id: idOf(number), purpose: 'link', note: noteOf(number) });
    this.#settle();
  }

  /** All neighbours are heard. */
  beat(): this {
    const { digest } = this.core.state.view;
    for (const token of this.#links)
      this.core.step(this.now_ms, { kind: 'message', token, message: { kind: 'ping', digest, needed: false, links: 5 } });
    return this;
  }

  hear(hint: Hint): this {
    this.core.step(this.now_ms, { kind: 'hint', ...hint });
    this.#settle();
    return this;
  }

  run(span_ms: number): this {
    const end_ms = this.now_ms + span_ms;
    while (this.#wake_ms <= end_ms) {
      this.now_ms = Math.max(this.now_ms, this.#wake_ms);
      this.#wake_ms = Infinity;
      this.core.step(this.now_ms, { kind: 'timer' });
      this.#settle();
    }
    this.now_ms = end_ms;
    return this;
  }

  /** When it dialled that one. */
  dialled(number: number): readonly number[] {
    return this.dials.filter(({ address }) => address === addressOf(number)).map(({ at_ms }) => at_ms);
  }

  dial({ token, address, id }: Dial): void {
    const isStranger = id === undefined || this.core.member(id) === undefined;
    const failure = isStranger ? this.answer(address) : 'rejected';
    if (address === addressOf(9_000)) this.member++;
    if (isStranger) {
      this.dials.push({ at_ms: this.now_ms, address });
      this.#underWay.add(token);
      this.most = Math.max(this.most, this.#underWay.size);
    }
    if (failure !== undefined) {
      this.#answers.push(() => {
        this.#underWay.delete(token);
        this.core.step(this.now_ms, { kind: 'failed', token, failure });
      });
    }
  }

  timer(at_ms: number): void {
    this.#wake_ms = at_ms;
  }

  close(token: number): void {
    this.#underWay.delete(token);
  }

  accept(): void {
    // It is a member then.
  }

  refuse(): void {
    // Nobody waits for it.
  }

  send(): void {
    // Nobody hears it.
  }

  report(_event: MembershipEvent): void {
    // The view says it.
  }

  #settle(): void {
    for (let answer = this.#answers.shift(); answer !== undefined; answer = this.#answers.shift()) answer();
  }
}

describe('of two servers that do not know each other', () => {
  it('exactly one dials first: the one that knows fewer members, or the one with the lower ID', () => {
    const party = fc.record({ id: fc.nat(20).map(idOf), members: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(party, party, (a, b) => {
        fc.pre(a.id !== b.id);
        expect(dialsFirst(a, b)).to.equal(!dialsFirst(b, a));
        if (a.members < b.members || (a.members === b.members && a.id < b.id)) expect(dialsFirst(a, b)).to.equal(true);
      }),
    );
  });

  it('both dial if one does not say how many it knows, or who it is', () => {
    expect(dialsFirst({ id: idOf(2), members: 9 }, { id: idOf(1), members: undefined })).to.equal(true);
    expect(dialsFirst({ id: idOf(2), members: 9 }, { id: undefined, members: undefined })).to.equal(true);
  });

  it('that are alone the lower ID dials at once, the other after 3 s', () => {
    const server = new Server()
      .hear(hintOf(SELF + 1, 1))
      .hear(hintOf(SELF - 1, 1))
      .run(10_000);
    expect(server.dialled(SELF + 1)).to.deep.equal([0]);
    expect(server.dialled(SELF - 1)).to.deep.equal([hintTurn_ms]);
  });

  it('one that is alone dials one that is not, at once, whatever their IDs', () => {
    for (const other of [SELF - 1, SELF + 1]) expect(new Server().hear(hintOf(other, 2)).dialled(other)).to.deep.equal([0]);
  });

  it('the one that knows more waits for 3 s, and does not dial if the other came meanwhile', () => {
    for (const comes of [false, true]) {
      const server = new Server()
        .meet(9)
        .hear(hintOf(1, 1))
        .run(hintTurn_ms - 1);
      expect(server.dialled(1)).to.deep.equal([]);
      if (comes) server.greet(1);
      const [at_ms = Infinity] = server.run(10_000).dialled(1);
      if (comes) expect(at_ms).to.equal(Infinity);
      else expect(at_ms).to.be.within(hintTurn_ms, hintTurn_ms + 100);
    }
  });

  it('the one that knows fewer, but is not alone, gives the news of it a second, and dials after a random lag', () => {
    const times = Array.from({ length: 100 }, (_, seed) => new Server([], seed).meet(99).hear(hintOf(1, 101)).run(10_000).dialled(1)[0] ?? Infinity); // prettier-ignore
    expect(Math.min(...times)).to.be.within(hintNews_ms, hintNews_ms + 100);
    expect(Math.max(...times)).to.be.within(hintNews_ms + 900, hintNews_ms + 1_000);
  });

  it('the one that has just joined others gives the news a second, too', () => {
    const server = new Server().hear(hintOf(1, 1)).run(hintTurn_ms - 500);
    server.meet(4);
    server.hear(hintOf(1, 9));
    const [at_ms = Infinity] = server.run(10_000).dialled(1);
    expect(at_ms).to.be.within(hintTurn_ms - 500 + hintNews_ms, hintTurn_ms - 500 + hintNews_ms + 50);
  });

  it('one that is only an address is dialled at once', () => {
    expect(new Server().hear({ address: addressOf(1) }).dialled(1)).to.deep.equal([0]);
    expect(
      new Server()
        .meet(2)
        .hear({ address: addressOf(1) })
        .run(30)
        .dialled(1),
    ).to.have.length(1);
  });

  it('one that has left is not dialled, nor is this server itself', () => {
    const server = new Server()
      .meet(3)
      .hear(hintOf(SELF, 9))
      .hear({ address: addressOf(SELF) });
    server.core.step(0, { kind: 'accepted', token: 99, id: idOf(1), purpose: 'link', note: noteOf(1) });
    const rumors = [{ id: idOf(1), version: versionOf(1, LEFT) }];
    server.core.step(0, { kind: 'message', token: 99, message: { kind: 'rumors', rumors, compared: false } });
    expect(server.core.member(idOf(1))?.state).to.equal('left');
    server.hear(hintOf(1, 99)).run(20_000);
    expect([...server.dialled(1), ...server.dialled(SELF)]).to.deep.equal([]);
  });
});

describe('a server that is alone', () => {
  it('dials one address at a time, and after each looks again at what it knows by then', () => {
    const server = new Server();
    server.answer = () => undefined;
    for (let number = 1; number < 100; number++) server.hear(hintOf(number, 50));
    expect(server.run(joinPatience_ms - 1).dials).to.have.length(1);
    const met = new Server();
    for (let number = 1; number < 100; number++) met.hear(hintOf(number, 50));
    for (let number = 1; number < 100; number++) met.greet(number);
    expect(met.run(60_000).dials).to.have.length(1);
  });

  it('goes on after a second when one does not answer, with two dials at most, until somebody does', () => {
    const server = new Server();
    server.answer = (address) => (address === addressOf(3) ? 'refused' : undefined);
    for (const number of [1, 2, 3]) server.hear(hintOf(number, 50));
    const times = server.run(20_000).dials.map(({ at_ms }) => at_ms);
    expect(times).to.have.length(3);
    expect(times[1]).to.be.at.most(joinPatience_ms);
    expect(times[2]).to.be.at.most(join_ms);
    expect(server.most).to.equal(MEMBERSHIP_HINT_DIALS_MAX);
  });

  it('goes on later when it waits for a processor most of the time, as the other may, and does not give up before', () => {
    const server = new Server([], 1, () => undefined, 4);
    for (const number of [1, 2, 3]) server.hear(hintOf(number, 50));
    expect(server.run(4 * joinPatience_ms - 1).dials).to.have.length(1);
    expect(server.run(1).dials).to.have.length(2);
    expect(server.run(4 * (join_ms - joinPatience_ms) - 1).dials).to.have.length(2);
    expect(server.run(1).dials).to.have.length(3);
  });

  it('with addresses to join, of which the first is silent, takes what discovery finds after a second', () => {
    const server = new Server([addressOf(1), addressOf(2)], 1, () => undefined);
    server.hear(hintOf(3, 50));
    expect(server.dials.map(({ address }) => address)).to.deep.equal([addressOf(1)]);
    server.run(joinPatience_ms);
    expect(server.dials).to.have.length(2);
    expect(server.run(join_ms).dialled(3)).to.have.length(1);
  });

  it('is not kept from joining by one who says that it knows everybody, or makes up servers', () => {
    for (let seed = 0; seed < 20; seed++) {
      const server = new Server([], seed);
      const honest = hintOf(2_000, 3);
      server.answer = (address) => (address === honest.address ? 'refused' : undefined);
      for (let round = 0; round < 60 && server.dialled(2_000).length === 0; round++) {
        server.hear(honest);
        for (let number = 1; number <= 4; number++) server.hear(hintOf(number, MEMBERS_MAX));
        server.run(1_000);
      }
      expect(server.now_ms).to.be.at.most(30_000);
    }
  });
});

describe('hints', () => {
  it('cause two dials at most at a time, however long those take', () => {
    const server = new Server().meet(20);
    server.answer = () => undefined;
    for (let round = 0; round < 60; round++) {
      for (let number = 1; number < 100; number++) server.hear(hintOf(number, 500));
      server.run(1_000);
    }
    expect(server.most).to.equal(MEMBERSHIP_HINT_DIALS_MAX);
    expect(server.dials.length).to.be.within(2, 100);
  });

  it('about a member whose view differs cause a dial only after 10 s, in which neither view has changed', () => {
    const seconds = (server: Server, count: number): number => {
      const before = server.member;
      for (let second = 0; second < count; second++) server.hear(hintOf(9_000, 2)).beat().run(1_000);
      return server.member - before;
    };
    const settled = (): Server => {
      const server = new Server().meet(1, 9_000);
      for (let number = 1_000; number < 1_005; number++) server.link(number);
      return server;
    };
    const server = settled();
    expect(seconds(server, hintCompare_ms / 1000)).to.equal(0);
    expect(seconds(server, 2)).to.equal(1);
    const changing = settled();
    expect(seconds(changing, 9)).to.equal(0);
    changing.greet(9_001);
    expect(seconds(changing, 9)).to.equal(0);
    const agreeing = settled();
    expect(seconds(agreeing, 9)).to.equal(0);
    agreeing.hear({ ...hintOf(9_000, 2), digest: agreeing.core.digest });
    expect(seconds(agreeing, 9)).to.equal(0);
  });

  it('lead to one dial of an address in 10 s and 10 dials in any second, whatever comes in', () => {
    const heard = fc.record({ number: fc.nat(30), after_ms: fc.nat(200), members: fc.nat(3), move: fc.boolean(), meets: fc.boolean() });
    fc.assert(
      fc.property(fc.array(heard, { maxLength: 300 }), fc.nat(), (all, seed) => {
        const server = new Server([], seed);
        for (const { number, after_ms, members, move, meets } of all) {
          server.run(after_ms);
          if (meets && number > 25) server.greet(number + 1_000);
          server.hear({ ...hintOf(number, members === 0 ? undefined : members), address: addressOf(move ? 31 : number) });
        }
        server.run(30_000);
        const last = new Map<string, number>();
        for (const [index, { address, at_ms }] of server.dials.entries()) {
          // An address that does not announce itself is tried again as a seed, too.
          if (all.every(({ members }) => members > 0)) expect(at_ms - (last.get(address) ?? -Infinity)).to.be.at.least(hintPause_ms);
          expect(at_ms - (server.dials[index - 20]?.at_ms ?? -Infinity)).to.be.at.least(1_000);
          last.set(address, at_ms);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('beyond those that may wait are forgotten', () => {
    const server = new Server().meet(2);
    for (let number = 2_000; number < 2_000 + 2 * DISCOVERY_HINTS_PENDING_MAX; number++) server.hear(hintOf(number, 50));
    server.run(600_000);
    expect(server.dials).to.have.length(DISCOVERY_HINTS_PENDING_MAX);
  });
});
