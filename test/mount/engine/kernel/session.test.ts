import { constants } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { CircuitError } from '../../../../src/base/error.js';
import { OPCODES } from '../../../../mount/engine/kernel/layout.js';
import type { Call } from '../../../../mount/engine/filesystem.js';
import { file, text, ToyDirectory, untilEnded } from '../toy.js';
import { FakeKernel, words } from './fake-kernel.js';

const EINTR = -4;
const EIO = -5;
const EAGAIN = -11;
const EINVAL = -22;
const ENOSYS = -38;

describe('a session with the kernel', () => {
  describe('opens with INIT', () => {
    it('agrees on the lesser minor version and asks for what the tree needs', async () => {
      const kernel = new FakeKernel(new ToyDirectory());
      const { body } = kernel.answer(kernel.request('INIT', 0, words(7, 45, 131072, 0xffffffff)));
      await kernel.session.initialized;
      expect(body.length).to.equal(64);
      expect([body.readUInt32LE(0), body.readUInt32LE(4)]).to.deep.equal([7, 38]);
      expect(body.readUInt32LE(12) & (1 << 3), 'ATOMIC_O_TRUNC').to.not.equal(0);
      expect(body.readUInt32LE(20), 'max_write').to.equal(1_048_576);
    });

    it('answers a newer major version with its own, and refuses an older kernel in words', async () => {
      const kernel = new FakeKernel(new ToyDirectory());
      expect(kernel.answer(kernel.request('INIT', 0, words(8, 0, 0, 0))).body.readUInt32LE(0)).to.equal(7);
      kernel.request('INIT', 0, words(7, 19, 0, 0));
      const error = await kernel.session.initialized.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error)
        .to.be.instanceOf(CircuitError)
        .with.property('message')
        .that.matches(/7\.19.*7\.31/);
    });
  });

  describe('keeps node IDs', () => {
    it('the same for a directory and a plain file, and lets them go with their count', () => {
      const kernel = new FakeKernel(new ToyDirectory({ d: new ToyDirectory(), f: text('x') }));
      const first = kernel.lookup('d').nodeId;
      expect(kernel.lookup('d').nodeId).to.equal(first);
      kernel.request('FORGET', first, words(1, 0));
      expect(kernel.lookup('d').nodeId).to.equal(first);
      kernel.request('BATCH_FORGET', 0, words(1, 0, first, 0, 2, 0));
      expect(kernel.lookup('d').nodeId, 'never used again').to.be.greaterThan(first);
    });

    it('lends that of a file whose writes wait long to one opener at a time', () => {
      const kernel = new FakeKernel(new ToyDirectory({ f: file({ writesWait: 'long' }) }));
      const { nodeId } = kernel.lookup('f');
      expect(kernel.lookup('f').nodeId, 'looked up, perhaps about to be opened').to.not.equal(nodeId);
      const second = kernel.lookup('f').nodeId;
      const { handle } = kernel.open(second, constants.O_WRONLY);
      expect(kernel.lookup('f').nodeId, 'open').to.not.equal(second);
      kernel.request('FORGET', kernel.lookup('f').nodeId, words(1, 0));
      kernel.request('RELEASE', second, words(handle, 0, 0, 0, 0, 0));
      const third = kernel.lookup('f').nodeId;
      kernel.request('RELEASE', third, words(kernel.open(third, constants.O_WRONLY).handle, 0, 0, 0, 0, 0));
      expect(kernel.lookup('f').nodeId, 'closed').to.equal(third);
    });

    it('shares that of a file whose writes wait briefly until one does', () => {
      const write = (_bytes: Uint8Array, call: Call): Promise<number> => untilEnded(call);
      const kernel = new FakeKernel(new ToyDirectory({ f: file({ writesWait: 'briefly', open: () => ({ write }) }) }));
      const { nodeId } = kernel.lookup('f');
      const { handle } = kernel.open(nodeId, constants.O_WRONLY);
      expect(kernel.lookup('f').nodeId).to.equal(nodeId);
      kernel.request('WRITE', nodeId, Buffer.concat([words(handle, 0, 0, 0, 1, 0, 0, 0, 0, 0), Buffer.from('x')]));
      expect(kernel.lookup('f').nodeId).to.not.equal(nodeId);
    });
  });

  describe('when a caller is interrupted', () => {
    const blocked = (): { kernel: FakeKernel; unique: number } => {
      const kernel = new FakeKernel(new ToyDirectory({ f: file({ open: () => ({ read: (_o, _s, call) => untilEnded(call) }) }) }));
      const { nodeId } = kernel.lookup('f');
      return { kernel, unique: kernel.read(nodeId, kernel.open(nodeId).handle) };
    };

    it('answers the call EINTR', async () => {
      const { kernel, unique } = blocked();
      kernel.request('INTERRUPT', 0, words(unique, 0), { unique: unique | 1 });
      await new Promise(setImmediate);
      expect(kernel.answer(unique).error).to.equal(EINTR);
      expect(kernel.session.waiting).to.equal(0);
    });

    it('takes an INTERRUPT of a call that is answered, or not yet seen, without harm', () => {
      const kernel = new FakeKernel(new ToyDirectory());
      kernel.request('INTERRUPT', 0, words(998, 0), { unique: 999 });
      expect(kernel.answer(999).error).to.equal(EAGAIN);
    });

    it('makes no signal for a call that is answered at once', () => {
      let seen: Call | undefined;
      const read = (_offset: number, _size: number, call: Call): Uint8Array => {
        seen = call;
        return new Uint8Array();
      };
      const kernel = new FakeKernel(new ToyDirectory({ f: file({ open: () => ({ read }) }) }));
      const original = globalThis.AbortController;
      const refuse = function (): never {
        throw new Error('a signal was made');
      };
      globalThis.AbortController = refuse as unknown as typeof AbortController;
      try {
        const { nodeId } = kernel.lookup('f');
        expect(kernel.answer(kernel.read(nodeId, kernel.open(nodeId).handle)).error).to.equal(0);
      } finally {
        globalThis.AbortController = original;
      }
      expect(seen).to.not.equal(undefined);
    });
  });

  describe('whatever happens', () => {
    it('makes a fault of a file EIO, logs it, and goes on', async () => {
      const broken = file({
        open: () => ({
          read: () => {
            throw new TypeError('a bug');
          },
          write: () => Promise.reject(new TypeError('another bug')),
        }),
      });
      const kernel = new FakeKernel(
        new ToyDirectory({ broken, long: file({ open: () => ({ read: () => new Uint8Array(10) }) }), f: text('well') }),
      );
      const { nodeId } = kernel.lookup('broken');
      const { handle } = kernel.open(nodeId, 2);
      expect(kernel.answer(kernel.read(nodeId, handle)).error).to.equal(EIO);
      const write = kernel.request('WRITE', nodeId, Buffer.concat([words(handle, 0, 0, 0, 1, 0, 0, 0, 0, 0), Buffer.from('x')]));
      await new Promise(setImmediate);
      expect(kernel.answer(write).error).to.equal(EIO);
      const long = kernel.lookup('long').nodeId;
      expect(kernel.answer(kernel.read(long, kernel.open(long).handle, { size: 9 })).error, 'more than was asked for').to.equal(EIO);
      expect(kernel.logged).to.have.length(3);
      const well = kernel.lookup('f').nodeId;
      expect(kernel.answer(kernel.read(well, kernel.open(well).handle)).body.toString()).to.equal('well');
    });

    it('answers what it does not know with ENOSYS and what is cut short with EINVAL', () => {
      const kernel = new FakeKernel(new ToyDirectory());
      for (const opcode of [21, 22, 47, 4096, 4_000_000_000]) expect(kernel.answer(kernel.request(opcode, 1)).error).to.equal(ENOSYS);
      for (const [name, { bytes }] of Object.entries(OPCODES)) {
        if (bytes === 0) continue;
        const unique = kernel.request(name as keyof typeof OPCODES, 1, Buffer.alloc(bytes - 1));
        expect(kernel.answer(unique).error, name).to.equal(EINVAL);
      }
    });

    it('stands random requests', () => {
      const tree = new ToyDirectory({ d: new ToyDirectory(), f: text('x'), w: file({ writesWait: 'long' }) });
      const kernel = new FakeKernel(tree);
      const opcode = fc.oneof(fc.constantFrom(...Object.values(OPCODES).map(({ code }) => code)), fc.nat(60));
      fc.assert(
        fc.property(opcode, fc.nat(12), fc.uint8Array({ maxLength: 200 }), fc.nat(300), (code, nodeId, body, lie) => {
          kernel.request(code, nodeId, body);
          const raw = Buffer.alloc(40 + body.length);
          raw.writeUInt32LE(lie * 1000, 0); // a length that is not true
          raw.writeUInt32LE(code, 4);
          raw.set(body, 40);
          kernel.raw(raw);
        }),
        { numRuns: 2000 },
      );
      expect(kernel.logged, 'faults of ours').to.deep.equal([]);
      expect(kernel.lookup('f').error).to.equal(0);
    });
  });
});
