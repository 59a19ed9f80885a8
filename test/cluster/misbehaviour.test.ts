import { expect } from 'chai';
import { type Clock, SYSTEM_CLOCK } from '../../src/base/clock.js';
import { Cluster } from '../../src/cluster/cluster.js';
import { VERSIONS } from '../../src/wire/transport/connection.js';

describe('a server that knows the key and greets in a way that is none', () => {
  it('has one line in the log for its address, whatever IDs it makes up, and is refused', async () => {
    const lines: string[] = [];
    const cluster = clusterAlone(SYSTEM_CLOCK, (_level, line) => lines.push(line));
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

describe('a server that leaves', () => {
  it('asks for no timer any more that Node would take for one that has run out', async () => {
    const delays_ms: number[] = [];
    const after: Clock['after'] = (delay_ms, fire) => {
      delays_ms.push(delay_ms);
      return SYSTEM_CLOCK.after(delay_ms, fire);
    };
    const cluster = clusterAlone({ ...SYSTEM_CLOCK, after });
    cluster.begin([]);
    await cluster.leave();
    expect(delays_ms).to.not.be.empty;
    expect(delays_ms.filter((delay_ms) => !Number.isFinite(delay_ms))).to.deep.equal([]);
  });
});

function clusterAlone(clock: Clock, log: (level: string, line: string) => void = () => undefined): Cluster {
  return new Cluster({
    identity: { id: 'X0000000000000001', address: '127.0.0.1:1', host: 'here', joined_ms: 1 },
    transport: { dial: () => Promise.reject(new Error('nobody is dialled')) },
    clock,
    seed: 1,
    slowdown: () => 1,
    patience_ms: 0,
    log,
    onChange: () => undefined,
    onGone: () => undefined,
  });
}
