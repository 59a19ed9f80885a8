/**
 * What decoding a hostile message costs. A bignum of 140 KB once kept a server busy for 22.8 s, since cbor-x builds it digit by digit; the time
 * must grow with the size alone. Processor time is measured, which other programs on the machine do not lengthen.
 */
import { expect } from 'chai';
import { MEMBERSHIP_MESSAGE_MAX_BYTES } from '../../../src/base/limits.js';
import { decodeMessage } from '../../../src/cluster/membership/codec.js';

/** An order of magnitude, not a figure: the fault took tens of seconds. */
const COST_MAX_MS = 500;

/** Major types of CBOR (RFC 8949, section 3.1). */
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;

/** The head of an item that declares `count`. */
function head(major: number, count: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = (major << 5) | 26;
  bytes.writeUInt32BE(count, 1);
  return bytes;
}

/** `[2, …]`, as a message with rumors begins, up to that size. */
function rumorsOf(size: number, body: (room: number) => Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x82, 2), body(size - 2)]);
}

/** A list, or a map, of as many copies of an item as fit. */
function many(major: number, item: Buffer): (room: number) => Buffer {
  return (room) => {
    const count = Math.floor((room - 5) / item.length);
    return Buffer.concat([head(major, count), Buffer.alloc(count * item.length, item)]);
  };
}

const MESSAGES: Readonly<Record<string, (size: number) => Buffer>> = {
  'a bignum': (size) => rumorsOf(size, (room) => Buffer.concat([Buffer.of(0xc2), head(BYTES, room - 6), Buffer.alloc(room - 6, 0xff)])),
  'many bignums': (size) => rumorsOf(size, many(ARRAY, Buffer.concat([Buffer.of(0xc2), head(BYTES, 10_000), Buffer.alloc(10_000, 0xff)]))),
  'lists in lists': (size) => Buffer.alloc(size, 0x81),
  'many deep lists': (size) => rumorsOf(size, many(ARRAY, Buffer.concat([Buffer.alloc(90, 0x81), Buffer.of(0)]))),
  'tags on tags': (size) => Buffer.alloc(size, 0xc1),
  'record definitions': (size) => rumorsOf(size, many(ARRAY, Buffer.from('d9dffe8219e00081616100', 'hex'))),
  'a list that declares 4 billion items': (size) => Buffer.concat([Buffer.of(0x82, 2), head(ARRAY, 0xffff_ffff), Buffer.alloc(size - 7)]),
  'lists that each declare what is left': (size) => Buffer.alloc(size, Buffer.concat([head(ARRAY, size)])),
  'many numbers': (size) => rumorsOf(size, many(ARRAY, Buffer.of(0))),
  'many floating-point numbers': (size) => rumorsOf(size, many(ARRAY, Buffer.of(0xf9, 0x3c, 0))),
  'many empty lists': (size) => rumorsOf(size, many(ARRAY, Buffer.of(0x80))),
  'many empty maps': (size) => rumorsOf(size, many(ARRAY, Buffer.of(0xa0))),
  'a map with one key again and again': (size) =>
    rumorsOf(size, (room) => {
      const pairs = Math.floor((room - 5) / 3);
      return Buffer.concat([head(MAP, pairs), Buffer.alloc(pairs * 3, Buffer.of(0x61, 0x61, 0))]);
    }),
  'a long text': (size) => rumorsOf(size, (room) => Buffer.concat([head(TEXT, room - 5), Buffer.alloc(room - 5, 'a')])),
  'a long text that is not UTF-8': (size) => rumorsOf(size, (room) => Buffer.concat([head(TEXT, room - 5), Buffer.alloc(room - 5, 0xff)])),
  'many items one after the other': (size) => Buffer.alloc(size),
  'more rumors than a message may have': (size) =>
    rumorsOf(size, many(ARRAY, Buffer.from('8348010203040506070801 00'.replace(' ', ''), 'hex'))),
};

describe('decoding a hostile message', () => {
  for (const [what, make] of Object.entries(MESSAGES)) {
    it(`costs little for ${what}`, () => {
      for (const size of [140_000, MEMBERSHIP_MESSAGE_MAX_BYTES, 1_048_576]) {
        const bytes = make(size);
        expect(bytes.length).to.be.within(size - 10_100, size);
        const before = process.cpuUsage();
        decodeMessage(bytes);
        const { user, system } = process.cpuUsage(before);
        expect((user + system) / 1000, `${size} bytes`).to.be.below(COST_MAX_MS);
      }
    });
  }

  it('yields nothing for anything that is not plain data', () => {
    for (const what of ['a bignum', 'many bignums', 'lists in lists', 'tags on tags', 'record definitions'] as const) {
      expect(decodeMessage(MESSAGES[what]?.(140_000) ?? Buffer.alloc(0)), what).to.equal(undefined);
    }
  });
});
