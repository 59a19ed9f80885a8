/**
 * Real servers in the test's own process, seen by the API from nearby and from afar: everything is to be alike.
 */
import { expect } from 'chai';
import { pino } from 'pino';
import { dial } from '../../src/api/dial.js';
import { formatUrl, type ServerUrl } from '../../src/base/address.js';
import { type Anchor, type Circuit, CircuitError } from '../../src/api/index.js';
import { Server } from '../../src/server/server.js';
import { ALONE } from '../lib/listening.js';

const DISTANCES = ['a server in this process', 'a server that was dialled', 'another server than the dialled one'] as const;

/** The code of the error that it fails with. */
export async function code(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => expect.fail('did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(CircuitError);
  return (error as CircuitError).code;
}

export async function startServer(onSuicide: () => void = () => undefined): Promise<Server> {
  return Server.start({ grace_s: 1, version: '1.2.3', logger: pino({ level: 'silent' }), onSuicide });
}

export async function listening(server: Server): Promise<ServerUrl> {
  return { ...(await server.connect({ ...ALONE, keys: () => undefined })), pid: 0, id: server.id };
}

/** A server, through a connection. */
export async function dialled(server: Server): Promise<Circuit> {
  return dial(formatUrl(await listening(server)), { key: false });
}

/** What a test has; looked at when it runs. */
export interface Seen {
  readonly circuit: Circuit;
  /** Of the server, empty at the begin of each test. */
  readonly root: Anchor;
}

/** The same tests of a server in this process, of one that is dialled, and of one behind that. */
export function atEachDistance(title: string, tests: (here: Seen) => void): void {
  for (const distance of DISTANCES)
    describe(`${title} by the API, of ${distance}`, () => {
      const servers: Server[] = [];
      let circuit: Circuit;
      let root: Anchor;

      before(async () => {
        const server = await startServer();
        servers.push(server);
        circuit = distance === DISTANCES[0] ? server.circuit : await dialled(server);
        if (distance === DISTANCES[2]) servers.push(await another(circuit));
        root = circuit.walk(servers.at(-1)?.id ?? '');
      });
      after(async () => {
        await circuit.close();
        await Promise.all(servers.map((server) => server.stop()));
      });
      afterEach(() => root.scrub({ recursive: true }));

      tests({
        get circuit() {
          return circuit;
        },
        get root() {
          return root;
        },
      });
    });
}

/** One more server, once the circuit knows it. */
export async function another(circuit: Circuit): Promise<Server> {
  const server = await startServer();
  await listening(server);
  const [host = '', port = ''] = circuit.address.split(':');
  await server.join(formatUrl({ host, port: Number(port), pid: 0, id: circuit.serverId }));
  for await (const { member } of circuit.changes()) if (member.id === server.id) break;
  return server;
}
