/**
 * Lines of something that never ends, and readers that keep up with it or do not.
 */
import { expect } from 'chai';
import { CircuitError } from '../../src/base/error.js';
import { LineRing } from '../../src/stream/line-ring.js';

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return CircuitError.from(error).code;
  }
  return 'none';
};

describe('a ring of lines', () => {
  const push = (ring: LineRing, ...numbers: readonly number[]): void => numbers.forEach((number) => ring.push(Buffer.from(`${number}\n`)));
  const text = (bytes: Uint8Array | Promise<Uint8Array>): string => String(Buffer.from(bytes as Uint8Array));

  it('gives each reader what is held, then what comes, whole lines', async () => {
    const ring = new LineRing(3, 1000);
    push(ring, 1, 2, 3, 4);
    const [one, other] = [ring.openReader(), ring.openReader()];
    expect(text(one.read(5))).to.equal('2\n3\n');
    expect(text(one.read(100))).to.equal('4\n');
    expect(text(other.read(100, { packet: true }))).to.equal('2\n');
    expect(text(other.read(1))).to.equal('3');
    expect(text(other.read(100))).to.equal('\n');
    expect(one.ready()).to.equal(false);
    expect(codeOf(() => one.read(100, { nonblock: true }))).to.equal('EAGAIN');
    const later = one.read(100);
    push(ring, 5);
    expect(text(await later)).to.equal('5\n');
    const polled = one.whenReady();
    push(ring, 6);
    await polled;
  });

  it('tells a reader that was overtaken once, finishes its line, and goes on at the oldest', () => {
    const ring = new LineRing(2, 1000);
    const reader = ring.openReader();
    push(ring, 10);
    expect(text(reader.read(1))).to.equal('1');
    push(ring, 11, 12, 13, 14);
    expect(text(reader.read(100))).to.equal('0\n');
    expect(codeOf(() => reader.read(100))).to.equal('EOVERFLOW');
    expect(text(reader.read(100))).to.equal('13\n14\n');
    for (let number = 0; number < 100; number++) push(ring, number);
    expect([ring.end - ring.start, reader.unread, reader.unread_bytes]).to.deep.equal([2, 2, 6]);
    expect(codeOf(() => reader.read(100))).to.equal('EOVERFLOW');
    expect(text(reader.read(100))).to.equal('98\n99\n');
    expect(reader.unread_bytes).to.equal(0);
  });

  it('is bounded in bytes, too, but holds the newest line in any case', () => {
    const ring = new LineRing(100, 6);
    push(ring, 1, 2, 3, 4);
    const reader = ring.openReader();
    expect(text(reader.read(100))).to.equal('2\n3\n4\n');
    push(ring, 12345678);
    expect(text(reader.read(100))).to.equal('12345678\n');
  });

  it('gives again what was not acknowledged, and an interrupted read takes nothing', async () => {
    const ring = new LineRing(10, 1000);
    const reader = ring.openReader({ unacked: true });
    push(ring, 1, 2);
    expect(text(reader.read(2)) + text(reader.read(2))).to.equal('1\n2\n');
    reader.ack(3);
    reader.requeue();
    expect(text(reader.read(100))).to.equal('\n');
    const interrupt = new AbortController();
    const waiting = Promise.resolve(reader.read(100, interrupt)).catch((error: unknown) => String(error));
    interrupt.abort(new Error('interrupted'));
    expect(await waiting).to.equal('Error: interrupted');
    push(ring, 3);
    expect(text(reader.read(100))).to.equal('3\n');
    reader.close();
    expect(codeOf(() => reader.read(100))).to.equal('EBADF');
  });
});
