import { expect } from 'chai';
import { RemoteWriter } from '../../src/remote/writer.js';
import { CALL, encodeFrame } from '../../src/wire/session/frame.js';
import type { Caller } from '../../src/wire/session/session-handler.js';

const OPENING = { handle: 7, target: 'X0123456789abcdef', path: ['a'], file: 'stdin', credentials: { uid: 0, gid: 0, pid: 1 } } as const;

describe('a writer to a file on another server', () => {
  it('hands long bytes on as they lie, to be copied once, into the message', async () => {
    const frames: ReturnType<typeof encodeFrame>[] = [];
    const caller: Caller = {
      call: (operation, args) => {
        frames.push(encodeFrame([CALL, frames.length + 1, operation, args]));
        return Promise.resolve(operation === 'write' ? 65_536 : undefined);
      },
      note: () => undefined,
      hold: () => () => undefined,
    };
    const writer = await RemoteWriter.open(caller, OPENING, { truncate: false, append: false });
    const bytes = new Uint8Array(65_536);
    expect(await writer.write(bytes)).to.equal(65_536);
    expect(frames.at(-1)?.payload.buffer).to.equal(bytes.buffer);
    writer.close();
  });
});
