/**
 * One message there and one back over a bare connection of ours (TLS, WebSocket), without sessions: the floor under every call to another server.
 *
 *   wire.js KEY listen HOST | ping HOST:PORT SECONDS
 */
import { formatAddress, parseAddress } from '../../src/base/address.js';
import { Dialler } from '../../src/wire/transport/dialler.js';
import { readKeyFile } from '../../src/wire/transport/key-file.js';
import { listen } from '../../src/wire/transport/listener.js';
import { meter } from './meter.js';

const [keyFile = '', role, address = '', seconds] = process.argv.slice(2);
const ring = readKeyFile(keyFile);
const keys = (): typeof ring => ring;
const log = (): void => undefined;
const [ASKING, ANSWERING] = ['Xaaaaaaaaaaaaaaaa', 'Xbbbbbbbbbbbbbbbb'] as const;
const MESSAGE_BYTES = 100;

if (role === 'listen') {
  const listener = await listen({
    ...{ host: address, port: 0, id: ANSWERING, role: 'server', keys, log },
    welcome: () => ({}),
    onConnection: (connection) => connection.receive({ message: (bytes) => connection.send(bytes), closed: () => undefined }),
  });
  console.log(`listens at ${formatAddress(listener.address)}`);
} else {
  const hello = { id: ASKING, role: 'server', purpose: 'session' } as const;
  const connection = await new Dialler({ keys, log }).dial({ address: parseAddress(address), hello, timeout_ms: 5000 });
  const message = Buffer.alloc(MESSAGE_BYTES, 'x');
  const metered = meter(Number(seconds));
  connection.receive({
    message: () => {
      if (metered.count()) return connection.send(message);
      console.log(JSON.stringify(metered.result()));
      connection.close();
    },
    closed: () => undefined,
  });
  connection.send(message);
}
