import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { parseAddress } from '../../src/base/address.js';
import type { NameServerPeek } from '../../src/api/index.js';
import { Server } from '../../src/server/server.js';

const ASKER = { uid: 0, gid: 0, pid: 0 };

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
