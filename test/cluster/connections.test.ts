/**
 * The last messages of a leaving server to peers that are just connecting. With real sockets a test cannot determine which of two events comes first.
 */
import { expect } from 'chai';
import { Connections } from '../../src/cluster/connections.js';
import type { Input, Token } from '../../src/cluster/membership/protocol.js';
import { SYSTEM_CLOCK } from '../../src/base/clock.js';
import { type Connection, type DialOptions, type Hello, VERSIONS } from '../../src/wire/transport/connection.js';

const HELLO: Hello = { versions: VERSIONS, id: 'X0000000000000002', role: 'server', purpose: 'link' };
const BYE = Buffer.from('bye');

/** Records what is done with it. */
class Recorded implements Connection {
  readonly peer = { host: '10.0.0.2', port: 1 };
  readonly hello = HELLO;
  readonly dialled = false;
  readonly key = undefined;
  readonly queued_bytes = 0;
  readonly story: string[] = [];

  send(message: Uint8Array): void {
    this.story.push(Buffer.from(message).toString());
  }

  receive(): void {
    this.story.push('listened to');
  }

  close(): void {
    this.story.push('closed');
  }

  pause(): void {
    throw new Error('nobody pauses it');
  }

  resume(): void {
    throw new Error('nobody resumes it');
  }

  destroy(): void {
    throw new Error('nobody destroys it');
  }
}

/** One server's connections, the inputs fed to its core, and its unanswered dials. */
function fixture(): { connections: Connections; fed: Input[]; dials: { options: DialOptions; answer: (with_: Connection) => void }[] } {
  const fed: Input[] = [];
  const dials: { options: DialOptions; answer: (with_: Connection) => void }[] = [];
  const connections: Connections = new Connections({
    id: 'X0000000000000001',
    clock: SYSTEM_CLOCK,
    transport: {
      dial: (options) =>
        new Promise((resolve, reject) => {
          options.signal?.addEventListener('abort', () => reject(new Error('called off')));
          dials.push({ options, answer: resolve });
        }),
    },
    feed: (input) => {
      fed.push(input);
      // What a core does that has said good-bye.
      if (input.kind !== 'established') return;
      connections.send(input.token, BYE);
      connections.close(input.token);
    },
    onFailed: () => undefined,
  });
  return { connections, fed, dials };
}

describe('the connections of a server that leaves', () => {
  it('carry its good-bye to one that was welcomed and is just coming', async () => {
    const { connections, fed } = fixture();
    let token: Token = 0;
    connections.welcome(HELLO, (given) => {
      token = given;
      return {};
    });
    connections.send(token, BYE);
    connections.close(token);
    const ended = connections.end();
    const connection = new Recorded();
    connections.connected(connection);
    await ended;
    expect(connection.story).to.deep.equal(['bye', 'closed']);
    expect(fed).to.deep.equal([]);
  });

  it('are waited for if the other host has answered the dial, and not otherwise', async () => {
    const { connections, fed, dials } = fixture();
    for (const token of [-1, -2]) connections.dial({ token, address: '10.0.0.2:1', id: HELLO.id, purpose: 'link', note: {}, connect_ms: 1000, timeout_ms: 1000 }); // prettier-ignore
    const [answered, silent] = dials;
    answered?.options.onConnected?.();
    const ended = connections.end();
    expect(silent?.options.signal?.aborted).to.equal(true);
    expect(answered?.options.signal?.aborted).to.equal(false);
    const connection = new Recorded();
    answered?.answer(connection);
    await ended;
    expect(connection.story).to.deep.equal(['bye', 'closed']);
    expect(fed.map(({ kind }) => kind)).to.have.members(['connected', 'failed', 'established']);
  });
});
