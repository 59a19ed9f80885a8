import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { parseAddress } from '../../src/base/address.js';
import type { NameServerPeek } from '../../src/api/index.js';
import { Server } from '../../src/server/server.js';

const ASKER = { uid: 0, gid: 0, pid: 0 };

describe('a server with a directory for what outlives it', () => {
  it('has its operations there, as its log has them', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'var-'));
    try {
      const server = await Server.start({
        var: scratch,
        grace_s: 1,
        version: '0',
        logger: pino({ level: 'silent' }),
        onSuicide: () => undefined,
      });
      const { self } = server.circuit;
      for (let n = 0; n < 100; n++) await self.makeAnchor([`a${n}`], ASKER);
      const { bytes } = await self.readLog(0, 1_000_000);
      await server.stop();
      const file = join(scratch, 'operations.log');
      expect(readFileSync(file)).to.deep.equal(Buffer.from(bytes));
      expect(statSync(file).mode & 0o777).to.equal(0o600);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});

describe('a server that stops', () => {
  it('takes its name servers along, wherever they are', async () => {
    const server = await Server.start({ grace_s: 1, version: '0', logger: pino({ level: 'silent' }), onSuicide: () => undefined });
    const { self } = server.circuit;
    const path = ['deep', 'below', 'names'];
    await self.makeElement(path, 'dns', {}, ASKER);
    const { host, port } = parseAddress(((await self.peek(path)) as NameServerPeek).Address);
    const before = connect(port, host);
    await once(before, 'connect');
    const closed = once(before, 'close');
    await server.stop();
    await closed;
    const [error] = (await once(connect(port, host), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNREFUSED');
  });
});
