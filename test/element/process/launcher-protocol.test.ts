import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { LAUNCH_MAX_BYTES } from '../../../src/base/limits.js';
import {
  encodeSignal,
  encodeStart,
  encodeStop,
  type Report,
  ReportDecoder,
  STAGES,
} from '../../../src/element/process/launcher-protocol.js';

const header = readFileSync(new URL('../../../../native/launcher/protocol.h', import.meta.url), 'utf8');
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((any) => any.replaceAll('\0', ''));
const id = fc.nat(0xffffffff);

/** Reads a START frame as the header describes it. */
function decodeStart(bytes: Uint8Array): unknown {
  const frame = Buffer.from(bytes);
  let at = 0;
  const number = (): number => frame.readUInt32LE((at += 4) - 4);
  const string = (): string => {
    const end = frame.indexOf(0, at);
    const found = frame.toString('utf8', at, end);
    at = end + 1;
    return found;
  };
  const strings = (): string[] => Array.from({ length: number() }, string);
  const length = number();
  const type = frame.readUInt8(at++);
  const decoded = {
    length,
    type,
    id: number(),
    path: string(),
    dir: string(),
    user: string(),
    group: string(),
    args: strings(),
    env: strings(),
  };
  expect(at, 'nothing is left').to.equal(frame.length);
  return decoded;
}

function encodeReport(type: number, ...[reportId, value, detail]: readonly [number, number, number]): Buffer {
  const frame = Buffer.alloc(17);
  frame.writeUInt32LE(13, 0);
  frame.writeUInt8(type, 4);
  [reportId, value, detail].forEach((field, index) => frame.writeUInt32LE(field, 5 + 4 * index));
  return frame;
}

describe("the launcher's protocol", () => {
  it('carries any request', () => {
    const request = fc.record({
      path: text.filter((path) => path !== ''),
      args: fc.array(text),
      env: fc.array(text),
      dir: text,
      user: text,
      group: text,
    });
    fc.assert(
      fc.property(id, request, (requestId, asked) => {
        const frame = encodeStart(requestId, asked);
        // Lone surrogates have no UTF-8; they become U+FFFD.
        const wellFormed = JSON.parse(JSON.stringify(asked), (_, value: unknown) =>
          typeof value === 'string' ? Buffer.from(value).toString() : value,
        ) as object;
        expect(decodeStart(frame)).to.deep.equal({ length: frame.length - 4, type: 1, id: requestId, ...wellFormed });
      }),
    );
  });

  it('refuses what cannot be passed to a program', () => {
    const fine = { path: '/bin/true', args: [], env: [], dir: '/' };
    for (const bad of [{ path: '' }, { path: 'a\0b' }, { args: ['\0'] }, { env: ['A=\0'] }, { dir: '\0' }, { user: '\0' }, { args: ['x'.repeat(LAUNCH_MAX_BYTES)] }]) {
      expect(() => encodeStart(1, { ...fine, ...bad }), JSON.stringify(bad).slice(0, 40)).to.throw().with.property('code', 'EINVAL');
    } // prettier-ignore
  });

  it('has frames of fixed form for signals and for the end', () => {
    expect([...encodeSignal(0x01020304, 15)]).to.deep.equal([9, 0, 0, 0, 2, 4, 3, 2, 1, 15, 0, 0, 0]);
    expect([...encodeStop()]).to.deep.equal([1, 0, 0, 0, 3]);
  });

  it('reads reports in pieces of any size', () => {
    const anyReport = fc.oneof(
      fc.tuple(id, id).map(([of, pid]) => ({ report: { type: 'started', id: of, pid }, bytes: encodeReport(1, of, pid, 0) })),
      fc.tuple(id, id, fc.integer({ min: 1, max: 8 })).map(([of, errno, stage]) => ({
        report: { type: 'failed', id: of, errno, stage: STAGES[stage] },
        bytes: encodeReport(2, of, errno, stage),
      })),
      fc.tuple(id, id).map(([of, signal]) => ({ report: { type: 'stopped', id: of, signal }, bytes: encodeReport(3, of, signal, 0) })),
      id.map((of) => ({ report: { type: 'continued', id: of }, bytes: encodeReport(4, of, 0, 0) })),
      fc.tuple(id, id).map(([of, code]) => ({ report: { type: 'exited', id: of, code }, bytes: encodeReport(5, of, code, 0) })),
      fc.tuple(id, id, fc.boolean()).map(([of, signal, core]) => ({
        report: { type: 'killed', id: of, signal, core },
        bytes: encodeReport(6, of, signal, core ? 1 : 0),
      })),
    );
    fc.assert(
      fc.property(fc.array(anyReport), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, sizes) => {
        const decoder = new ReportDecoder();
        const received: Report[] = [];
        let bytes = Buffer.concat(sent.map((each) => each.bytes));
        for (let round = 0; bytes.length > 0; round++) {
          const size = sizes[round % sizes.length] ?? 1;
          received.push(...decoder.feed(bytes.subarray(0, size)));
          bytes = bytes.subarray(size);
        }
        expect(received).to.deep.equal(sent.map((each) => each.report));
      }),
    );
  });

  it('says so when it reads what is no report', () => {
    for (const bad of [encodeReport(7, 1, 1, 0), encodeReport(2, 1, 1, 0), encodeReport(2, 1, 1, STAGES.length), Buffer.alloc(17, 0xff)]) {
      expect(() => [...new ReportDecoder().feed(bad)]).to.throw().with.property('code', 'EIO'); // prettier-ignore
    }
  });

  it('has the bounds and numbers of its C half', () => {
    expect(header).to.contain(`FRAME_MAX_BYTES = ${String(LAUNCH_MAX_BYTES / 1_048_576)} * 1024 * 1024`);
    STAGES.forEach((stage, number) => {
      if (stage !== '') expect(header).to.contain(`STAGE_${stage.toUpperCase()} = ${String(number)},`);
    });
  });
});
