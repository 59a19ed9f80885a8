import { expect } from 'chai';
import { encode as encodeAny } from 'cbor-x';
import fc from 'fast-check';
import { FRAME_MAX_BYTES } from '../../../src/base/limits.js';
import { CircuitError } from '../../../src/base/error.js';
import { WIRE_DEPTH_MAX } from '../../../src/base/limits.js';
import { decodeItems, encode } from '../../../src/wire/cbor.js';
import {
  ANSWER,
  CALL,
  CANCEL,
  END,
  FAILURE,
  FINISH,
  type Frame,
  NOTE,
  decodeFrames,
  encodeFrame,
} from '../../../src/wire/session/frame.js';
import { confirmation, headerSize, readHeader, writeHeader } from '../../../src/wire/session/message-header.js';
import { Pair } from './pair.js';

const count = fc.oneof(fc.nat(300), fc.nat(70_000), fc.nat(Number.MAX_SAFE_INTEGER - 1));
const id = count.map((n) => n + 1);
const op = fc.string({ maxLength: 64 });
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.integer({ min: 1000, max: 70_000 }).map((n) => new Uint8Array(n).fill(n)),
);
const { any: value } = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(undefined, null, true, false),
    fc.integer(),
    fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0)),
    fc.bigInt({ min: 1n << 60n, max: (1n << 64n) - 1n }),
    fc.string({ unit: 'grapheme' }),
    bytes,
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('any'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
}));
const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.tuple(fc.constant(CALL), id, op, value),
  fc.tuple(fc.constant(ANSWER), id, value),
  fc.tuple(fc.constant(FAILURE), id, op, fc.string({ maxLength: 4096 })),
  fc.tuple(fc.constant(CANCEL), id),
  fc.tuple(fc.constant(NOTE), op, value),
  fc.tuple(fc.constant(FINISH)),
  fc.tuple(fc.constant(END), fc.string({ maxLength: 4096 })),
);

/** Bytes are compared as bytes, whatever class holds them. */
function plain(item: unknown): unknown {
  if (item instanceof Uint8Array) return Buffer.from(item).toString('hex');
  if (Array.isArray(item)) return item.map(plain);
  if (typeof item !== 'object' || item === null) return item;
  return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, plain(inner)]));
}

function bytesOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.flatMap((each) => {
      const { head, payload } = encodeFrame(each);
      return [head, payload];
    }),
  );
}

/** Either it is taken or it is refused with EINVAL. */
function takesOrRefuses(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    expect(error).to.be.instanceOf(CircuitError).with.property('code', 'EINVAL');
  }
}

describe('frames', () => {
  it('come out as they went in, several in one message', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 4 }), (frames) => {
        expect(plain(decodeFrames(bytesOf(frames), 0))).to.deep.equal(plain(frames));
      }),
    );
  });

  it('carry large bytes as a view of the message at the end that reads', () => {
    const message = bytesOf([[ANSWER, 1, Buffer.alloc(100_000)]]);
    const [answer] = decodeFrames(message, 0);
    expect((answer?.at(-1) as Uint8Array).buffer).to.equal(message.buffer);
  });

  it('take a payload of 1 MiB, and refuse what fits into no message', () => {
    expect(bytesOf([[CALL, 1, 'write', [1, Buffer.alloc(1_048_576)]]]).length).to.be.below(FRAME_MAX_BYTES);
    expect(() => encodeFrame([NOTE, 'x', 'y'.repeat(FRAME_MAX_BYTES)]))
      .to.throw(CircuitError)
      .with.property('code', 'EMSGSIZE');
  });

  it('are refused with EINVAL, and nothing else, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (message) => takesOrRefuses(() => decodeFrames(message, 0))),
      { numRuns: 2000 },
    );
    const mutation = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.nat(20) });
    fc.assert(
      fc.property(frame, fc.array(mutation, { minLength: 1, maxLength: 3 }), (each, mutations) => {
        let message = bytesOf([each]);
        for (const { at, to, cut } of mutations) {
          message[at % message.length] = to;
          if (cut < 5) message = message.subarray(0, Math.max(1, message.length - cut));
        }
        takesOrRefuses(() => decodeFrames(message, 0));
      }),
      { numRuns: 1000 },
    );
  });

  it('are refused with tags, open lengths, keys that are no text, and nesting without end', () => {
    const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x81), Buffer.from([0])]);
    const bad = {
      'a date (tag 1)': encodeAny(new Date(0)),
      'a set (tag 258)': encodeAny(new Set([1])),
      'a regular expression (tag 27)': encodeAny(/x/),
      'a record definition (tag 57343)': Buffer.from([0xd9, 0xdf, 0xff, 0x83, 0x19, 0xe0, 0x00, 0x81, 0x61, 0x61, 0x01]),
      'an open array': Buffer.from([0x9f, 0x01, 0xff]),
      'a number as key': Buffer.from([0xa1, 0x01, 0x01]),
      'an unknown simple value': Buffer.from([0xe1]),
      'a length beyond the end': Buffer.from([0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      'nesting too deep': nested(WIRE_DEPTH_MAX + 1),
      'nesting without end': Buffer.alloc(1_000_000, 0x81),
    };
    for (const [what, message] of Object.entries(bad)) expect(() => decodeItems(message, 0), what).to.throw(CircuitError, /not plain data/);
    expect(decodeItems(nested(WIRE_DEPTH_MAX), 0)).to.have.length(1);
  });

  it('make no prototype out of a key', () => {
    const [item] = decodeItems(Buffer.concat([Buffer.from([0xa1, 0x69]), Buffer.from('__proto__'), encode({ a: 1 })]), 0);
    expect(Object.getPrototypeOf(item)).to.equal(Object.prototype);
    expect((item as { a?: number }).a).to.equal(undefined);
  });
});

describe("a message's header", () => {
  it('says number and confirmation', () => {
    fc.assert(
      fc.property(id, count, fc.boolean(), (number, received, asks) => {
        const message = Buffer.alloc(headerSize(number, received));
        expect(writeHeader(message, number, received)).to.equal(message.length);
        expect(readHeader(message)).to.deep.equal({ number, received, asks: false, size: message.length });
        expect(readHeader(confirmation(received, asks))).to.include({ number: 0, received, asks });
      }),
    );
  });

  it('is refused with EINVAL if it is none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 20 }), (message) => takesOrRefuses(() => readHeader(message))));
  });
});

describe('a session that gets garbage', () => {
  it('ends alone, and throws nothing', () => {
    const ended = new Set<boolean>();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (garbage, framed) => {
        const pair = new Pair({ handle: () => null }, { handle: () => null });
        pair.connect();
        pair.b.session.receive(framed ? Buffer.concat([Buffer.from([1, 0]), garbage]) : garbage);
        ended.add(pair.b.session.reason?.code === 'EHOSTDOWN');
        expect(pair.a.session.reason).to.equal(undefined);
      }),
      { numRuns: 1000 },
    );
    expect(ended.has(true)).to.be.true;
  });
});
