/**
 * The kernel's side of a session, in a test: composes requests as linux/fuse.h has them and keeps what is answered. For what a real kernel cannot
 * be made to send: truncated, garbled and oddly ordered requests.
 */
import { DISPATCH } from '../../../../mount/engine/kernel/dispatch.js';
import { OPCODES, type Opcode, READ_LOCKOWNER } from '../../../../mount/engine/kernel/layout.js';
import { type Connection, Session } from '../../../../mount/engine/kernel/session.js';
import type { Directory } from '../../../../mount/engine/filesystem.js';

export interface Answer {
  readonly unique: number;
  /** Negative errno, 0, or a notification's code. */
  readonly error: number;
  readonly body: Buffer;
}

export class FakeKernel implements Connection {
  readonly arena = new ArrayBuffer(64 * 1024);
  readonly offsets = new Uint32Array(64);
  readonly out = new ArrayBuffer(128 * 1024);
  readonly answers: Answer[] = [];
  readonly logged: string[] = [];
  readonly session: Session;
  #unique = 0;

  constructor(root: Directory, keepNames = true) {
    this.session = new Session(this, root, { uid: 0, gid: 0 }, DISPATCH, {
      log: (_level, message) => this.logged.push(message),
      keepNames,
    });
  }

  send(length: number, body: Uint8Array = new Uint8Array()): number {
    const whole = Buffer.concat([Buffer.from(this.out, 0, length), body]);
    this.answers.push({ unique: Number(whole.readBigUInt64LE(8)), error: whole.readInt32LE(4), body: Buffer.from(whole.subarray(16)) });
    return whole.readUInt32LE(0) === whole.length ? 0 : -22;
  }

  /** Sends one request and returns its number. */
  request(
    opcode: Opcode | number,
    nodeId: number,
    body: Uint8Array = Buffer.alloc(0),
    { unique = (this.#unique += 2), pid = 0 } = {},
  ): number {
    const request = Buffer.alloc(40 + body.length);
    request.writeUInt32LE(request.length, 0);
    request.writeUInt32LE(typeof opcode === 'number' ? opcode : OPCODES[opcode].code, 4);
    request.writeBigUInt64LE(BigInt(unique), 8);
    request.writeBigUInt64LE(BigInt(nodeId), 16);
    request.writeUInt32LE(pid, 32);
    request.set(body, 40);
    this.raw(request);
    return unique;
  }

  raw(request: Uint8Array): void {
    new Uint8Array(this.arena).set(request.subarray(0, this.arena.byteLength));
    this.offsets[0] = 0;
    this.session.receive(1);
  }

  lookup(name: string, parent = 1): { nodeId: number; error: number } {
    const { error, body } = this.answer(this.request('LOOKUP', parent, Buffer.from(`${name}\0`)));
    return { error, nodeId: error === 0 ? Number(body.readBigUInt64LE(0)) : 0 };
  }

  open(nodeId: number, flags = 0): { handle: number; error: number } {
    const { error, body } = this.answer(this.request('OPEN', nodeId, words(flags, 0)));
    return { error, handle: error === 0 ? Number(body.readBigUInt64LE(0)) : 0 };
  }

  /** As read(2) has it sent; with `readFlags` 0 as splice(2) does. */
  read(nodeId: number, handle: number, { offset = 0, size = 4096, flags = 0, readFlags = READ_LOCKOWNER, pid = 0 } = {}): number {
    return this.request('READ', nodeId, words(handle, 0, offset, 0, size, readFlags, 0, 0, flags, 0), { pid });
  }

  /** The answer to a request that has been answered. */
  answer(unique: number): Answer {
    const found = this.answers.find((answer) => answer.unique === unique);
    if (found === undefined) throw new Error(`request ${unique} is not answered yet`);
    return found;
  }
}

export function words(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}
