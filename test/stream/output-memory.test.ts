import { expect } from 'chai';
import type { ByteReader } from '../../src/base/bytes.js';
import { OutputMemory } from '../../src/stream/output-memory.js';
import { OutputWindow } from '../../src/stream/window.js';

const CAPACITY_BYTES = 1_048_576;
const SHORT_BYTES = 64 * 1024;
const someone = { uid: 0, gid: 0, pid: 1 };

/** A window, and how often its producer was told to go on. */
function makeWindow(memory: OutputMemory): { readonly window: OutputWindow; readonly told: { rooms: number } } {
  const told = { rooms: 0 };
  const events = {
    room: () => {
      told.rooms++;
    },
    drained: () => undefined,
  };
  return { window: new OutputWindow(CAPACITY_BYTES, 'hold', events, memory), told };
}

const fill = (window: OutputWindow): number => window.append(Buffer.alloc(CAPACITY_BYTES));

function readAll(reader: ByteReader, count: number): void {
  for (let read = 0; read < count;) read += (reader.read(count - read, { nonblock: true }) as Uint8Array).length;
}

describe('the memory of all outputs', () => {
  it('is shared: when it is short a window takes little, and its producer goes on when there is plenty again', () => {
    const memory = new OutputMemory(2 * CAPACITY_BYTES);
    const [first, second] = [makeWindow(memory), makeWindow(memory)];
    expect([fill(first.window), fill(second.window)]).to.deep.equal([CAPACITY_BYTES, CAPACITY_BYTES]);
    const late = makeWindow(memory);
    expect(fill(late.window)).to.equal(SHORT_BYTES);
    late.window.hold(0);
    second.window.fail(new Error('scrubbed') as never);
    expect(late.told.rooms).to.equal(1);
    expect(fill(late.window)).to.equal(CAPACITY_BYTES - SHORT_BYTES);
  });

  it('loses nothing that an open reader has not read, and keeps little of what it has', () => {
    const memory = new OutputMemory(CAPACITY_BYTES);
    const { window } = makeWindow(memory);
    const reader = window.openReader(someone);
    fill(window);
    expect(memory.exhausted).to.equal(true);
    expect(window.room()).to.equal(0);
    readAll(reader, CAPACITY_BYTES);
    expect(window.append(Buffer.from('more'))).to.equal(4);
    expect(Buffer.from(reader.read(100, { nonblock: true }) as Uint8Array).toString()).to.equal('more');
    reader.close();
    expect((window.openReader(someone).read(CAPACITY_BYTES, { nonblock: true }) as Uint8Array).length).to.be.at.most(SHORT_BYTES);
  });

  it('lets a producer go on that was held back before it was short, and whose reader has passed while it was', () => {
    const memory = new OutputMemory(1.5 * CAPACITY_BYTES);
    const { window, told } = makeWindow(memory);
    const reader = window.openReader(someone);
    fill(window);
    window.hold(0);
    const other = makeWindow(memory);
    fill(other.window);
    expect(memory.exhausted).to.equal(true);
    readAll(reader, 256 * 1024);
    expect(told.rooms).to.equal(0);
    other.window.fail(new Error('scrubbed') as never);
    expect(told.rooms).to.equal(1);
  });

  it('bounds as many windows as there are', () => {
    const memory = new OutputMemory(4 * CAPACITY_BYTES);
    let held = 0;
    for (let i = 0; i < 100; i++) held += fill(makeWindow(memory).window);
    expect(held).to.equal(4 * CAPACITY_BYTES + 96 * SHORT_BYTES);
  });
});
