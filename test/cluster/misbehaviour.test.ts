import { expect } from 'chai';
import { SYSTEM_CLOCK } from '../../src/base/clock.js';
import { Cluster } from '../../src/cluster/cluster.js';
import { VERSIONS } from '../../src/wire/transport/connection.js';

describe('a server that knows the key and greets in a way that is none', () => {
  it('has one line in the log for its address, whatever IDs it makes up, and is refused', async () => {
    const lines: string[] = [];
    const cluster = new Cluster({
      identity: { id: 'X0000000000000001', address: '127.0.0.1:1', host: 'here', joined_ms: 1 },
      transport: { dial: () => Promise.reject(new Error('nobody is dialled')) },
      clock: SYSTEM_CLOCK,
      seed: 1,
      patience_ms: 0,
      log: (_level, line) => lines.push(line),
      onChange: () => undefined,
      onGone: () => undefined,
    });
    cluster.begin([]);
    for (const host of ['192.0.2.1', '192.0.2.2']) {
      for (let n = 0; n < 50; n++) {
        const id = `X${n.toString(16).padStart(16, 'a')}`;
        const hello = { versions: VERSIONS, id, role: 'server', purpose: 'link', note: 'nonsense' } as const;
        expect(cluster.welcome(hello, { host, port: 1 })).to.deep.equal({ refused: 'malformed hello' });
      }
    }
    expect(lines).to.deep.equal([
      'server Xaaaaaaaaaaaaaaa0 at 192.0.2.1 sent a malformed hello',
      'server Xaaaaaaaaaaaaaaa0 at 192.0.2.2 sent a malformed hello',
    ]);
    await cluster.leave();
  });
});
