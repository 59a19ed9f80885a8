import { expect } from 'chai';
import fc from 'fast-check';
import type { ByteReader } from '../../../src/base/bytes.js';
import { EventQueue } from '../../../src/element/subscription/event-queue.js';
import { Receiver } from '../../../src/stream/receiver.js';
import { codeOf, outcome } from '../channel/fixture.js';

const open = (queue: EventQueue, unacked = false, nonblocking = true): ByteReader =>
  new Receiver(queue.messages, { uid: 0, gid: 0, pid: 1 }, { nonblocking, unacked });

/** The next event; undefined if there is none. */
function next(queue: EventQueue): string | undefined {
  const reader = open(queue);
  try {
    return Buffer.from(reader.read(100) as Uint8Array)
      .toString()
      .slice(1, -1);
  } catch {
    return undefined;
  } finally {
    reader.close();
  }
}

function all(queue: EventQueue): string[] {
  const events: string[] = [];
  for (let event = next(queue); event !== undefined; event = next(queue)) events.push(event);
  return events;
}

describe('the events of a subscription', () => {
  it('are received in the order in which they came, each once', () => {
    const queue = new EventQueue();
    for (const server of ['Xa', 'Xb', 'Xc']) queue.happened(server);
    expect(queue.pending).to.equal(3);
    expect(all(queue)).to.deep.equal(['Xa', 'Xb', 'Xc']);
    expect(queue.pending).to.equal(0);
  });

  it('are forgotten when they are undone before anybody received them, and only then', () => {
    const queue = new EventQueue();
    for (const server of ['Xa', 'Xb', 'Xc']) queue.happened(server);
    expect(next(queue)).to.equal('Xa');
    for (const server of ['Xa', 'Xb']) queue.undone(server);
    queue.happened('Xa');
    expect(all(queue)).to.deep.equal(['Xc', 'Xa']);
  });

  it('are the next ones again when a distant receiver did not get them, unless they were undone meanwhile', async () => {
    const queue = new EventQueue();
    for (const server of ['Xa', 'Xb']) queue.happened(server);
    const [first, second] = [open(queue, true), open(queue, true)];
    expect([await outcome(first.read(100)), await outcome(second.read(100))]).to.deep.equal(['/Xa\n', '/Xb\n']);
    expect(queue.pending).to.equal(2);
    queue.undone('Xa');
    second.close();
    first.close();
    expect(all(queue)).to.deep.equal(['Xb']);
  });

  it('end for receivers that wait when the last one is undone on its way, and does not come back', async () => {
    const queue = new EventQueue();
    queue.happened('Xa');
    const lost = open(queue, true);
    expect(await outcome(lost.read(100))).to.equal('/Xa\n');
    queue.undone('Xa');
    queue.messages.close();
    const waiting = outcome(open(queue, false, false).read(100));
    lost.close();
    expect(await waiting).to.equal('ENODATA');
  });

  it('give way to newer ones above the bound, the oldest first, and are counted', () => {
    const queue = new EventQueue(3);
    for (const server of ['Xa', 'Xb', 'Xc', 'Xd', 'Xe']) queue.happened(server);
    expect(queue).to.include({ pending: 3, dropped: 2 });
    expect(all(queue)).to.deep.equal(['Xc', 'Xd', 'Xe']);
  });

  it('are all gone when the subscription is scrubbed', () => {
    const queue = new EventQueue();
    queue.happened('Xa');
    queue.messages.scrub();
    expect(codeOf(() => open(queue).read(1))).to.equal('EIDRM');
  });

  it('are exactly what a list would hold, whatever happens in whatever order', () => {
    const step = fc.record({
      server: fc.integer({ min: 0, max: 7 }),
      does: fc.constantFrom('happen', 'happen', 'undo', 'receive', 'deliver', 'ack', 'requeue'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new EventQueue(5);
        /** Undelivered, in order; apart from the unacknowledged. */
        let waiting: string[] = [];
        const unacked: { reader: ByteReader; server: string | undefined }[] = [];
        let dropped = 0;
        const isPending = (server: string): boolean => waiting.includes(server) || unacked.some((given) => given.server === server);
        for (const { server: number, does } of steps) {
          const server = `X${number}`;
          if (does === 'happen') {
            queue.happened(server);
            if (!isPending(server)) {
              if (waiting.length + unacked.filter((given) => given.server !== undefined).length >= 5 && waiting.shift() !== undefined)
                dropped++;
              waiting.push(server);
            }
          } else if (does === 'undo') {
            queue.undone(server);
            waiting = waiting.filter((other) => other !== server);
            for (const given of unacked) if (given.server === server) given.server = undefined;
          } else if (does === 'receive') {
            expect(next(queue)).to.equal(waiting.shift());
          } else if (does === 'deliver') {
            if (waiting.length === 0) continue;
            const reader = open(queue, true);
            expect(Buffer.from(reader.read(100) as Uint8Array).toString()).to.equal(`/${waiting[0] ?? ''}\n`);
            unacked.push({ reader, server: waiting.shift() });
          } else {
            const given = unacked.pop();
            if (given === undefined) continue;
            if (does === 'ack') given.reader.ack(1);
            else if (given.server !== undefined) waiting.unshift(given.server);
            given.reader.close();
          }
          expect(queue).to.include({ pending: waiting.length + unacked.filter((given) => given.server !== undefined).length, dropped });
        }
        for (const { reader } of unacked) reader.ack(1);
        expect(all(queue)).to.deep.equal(waiting);
      }),
      { numRuns: 300 },
    );
  });
});
