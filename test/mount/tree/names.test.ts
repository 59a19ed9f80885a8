import { expect } from 'chai';
import fc from 'fast-check';
import type { Directory } from '../../../mount/engine/filesystem.js';
import { NAME_MAX_BYTES } from '../../../src/base/limits.js';
import { CONTROL_FILES } from '../../../src/base/name.js';
import type { Server } from '../../../src/server/server.js';
import { ASKER, codeOf, directoryAt } from '../../lib/mount/calls.js';
import { startServer, treeOf } from '../../lib/mount/server.js';

describe('names of anchors', () => {
  let server: Server;
  let self: Directory;

  before(async () => {
    server = await startServer();
    self = await directoryAt(treeOf(server.circuit), server.id);
  });

  after(() => server.stop());

  it('are reserved for control files everywhere, also where there is no such file', async () => {
    for (const name of [...CONTROL_FILES, 'read.0', 'write.12']) {
      expect(await codeOf(() => self.makeDirectory(name, ASKER)), name).to.equal('EEXIST');
    }
  });

  it('may be 255 bytes long, and no longer', async () => {
    const longest = `${'ä'.repeat(127)}x`;
    expect(Buffer.byteLength(longest)).to.equal(NAME_MAX_BYTES);
    await self.makeDirectory(longest, ASKER);
    await self.removeDirectory(longest, ASKER);
    expect(await codeOf(() => self.makeDirectory(`${longest}x`, ASKER))).to.equal('ENAMETOOLONG');
  });

  it('are neither empty nor dots, and have no control character, slash or byte that is not UTF-8', async () => {
    for (const name of ['', '.', '..', '...', 'a\nb', 'a\u007f', '\u0000', 'a/b', 'a\ufffd']) {
      expect(await codeOf(() => self.makeDirectory(name, ASKER)), JSON.stringify(name)).to.equal('EINVAL');
    }
  });

  it('are, whatever they are, either refused with nothing left behind or found again as they were', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 90 }),
      fc.constantFrom('.', '..', '...', '....', '__proto__', 'constructor', 'toString', ...CONTROL_FILES),
    );
    const children = async (): Promise<readonly string[]> =>
      (await self.list()).filter(({ type }) => type === 'directory').map((entry) => entry.name);
    await fc.assert(
      fc.asyncProperty(name, async (made) => {
        const code = await codeOf(() => self.makeDirectory(made, ASKER));
        if (code === undefined) {
          expect(await children()).to.deep.equal([made]);
          expect((await self.lookup(made)).kind).to.equal('directory');
          await self.removeDirectory(made, ASKER);
        }
        expect(code).to.be.oneOf([undefined, 'EINVAL', 'EEXIST', 'ENAMETOOLONG']);
        expect(await children()).to.deep.equal([]);
      }),
    );
  });
});
