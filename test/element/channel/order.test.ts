import { expect } from 'chai';
import fc from 'fast-check';
import type { ByteReader, ByteWriter } from '../../../src/base/bytes.js';
import { CircuitError } from '../../../src/base/error.js';
import { fixture } from './fixture.js';

/** What one open of `send` has done. */
interface Sending {
  readonly writer: ByteWriter;
  readonly id: number;
  /** Bytes that write calls have reported as taken; the message's bytes count up from 0. */
  sent: number;
  /** Calls that wait. */
  waiting: number;
  state: 'open' | 'closed' | 'aborted';
  abort: AbortController;
}

interface Receiving {
  readonly reader: ByteReader;
  readonly got: number[];
  waiting: boolean;
  ended: 'no' | 'end' | 'error' | 'left';
  abort: AbortController;
}

const STEPS = ['write', 'read', 'close', 'leave', 'give up', 'interrupt write', 'interrupt read', 'close channel'] as const;
const WEIGHTS = [30, 40, 15, 10, 3, 5, 5, 1];
const step = fc.record({
  does: fc.oneof(...STEPS.map((name, i) => ({ weight: WEIGHTS[i] ?? 1, arbitrary: fc.constant(name) }))),
  who: fc.nat(2),
  size: fc.oneof(fc.integer({ min: 2, max: 10 }), fc.integer({ min: 10_000, max: 90_000 })),
});

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Each message says in its first two bytes who sent it; then bytes count up. */
const part = (id: number, from: number, size: number): Uint8Array =>
  new Uint8Array(size).map((_, i) => (from + i === 0 ? id >> 8 : from + i === 1 ? id & 255 : (from + i) % 251));

describe('the messages of a channel', () => {
  it('are each received by at most one, whole, in the order of acceptance, whoever comes and goes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.array(step, { minLength: 30, maxLength: 150, size: 'max' }), async (capacity, steps) => {
        const run = new Run(capacity);
        for (const { does, who, size } of steps) {
          run.perform(does, who, size);
          await settle();
          run.check();
        }
        await run.finish();
      }),
      { numRuns: 60 },
    );
  }).timeout(60_000);
});

class Run {
  readonly #made;
  readonly #sendings: Sending[] = [];
  readonly #receivings: Receiving[] = [];
  /** Receivings in the order in which they got their first bytes. */
  readonly #begun: Receiving[] = [];
  readonly #senders: (Sending | undefined)[] = [];
  readonly #receivers: (Receiving | undefined)[] = [];

  constructor(capacity: number) {
    this.#made = fixture(capacity);
  }

  perform(does: (typeof STEPS)[number], who: number, size: number): void {
    if (does === 'write') this.#senders[who] ??= this.#openSend();
    if (does === 'read') this.#receivers[who] ??= this.#openRecv();
    const sending = this.#senders[who];
    const receiving = this.#receivers[who];
    if (does === 'write' && sending?.waiting === 0) this.#write(sending, size);
    else if (does === 'interrupt write') sending?.abort.abort('interrupted');
    else if (does === 'interrupt read') receiving?.abort.abort('interrupted');
    else if (does === 'read' && receiving !== undefined && !receiving.waiting) this.#read(receiving, size);
    else if (does === 'close channel') this.#closeChannel();
    else if ((does === 'close' || does === 'give up') && sending !== undefined) {
      sending.state = does === 'close' ? 'closed' : 'aborted';
      if (does === 'close') sending.writer.close();
      else sending.writer.abort();
      this.#senders[who] = undefined;
    } else if (does === 'leave' && receiving !== undefined) {
      if (receiving.ended === 'no') receiving.ended = 'left';
      receiving.reader.close();
      this.#receivers[who] = undefined;
    }
  }

  /** What must hold at any time. */
  check(): void {
    const { Cap, Buffered, WaitingSenders, WaitingReceivers, NumSend, NumRecv } = this.#made.channel.peek();
    expect(Buffered).to.be.at.most(Cap);
    expect(NumSend - NumRecv).to.equal(Buffered);
    expect(NumRecv).to.equal(this.#begun.length);
    expect(WaitingReceivers > 0 && (Buffered > 0 || WaitingSenders > 0), 'both wait').to.equal(false);
    expect(WaitingSenders > 0 && Buffered < Cap, 'a sender waits while there is room').to.equal(false);
  }

  /** Receives all that is left, and compares with what was sent. */
  async finish(): Promise<void> {
    for (const [who] of this.#senders.entries()) this.perform('close', who, 0);
    for (const [who] of this.#receivers.entries()) this.perform('leave', who, 0);
    await settle();
    this.#closeChannel();
    for (let more = true; more;) {
      const receiving = this.#openRecv();
      while (receiving.ended === 'no') {
        this.#read(receiving, 65_536);
        await settle();
      }
      more = receiving.ended === 'end' || receiving.got.length > 0;
    }
    const seen = new Set<number>();
    for (const { got, ended } of this.#begun) {
      const id = ((got[0] ?? 0) << 8) | (got[1] ?? 0);
      const sending = this.#sendings[id];
      if (sending === undefined) throw new Error(`a message from nobody: ${String(id)}`);
      expect(seen.has(id), 'received twice').to.equal(false);
      seen.add(id);
      expect(Buffer.from(got).equals(part(id, 0, got.length)), 'bytes in order').to.equal(true);
      if (ended === 'end') expect([sending.state, got.length]).to.deep.equal(['closed', sending.sent]);
      if (ended === 'error') expect([sending.state, got.length]).to.deep.equal(['aborted', sending.sent]);
    }
    // A sender of which bytes were taken was accepted, and so was received by somebody.
    for (const { id, sent } of this.#sendings) expect(seen.has(id), 'lost or invented').to.equal(sent > 0);
  }

  #openSend(): Sending | undefined {
    try {
      const writer = this.#made.open.writer('send');
      const sending: Sending = { writer, id: this.#sendings.length, sent: 0, waiting: 0, state: 'open', abort: new AbortController() };
      this.#sendings.push(sending);
      return sending;
    } catch (error) {
      expect(error).to.have.property('code', 'EPIPE');
      return undefined;
    }
  }

  #openRecv(): Receiving {
    const receiving: Receiving = {
      reader: this.#made.open.reader('recv'),
      got: [],
      waiting: false,
      ended: 'no',
      abort: new AbortController(),
    };
    this.#receivings.push(receiving);
    return receiving;
  }

  #write(sending: Sending, size: number): void {
    sending.waiting++;
    sending.abort = new AbortController();
    void (async () => {
      try {
        sending.sent += await sending.writer.write(part(sending.id, sending.sent, size), { signal: sending.abort.signal });
      } catch (error) {
        if (error !== 'interrupted') expect(CircuitError.from(error).code).to.be.oneOf(['EPIPE', 'EBADF']);
      }
      sending.waiting--;
    })();
  }

  #read(receiving: Receiving, size: number): void {
    receiving.waiting = true;
    receiving.abort = new AbortController();
    void (async () => {
      try {
        // A first read of two bytes at least tells who the sender is.
        const bytes = await receiving.reader.read(size, { signal: receiving.abort.signal });
        if (bytes.length > 0 && receiving.got.length === 0) this.#begun.push(receiving);
        for (const byte of bytes) receiving.got.push(byte);
        if (bytes.length === 0 && receiving.ended === 'no') receiving.ended = 'end';
      } catch (error) {
        if (error !== 'interrupted' && receiving.ended === 'no') receiving.ended = 'error';
      }
      receiving.waiting = false;
    })();
  }

  #closeChannel(): void {
    if (!this.#made.channel.peek().Closed) this.#made.channel.perform('close', []);
  }
}
