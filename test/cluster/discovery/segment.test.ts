import { expect } from 'chai';
import {
  DISCOVERY_ANSWERS_PER_SECOND,
  DISCOVERY_DATAGRAMS_MAX_PER_SECOND,
  DISCOVERY_DATAGRAMS_PER_SECOND,
  DISCOVERY_SOURCES_MAX,
} from '../../../src/base/limits.js';
import { decode, encodeAnnouncement, encodeQuestion } from '../../../src/cluster/discovery/announcement.js';
import type { Standing } from '../../../src/cluster/discovery/hint.js';
import type { LocalInterface } from '../../../src/cluster/discovery/interfaces.js';
import { Segment } from '../../../src/cluster/discovery/segment.js';
import { digestOf, ETHERNET, idOf, keyOf, keysOf, LOOPBACK, randomFrom } from './fixture.js';

const nonceOf = (number: number): string => number.toString(16).padStart(16, '0');

/** A server on one network; the clock is the test's. */
class Server {
  standing: Standing = 'alive';
  digest = 1;
  members = 3;
  slowdown = 1;
  readonly segment: Segment;

  constructor(number: number, host = '10.0.0.1', local: LocalInterface = ETHERNET) {
    const speaker = {
      self: () => ({ id: idOf(number), address: { host, port: 11_022 } }),
      digest: () => digestOf(this.digest),
      members: () => this.members,
      slowdown: () => this.slowdown,
      keys: () => keysOf('ours'),
      known: () => this.standing,
    };
    this.segment = new Segment(local, speaker, randomFrom(number), 0);
  }

  /** What it sends until then, undisturbed. */
  run(to_ms: number): readonly Buffer[] {
    const sent: Buffer[] = [];
    for (let at_ms = this.segment.wake_ms; at_ms <= to_ms; at_ms = this.segment.wake_ms) sent.push(...this.segment.step(at_ms));
    return sent;
  }

  /** Of that, the answers. */
  answers(to_ms: number): readonly Buffer[] {
    return this.run(to_ms).filter((datagram) => {
      const message = decode(datagram);
      return message?.type === 'announcement' && message.nonce !== undefined;
    });
  }
}

/** What another server says. */
function announcement(number: number, digest = 1, nonce?: string): Buffer {
  const address = { host: '10.0.0.2', port: 11_022 };
  return encodeAnnouncement({ id: idOf(number), address, digest: digestOf(digest) }, keyOf('ours'), nonce);
}

function question(number: number): Buffer {
  return encodeQuestion(nonceOf(number), keyOf('ours'));
}

describe('a server on a network', () => {
  const first = (server: Server): unknown => decode(server.run(1_000)[0] ?? Buffer.alloc(0));

  it('announces itself', () => {
    const message = first(new Server(1));
    expect(message).to.have.nested.property('announcement.id', idOf(1));
    expect(message).to.have.deep.nested.property('announcement.address', { host: '10.0.0.1', port: 11_022 });
    expect(message).to.have.nested.property('announcement.members', 3);
  });

  it('asks and announces itself at the start, so that of two that start at once each hears of the other', () => {
    const [question, announcement] = new Server(1).segment.greeting(nonceOf(1)).map(decode);
    expect(question).to.deep.equal({ type: 'question', nonce: nonceOf(1) });
    expect(announcement).to.have.nested.property('announcement.id', idOf(1));
  });

  it('names the address of the interface if it listens on all of them', () => {
    expect(first(new Server(1, '0.0.0.0'))).to.have.nested.property('announcement.address.host', '10.0.0.1');
  });

  it('keeps a loopback address from other machines, and does not take one from them', () => {
    const local = new Server(1, '127.0.0.1');
    local.segment.hear(question(1), '10.0.0.9', 0);
    expect(local.run(60_000)).to.deep.equal([]);
    expect(new Server(1, '127.0.0.1', LOOPBACK).run(60_000)).not.to.deep.equal([]);
    const self = { id: idOf(2), address: { host: '127.0.0.1', port: 1 }, digest: digestOf(1) };
    expect(new Server(1).segment.hear(encodeAnnouncement(self, keyOf('ours')), '10.0.0.9', 0)).to.deep.equal({ kind: 'nothing' });
  });

  it('is rare where all agree, and frequent again when one differs, is new, is dead, or its own view changes', () => {
    const hears = (server: Server, standing: Standing, digest = 1): void => {
      server.standing = standing;
      server.segment.hear(announcement(2, digest), '10.0.0.9', 600_000);
    };
    const causes: readonly ((server: Server) => void)[] = [
      (server) => hears(server, 'alive', 9),
      (server) => hears(server, 'unknown'),
      (server) => hears(server, 'dead'),
      (server) => server.segment.changed(600_000),
    ];
    for (const cause of causes) {
      const server = new Server(1);
      server.run(600_000);
      cause(server);
      expect(server.segment.wake_ms).to.be.within(600_500, 601_000);
    }
    const quiet = new Server(1);
    quiet.run(600_000);
    const wake_ms = quiet.segment.wake_ms;
    hears(quiet, 'alive');
    expect(quiet.segment.wake_ms).to.equal(wake_ms);
  });

  it('leaves it to two others who say the same', () => {
    const server = new Server(1);
    for (const number of [2, 3]) server.segment.hear(announcement(number), '10.0.0.9', 0);
    expect(server.run(1_000)).to.deep.equal([]);
  });

  it('ignores its own voice, and those who have left', () => {
    const server = new Server(1);
    expect(server.segment.hear(announcement(1), '10.0.0.9', 0)).to.deep.equal({ kind: 'nothing' });
    server.standing = 'left';
    expect(server.segment.hear(announcement(2), '10.0.0.9', 0)).to.deep.equal({ kind: 'nothing' });
  });
});

describe('a question', () => {
  it('is answered within 100 ms, once, not longer than it is, and not when it is replayed', () => {
    const server = new Server(1);
    server.segment.hear(question(1), '10.0.0.9', 0);
    server.segment.hear(question(1), '10.0.0.9', 0);
    const answers = server.answers(100);
    expect(answers).to.have.length(1);
    expect(answers[0]?.length).to.be.at.most(question(1).length);
    server.segment.hear(question(1), '10.0.0.9', 200);
    expect(server.answers(300)).to.deep.equal([]);
  });

  it('is answered later on a host where programs wait for a processor, so that others are heard before', () => {
    const late = Array.from({ length: 50 }, (_, number) => {
      const server = new Server(number + 1);
      server.slowdown = 8;
      server.segment.hear(question(1), '10.0.0.9', 0);
      return [server.answers(100), server.answers(800)].map(({ length }) => length);
    });
    const [soon = 0, then = 0] = [0, 1].map((when) => late.reduce((sum, counts) => sum + (counts[when] ?? 0), 0));
    expect(soon + then).to.equal(50);
    expect(soon).to.be.below(20);
  });

  it('is not answered if somebody else was faster, but is if that was the answer to another one', () => {
    const server = new Server(1);
    server.segment.hear(question(1), '10.0.0.9', 0);
    server.segment.hear(announcement(2, 1, nonceOf(1)), '10.0.0.9', 1);
    expect(server.answers(200)).to.deep.equal([]);
    server.segment.hear(question(3), '10.0.0.9', 200);
    server.segment.hear(announcement(2, 1, nonceOf(1)), '10.0.0.9', 201);
    expect(server.answers(400)).to.have.length(1);
  });

  it('without the key of the circuit is not answered', () => {
    const server = new Server(1);
    const forged = encodeQuestion(nonceOf(1), { ...keyOf('theirs'), identity: keyOf('ours').identity });
    const other = encodeQuestion(nonceOf(2), keyOf('theirs'));
    expect(server.segment.hear(forged, '10.0.0.9', 0)).to.deep.equal({ kind: 'forged' });
    expect(server.segment.hear(other, '10.0.0.9', 0)).to.deep.equal({ kind: 'other', identity: keyOf('theirs').identity });
    expect(server.segment.hear(Buffer.from('who is there?'), '10.0.0.9', 0)).to.deep.equal({ kind: 'nothing' });
    expect(server.answers(400)).to.deep.equal([]);
  });

  it('is one of ten that are answered in a second', () => {
    const server = new Server(1);
    const sent: Buffer[] = [];
    for (let number = 0; number < 150; number++) {
      server.segment.hear(question(number), '10.0.0.9', number * 6);
      sent.push(...server.answers(number * 6));
    }
    expect(sent).to.have.length(DISCOVERY_ANSWERS_PER_SECOND);
  });
});

describe('a flood', () => {
  const kindsOf = (server: Server, datagrams: readonly Buffer[], source = '10.0.0.9'): readonly string[] =>
    datagrams.map((datagram, number) => server.segment.hear(datagram, source, number / 20).kind);

  it('is looked at up to 200 datagrams a second, of each source', () => {
    const server = new Server(1);
    const kinds = kindsOf(server, new Array<Buffer>(1_000).fill(announcement(2, 2)));
    expect(kinds.filter((kind) => kind === 'hint')).to.have.length(DISCOVERY_DATAGRAMS_PER_SECOND);
    expect(kinds.filter((kind) => kind === 'flood')).to.have.length(1_000 - DISCOVERY_DATAGRAMS_PER_SECOND);
    expect(server.segment.hear(announcement(3, 2), '10.0.0.3', 500).kind).to.equal('hint');
  });

  it('is looked at up to 20 datagrams a second for each member that the server knows, since all may speak from one address', () => {
    for (const [members, budget] of [
      [10, 200],
      [11, 220],
      [30, 600],
      [60_000, DISCOVERY_DATAGRAMS_MAX_PER_SECOND],
    ] as const) {
      const server = new Server(1);
      server.members = members;
      const kinds = Array.from({ length: 2 * budget }, () => server.segment.hear(announcement(2, 2), '10.0.0.9', 0).kind);
      expect(kinds.filter((kind) => kind === 'hint')).to.have.length(budget);
    }
  }).timeout(20_000);

  it('of 8,000 junk datagrams a second silences nobody, not even the one that they come from', () => {
    const server = new Server(1);
    for (let number = 0; number < 8_000; number++) server.segment.hear(Buffer.alloc(number % 1_024, number), '10.0.0.9', number / 8);
    for (const source of ['10.0.0.9', '10.0.0.3']) expect(server.segment.hear(announcement(2, 2), source, 999).kind).to.equal('hint');
  });

  it('from more sources than are counted each is limited, and what they had is free again in the next second', () => {
    const server = new Server(1);
    const hear = (number: number, now_ms: number): string =>
      server.segment.hear(announcement(2, 2), `10.0.${number >> 8}.${number & 255}`, now_ms).kind;
    const kinds = Array.from({ length: 1_000 }, (_, number) => hear(number, 0));
    expect(kinds.filter((kind) => kind === 'hint')).to.have.length(DISCOVERY_SOURCES_MAX + DISCOVERY_DATAGRAMS_PER_SECOND);
    expect(hear(999, 1_000)).to.equal('hint');
  });
});
