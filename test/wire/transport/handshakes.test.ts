import { expect } from 'chai';
import fc from 'fast-check';
import { COMPLAINTS_MAX, HANDSHAKES_MAX, HANDSHAKES_PER_SOURCE_MAX } from '../../../src/base/limits.js';
import { complainTo } from '../../../src/wire/transport/rate-limited-log.js';
import { Handshakes, type Stage } from '../../../src/wire/transport/handshakes.js';
import { LogSuppression } from '../../../src/base/log-suppression.js';
import { holderOf, sourceOf } from '../../../src/wire/transport/source.js';

interface One {
  readonly name: string;
  readonly source: string;
  stage: Stage;
}

const one = (name: string, source: string, stage: Stage = 0): One => ({ name, source, stage });

describe('handshakes under way', () => {
  let handshakes: Handshakes<One>;
  const add = (item: One): One | undefined => handshakes.add(item, item.source);
  beforeEach(() => {
    handshakes = new Handshakes<One>(({ stage }) => stage);
  });

  it('are taken in while there is room, and make room when they end', () => {
    const all = Array.from({ length: HANDSHAKES_PER_SOURCE_MAX }, (_, i) => one(`${i}`, 'here'));
    for (const each of all) expect(add(each)).to.equal(undefined);
    for (const each of all) handshakes.remove(each);
    expect(handshakes.size).to.equal(0);
    for (const each of all) expect(add(each)).to.equal(undefined);
  });

  it('give way to a new one from the same address: the silent first, the oldest first', () => {
    const [speaker, silent] = [one('speaker', 'here', 1), one('silent', 'here')];
    add(speaker);
    add(silent);
    for (let i = 2; i < HANDSHAKES_PER_SOURCE_MAX; i++) add(one(`${i}`, 'here'));
    expect(add(one('new', 'here'))).to.equal(silent);
    expect(add(one('newer', 'here'))).to.have.property('name', '2');
  });

  it('are refused themselves when all others are further', () => {
    for (let i = 0; i < HANDSHAKES_PER_SOURCE_MAX; i++) add(one(`${i}`, 'here', 2));
    const late = one('late', 'here');
    expect(add(late)).to.equal(late);
  });

  it('make the busiest address pay when there are too many in all', () => {
    for (let i = 0; i < HANDSHAKES_MAX - 63; i++) add(one(`${i}`, `10.0.0.${i}`));
    for (let i = 0; i < 63; i++) add(one(`busy ${i}`, 'busy'));
    expect(add(one('right one', '10.1.0.1'))).to.have.property('name', 'busy 0');
  });

  it('never exceed their bounds, and what has gone is forgotten', () => {
    const step = fc.record({ source: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), stage: fc.constantFrom(0, 1, 2), leave: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 400, maxLength: 600 }), (steps) => {
        const all = new Handshakes<One>(({ stage }) => stage);
        const here = new Set<One>();
        for (const { source, stage, leave } of steps) {
          const each = one('', source, stage);
          here.add(each);
          const victim = all.add(each, source);
          if (victim !== undefined) here.delete(victim);
          const [first] = here;
          if (leave === 0 && first !== undefined && here.delete(first)) all.remove(first);
          expect(all.size).to.equal(here.size);
          expect(here.size).to.be.at.most(HANDSHAKES_MAX);
          expect([...here].filter((item) => item.source === source).length).to.be.at.most(HANDSHAKES_PER_SOURCE_MAX);
        }
        for (const each of here) all.remove(each);
        expect(all.size).to.equal(0);
      }),
      { numRuns: 10 },
    );
  });
});

describe('the source of a connection', () => {
  it('is an IPv4 address, however it is written', () => {
    expect([sourceOf('10.0.0.1'), sourceOf('::ffff:10.0.0.1')]).to.deep.equal(['10.0.0.1', '10.0.0.1']);
  });

  it('is the /64 of an IPv6 address, of which one host may have all', () => {
    expect(sourceOf('2001:db8:1:2:3:4:5:6')).to.equal('2001:db8:1:2::/64');
    expect(sourceOf('2001:db8:1:2::9')).to.equal('2001:db8:1:2::/64');
    expect(sourceOf('2001:db8::9')).to.equal('2001:db8:0:0::/64');
    expect(sourceOf('fe80::1%eth0')).to.equal('fe80:0:0:0::/64');
    expect(sourceOf('::1')).to.equal('0:0:0:0::/64');
  });

  it('has its share of what all have together, and so has this host, by whichever of its loopback addresses', () => {
    const loopback = ['127.0.0.1', '127.255.3.4', '::ffff:127.0.0.2', '::1'].map(holderOf);
    expect(new Set(loopback)).to.deep.equal(new Set(['this host']));
    expect(['10.0.0.1', '2001:db8::9'].map(holderOf)).to.deep.equal(['10.0.0.1', '2001:db8:0:0::/64']);
  });
});

describe('what is said once a while', () => {
  it('is said at once, then counted for a minute', () => {
    const once = new LogSuppression();
    expect(once.ask('rain', 0)).to.equal(0);
    expect([once.ask('rain', 1), once.ask('rain', 59_999)]).to.deep.equal([undefined, undefined]);
    expect(once.ask('snow', 59_999)).to.equal(0);
    expect(once.ask('rain', 60_000)).to.equal(2);
    expect(once.ask('rain', 120_000)).to.equal(0);
  });

  it('is one thing together when there is too much to tell apart', () => {
    const once = new LogSuppression();
    for (let i = 0; i < COMPLAINTS_MAX; i++) once.ask(`${i}`, 0);
    expect([once.ask('new', 1), once.ask('newer', 1), once.ask('0', 1)]).to.deep.equal([0, undefined, undefined]);
    expect(once.ask('newest', 70_000)).to.equal(0);
  });

  it('tells with the others what was counted of those that it forgets', () => {
    const once = new LogSuppression(2);
    for (const what of ['a', 'a', 'a', 'b', 'b']) once.ask(what, 0);
    expect([once.ask('c', 70_000), once.ask('d', 70_000), once.ask('e', 70_000)]).to.deep.equal([0, 3, undefined]);
  });

  it('reaches the log on one line, with what peers say made harmless', () => {
    const lines: string[] = [];
    const complain = complainTo((_level, line) => lines.push(line));
    complain('10.0.0.1', 'noise\n\u001b[31m', '10.0.0.1:9');
    complain('10.0.0.1', 'noise\n\u001b[31m', '10.0.0.1:10');
    complain('10.0.0.1', 'noise\n\u001b[31m: of another sort', '10.0.0.1:11');
    complain('10.0.0.2', 'silence', '10.0.0.2:9');
    expect(lines).to.deep.equal([String.raw`connection with 10.0.0.1:9: noise\012\033[31m`, 'connection with 10.0.0.2:9: silence']);
  });
});
