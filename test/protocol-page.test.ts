/**
 * docs/protocol.md says what the code does: its tables name every call, note, frame and flag, and its test vectors decode and encode.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as limits from '../src/base/limits.js';
import { decode, encodeAnnouncement } from '../src/cluster/discovery/announcement.js';
import { openSeal } from '../src/cluster/discovery/seal.js';
import { CALL_ARITIES, checkCall, checkNote, isCall, isNote, NOTE_ARITIES, OPEN, TRANSFER } from '../src/remote/calls.js';
import { DATA, WRITE } from '../src/wire/session/bulk.js';
import * as frames from '../src/wire/session/frame.js';
import { confirmation, headerSize, readHeader, writeHeader } from '../src/wire/session/message-header.js';
import { PURPOSES, VERSIONS } from '../src/wire/transport/connection.js';
import { Key } from '../src/wire/transport/keyring.js';

const PAGE = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

const CONTROL = {
  CALL: frames.CALL,
  ANSWER: frames.ANSWER,
  FAILURE: frames.FAILURE,
  CANCEL: frames.CANCEL,
  NOTE: frames.NOTE,
  FINISH: frames.FINISH,
  END: frames.END,
};
const BULK = { DATA, WRITE };
/** What the first byte of a bulk frame is without flags. */
const BULK_KINDS = { DATA: 0x00, WRITE: 0x20 };

/** A frame as the page writes it: a name, and JSON. */
interface Named {
  readonly name: string;
  readonly value: unknown;
}

interface Vector extends Named {
  /** Of a MESSAGE. */
  readonly frames: readonly Named[];
  readonly bytes: Buffer;
}

interface BulkValue {
  readonly call: number;
  readonly handle?: number;
  readonly flags: readonly (keyof typeof TRANSFER)[];
  readonly bytes: string;
}

/** The rows of the tables below a heading, up to the next one: their cells. */
function rows(heading: string): readonly (readonly string[])[] {
  const section = PAGE.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`));
  expect(section, heading).to.be.a('string');
  return Array.from((section ?? '').matchAll(/^\| (`.*) \|$/gm), ([, row = '']) => row.split(/ ?\| ?/));
}

function nameOf(cell: string | undefined): string {
  return /^`(\w+)`$/.exec(cell ?? '')?.[1] ?? `no name: ${cell}`;
}

function arities(heading: string): ReadonlyMap<string, number> {
  return new Map(rows(heading).map(([name, args = '']) => [nameOf(name), args === '' ? 0 : args.split(', ').length]));
}

function bits(heading: string): Readonly<Record<string, number>> {
  return Object.fromEntries(rows(heading).map(([name, bit]) => [nameOf(name), Number(bit)]));
}

function vectors(): readonly Vector[] {
  const block = /^```vectors\n(.*?)^```/ms.exec(PAGE)?.[1] ?? '';
  return block
    .trim()
    .split('\n\n')
    .map((text) => {
      const lines = text.split('\n');
      const isHex = (line: string): boolean => /^[\da-f]{2}( [\da-f]{2})*$/.test(line);
      const [first, ...more] = lines.filter((line) => !isHex(line)).map(named);
      if (first === undefined) throw new Error(`no frame in ${text}`);
      return { ...first, frames: more, bytes: Buffer.from(lines.filter(isHex).join('').replaceAll(' ', ''), 'hex') };
    });
}

function named(line: string): Named {
  const [, name = '', json = ''] = /^ *(\w+) (.*)$/.exec(line) ?? [];
  return { name, value: JSON.parse(json) };
}

/** The frame that the page means. */
function frameOf({ name, value }: Named): frames.Frame {
  if (name !== 'DATA' && name !== 'WRITE')
    return [CONTROL[name as keyof typeof CONTROL], ...(value as unknown[])] as unknown as frames.Frame;
  const { call, handle, flags, bytes } = value as BulkValue;
  const sum = flags.reduce((all, flag) => all | TRANSFER[flag], 0);
  return name === 'DATA' ? [DATA, call, sum, Buffer.from(bytes)] : [WRITE, call, handle ?? Number.NaN, sum, Buffer.from(bytes)];
}

function encoded(frame: frames.Frame): Buffer {
  const { head, payload } = frames.encodeFrame(frame);
  return Buffer.concat([head, payload]);
}

describe('docs/protocol.md', () => {
  it('describes the newest version', () => {
    expect(/^Version (\d+),/m.exec(PAGE)?.[1]).to.equal(String(VERSIONS[0]));
  });

  it('names every purpose of a connection', () => {
    const row = rows('A connection').find(([name]) => name === '`purpose`');
    expect(row?.[1]?.match(/\w+(?=`)/g)).to.deep.equal([...PURPOSES]);
  });

  it('names every call and note, with its arguments', () => {
    expect(arities('Calls')).to.deep.equal(CALL_ARITIES);
    expect(arities('Notes')).to.deep.equal(NOTE_ARITIES);
  });

  it('names every frame, with its number', () => {
    const all = rows('Frames').map((cells) => [nameOf(cells[0]), cells[1] ?? ''] as const);
    const control = all.filter(([, form]) => form.startsWith('`['));
    expect(Object.fromEntries(control.map(([name, form]) => [name, Number(/\d+/.exec(form)?.[0])]))).to.deep.equal(CONTROL);
    const bulk = all.filter(([, form]) => form.startsWith('0x'));
    expect(Object.fromEntries(bulk.map(([name, form]) => [name, Number(form.slice(0, 4))]))).to.deep.equal(BULK_KINDS);
    expect(all).to.have.lengthOf(control.length + bulk.length);
  });

  it('names every flag, with its bit', () => {
    expect(bits('Flags')).to.deep.equal(TRANSFER);
    expect(bits('Flags of an open')).to.deep.equal(OPEN);
  });

  it('names no limit that does not exist', () => {
    const names = PAGE.match(/\b[A-Z]+(_[A-Z]+)*_(MS|MAX|BYTES)\b/g) ?? [];
    expect(names).to.not.be.empty;
    expect(names.filter((name) => !Object.hasOwn(limits, name))).to.deep.equal([]);
  });

  describe('its test vectors', () => {
    const all = vectors();

    it('show every frame', () => {
      const shown = new Set(all.map(({ name }) => name));
      expect(shown).to.include.all.keys('CONFIRMATION', 'MESSAGE', ...Object.keys(CONTROL), ...Object.keys(BULK));
    });

    for (const { name, value, frames: inside, bytes } of all) {
      it(`${name} ${JSON.stringify(value)}`, () => {
        if (name === 'CONFIRMATION') {
          const { received, asks } = value as { readonly received: number; readonly asks: boolean };
          expect(confirmation(received, asks)).to.deep.equal(bytes);
          expect(readHeader(bytes)).to.include({ number: 0, received, asks });
          return;
        }
        if (name !== 'MESSAGE') {
          const frame = frameOf({ name, value });
          expect(frames.decodeFrames(bytes, 0)).to.deep.equal([frame]);
          expect(encoded(frame)).to.deep.equal(bytes);
          return;
        }
        const { number, received } = value as { readonly number: number; readonly received: number };
        const header = Buffer.alloc(headerSize(number, received));
        writeHeader(header, number, received);
        expect(Buffer.concat([header, ...inside.map((frame) => encoded(frameOf(frame)))])).to.deep.equal(bytes);
        expect(readHeader(bytes)).to.deep.equal({ number, received, asks: false, size: header.length });
        expect(frames.decodeFrames(bytes, header.length)).to.deep.equal(inside.map(frameOf));
      });
    }

    it('show a sealed announcement', () => {
      const hex = /^```announcement\n(.*?)^```/ms.exec(PAGE)?.[1] ?? '';
      const bytes = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
      const key = new Key(Buffer.from(Array.from({ length: 32 }, (_, at) => at)));
      const announcement = { id: 'X00000000000000a1', address: { host: '10.0.0.1', port: 11_022 }, digest: Buffer.from('0123456789abcdef', 'hex'), members: 3 }; // prettier-ignore
      expect(encodeAnnouncement(announcement, key)).to.deep.equal(bytes);
      expect(openSeal(bytes, { speak: key, all: [key] })).to.include({ verdict: 'valid' });
      expect(decode(bytes)).to.deep.equal({ type: 'announcement', announcement, nonce: undefined });
    });

    it('show calls and notes as a server takes them', () => {
      for (const { name, value } of all.flatMap((vector) => [vector, ...vector.frames])) {
        if (name !== 'CALL' && name !== 'NOTE') continue;
        const [operation, args] = (value as readonly unknown[]).slice(-2) as [string, unknown];
        if (name === 'CALL') expect(isCall(operation) && checkCall(operation, args), operation).to.deep.equal(args);
        else expect(isNote(operation) && checkNote(operation, args), operation).to.deep.equal(args);
      }
    });
  });
});
