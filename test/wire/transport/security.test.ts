import { spawn } from 'node:child_process';
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions, createServer, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { Address } from '../../../src/base/address.js';
import { formatHello, HELLO_HEADER } from '../../../src/wire/transport/greeting.js';
import { generateKey, Keyring } from '../../../src/wire/transport/keyring.js';
import { isKeyed, secureClient, secureServer } from '../../../src/wire/transport/tls.js';
import { VERSIONS } from '../../../src/wire/transport/connection.js';
import { untilOver } from '../../lib/children.js';
import { makeCertificate } from './certificate.js';
import { BOB, closing, Ear, Ends, EVE, everything, helloOf, type Keys, newKeys, upgrade } from '../session/ends.js';

const KEYS = newKeys();
const keyed: Keys = () => KEYS;
const { secret: psk, identity } = KEYS.first;

/** The key in the hands of one who leaves out our other precautions. */
const withKey = { pskCallback: () => ({ psk, identity }), checkServerIdentity: () => undefined } as const;

/** How a handshake ends: `in`, or the error's code. */
function outcomeOf(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve('in'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve('closed'));
  });
}

describe('only the key lets in', () => {
  let ends: Ends;
  beforeEach(() => {
    ends = new Ends();
  });
  afterEach(() => ends.close());

  /** A bare TLS end as ours, whose sockets are told of when they are through. */
  const bareServer = async (): Promise<Address & { readonly secured: TLSSocket[] }> => {
    const secured: TLSSocket[] = [];
    const tls = secureServer(keyed, () => undefined);
    tls.on('secureConnection', (socket) => secured.push(socket.on('error', () => undefined).resume()));
    const address = await ends.server(createTcpServer((socket) => tls.emit('connection', socket)));
    return { ...address, secured };
  };
  const tlsTo = async (address: Address, options: ConnectionOptions): Promise<TLSSocket> =>
    connect({ ...options, socket: await ends.tcp(address) }).on('error', () => undefined);

  it('is TLS 1.3 with the key, X25519 and no certificate', async () => {
    const { secured, ...address } = await bareServer();
    const socket = secureClient(await ends.tcp(address), KEYS.first);
    await once(socket, 'secureConnect');
    expect(isKeyed(socket)).to.equal(true);
    expect(socket.getEphemeralKeyInfo()).to.include({ type: 'ECDH', name: 'X25519' });
    expect(socket.getCipher().name).to.be.oneOf(['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256']);
    await ends.until(() => secured.length > 0);
    expect(secured.map(isKeyed)).to.deep.equal([true]);
  });

  it('believes no server that shows a certificate in place of the key, whoever has certified it', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'certificate-'));
    try {
      const certificate = makeCertificate();
      const file = join(scratch, 'authority.pem');
      writeFileSync(file, certificate.cert);
      const { host, port } = await ends.server(createServer({ ...certificate, minVersion: 'TLSv1.3' }));
      // Authorities of the system can only be given to a whole process.
      const script = `const tls = require('node:tls'), net = require('node:net');
        const psk = Buffer.from('${Buffer.from(psk).toString('hex')}', 'hex');
        const outcome = (name, socket) => socket.once('secureConnect', () => (console.log(name, 'in'), socket.destroy()))
          .once('error', ({ code }) => (console.log(name, code), socket.destroy()));
        outcome('naive', tls.connect({ host: '${host}', port: ${port}, servername: 'localhost', pskCallback: () => ({ psk, identity: '${identity}' }) }));
        import(${JSON.stringify(new URL('../../../src/wire/transport/tls.js', import.meta.url).href)}).then(({ secureClient }) => {
          const socket = net.connect({ host: '${host}', port: ${port} }, () => outcome('ours', secureClient(socket, { secret: psk, identity: '${identity}' })));
        });`;
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: file };
      const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      const [printed] = await Promise.all([text(child.stdout), untilOver(child)]);
      const said = printed.trim().split('\n').sort();
      expect(said[0]).to.equal('naive in'); // else this shows nothing
      expect(said[1]).to.match(/^ours (?!in$)\w+$/);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });

  it('looks again at what has let a handshake through', async () => {
    const certificate = makeCertificate();
    const address = await ends.server(createServer({ ...certificate, minVersion: 'TLSv1.3' }));
    const socket = await tlsTo(address, { ...withKey, ca: certificate.cert });
    await once(socket, 'secureConnect');
    expect([socket.authorized, isKeyed(socket)]).to.deep.equal([true, false]);
  });

  it('gives no ticket that would let in without the key', async () => {
    const { secured, ...address } = await bareServer();
    const first = await tlsTo(address, { ...withKey, ca: [] });
    const sessions: Buffer[] = [];
    first.on('session', (session) => sessions.push(session));
    await once(first, 'secureConnect');
    first.resume().end('x');
    await closing(first); // whatever the server gives out has come by now
    for (const session of sessions) {
      const again = await tlsTo(address, { session, ca: [], checkServerIdentity: () => undefined });
      expect(await outcomeOf(again)).not.to.equal('in');
    }
    expect(secured).to.have.length(1);
  });

  it('takes nothing older than TLS 1.3, at either end', async () => {
    const old = { ...withKey, maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2', ciphers: 'PSK' } as const;
    const { secured, ...ours } = await bareServer();
    expect(await outcomeOf(await tlsTo(ours, old))).not.to.equal('in');
    expect(secured).to.deep.equal([]);
    const theirs = createServer({ ...old, pskCallback: () => Buffer.from(psk) });
    const address = await ends.server(theirs);
    expect(await outcomeOf(await tlsTo(address, old))).to.equal('in'); // else this shows nothing
    expect(await outcomeOf(secureClient(await ends.tcp(address), KEYS.first))).not.to.equal('in');
  });

  it('shows itself: naming a key is not holding it', async () => {
    const { address } = await ends.listen(keyed);
    const liar = await tlsTo(address, {
      pskCallback: () => ({ psk: Buffer.alloc(32), identity }),
      checkServerIdentity: () => undefined,
      ca: [],
    });
    expect(await outcomeOf(liar)).not.to.equal('in');
    expect(ends.accepted).to.deep.equal([]);
    expect(await ends.serves(address, keyed)).to.equal(true);
  });

  it('gets another local user nowhere who can connect and knows the protocol, but not the key', async () => {
    const { address } = await ends.listen(keyed);
    const plain = await ends.tcp(address);
    plain.write(upgrade());
    expect((await everything(plain)).toString()).to.match(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    for (const options of [{ rejectUnauthorized: false }, { secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT, ca: [] }]) {
      expect(await outcomeOf(await tlsTo(address, options))).not.to.equal('in');
    }
    expect(ends.accepted).to.deep.equal([]);
  });

  for (const [how, keys] of [
    ['even with the key', keyed],
    ['with --insecure', (): undefined => undefined],
  ] as const) {
    it(`gets a web page in a browser nowhere, ${how}`, async () => {
      const { address } = await ends.listen(keys);
      const open = async (): Promise<Socket> => {
        const tcp = await ends.tcp(address);
        return keys() === undefined ? tcp : secureClient(tcp, KEYS.first);
      };
      const socket = await open();
      const web = new WebSocket('ws://circuit/', {
        createConnection: () => socket,
        origin: 'https://page.example',
        headers: { [HELLO_HEADER]: formatHello({ ...helloOf(EVE), versions: VERSIONS }) },
      });
      const [error] = (await once(web, 'error')) as [Error];
      expect(error.message).to.equal('Unexpected server response: 403');
      const post = await open();
      post.write('POST / HTTP/1.1\r\nHost: x\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n');
      expect((await everything(post)).toString()).to.match(/^HTTP\/1\.1 403 /);
      expect(ends.accepted).to.deep.equal([]);
      expect(await ends.serves(address, keys)).to.equal(true);
    });
  }
});

describe('keys that change', () => {
  let ends: Ends;
  const [old, next] = [generateKey(), generateKey()];
  const [onlyOld, both, onlyNext] = [old, `${old}\n${next}`, next].map((lines) => Keyring.parse(lines)) as [Keyring, Keyring, Keyring];
  beforeEach(() => {
    ends = new Ends();
  });
  afterEach(() => ends.close());

  it('are all accepted, and the first is spoken with', async () => {
    const { address } = await ends.listen(() => both);
    expect((await ends.dial(address, () => onlyNext)).key).to.equal(onlyNext.first.identity);
    expect((await ends.dial(address, () => both)).key).to.equal(onlyOld.first.identity);
  });

  it('end the connections of a key that is withdrawn, at the end that learns it, and no others', async () => {
    let keys = both;
    const { address, keysChanged } = await ends
      .listen(() => keys)
      .then((listener) => ({
        address: listener.address,
        keysChanged: () => listener.keysChanged(),
      }));
    const stale = new Ear(await ends.dial(address, () => onlyOld));
    const fresh = new Ear(await ends.dial(address, () => onlyNext));
    keysChanged();
    keys = onlyNext;
    keysChanged();
    await stale.closed;
    expect(await ends.accepted[0]?.closed).to.equal(`its key, ${onlyOld.first.identity}, was withdrawn`);
    fresh.connection.send(Buffer.from('still here'));
    expect((await fresh.heard(1)).toString()).to.equal('still here');
    expect(await ends.dial(address, () => onlyOld).catch((error: unknown) => error)).to.have.property('failure', 'key');
  });

  it('end those connections at the end that dialled as well', async () => {
    let keys = both;
    const { address } = await ends.listen(() => both);
    const dialler = ends.dialler(() => keys);
    const ear = new Ear(await dialler.dial({ address, hello: helloOf(EVE, BOB), timeout_ms: 5_000 }));
    keys = onlyNext;
    dialler.keysChanged();
    expect(await ear.closed).to.match(/was withdrawn$/);
  });

  it('do not let in whoever was in the middle of a handshake with a key that is gone', async () => {
    let keys = onlyOld;
    const { address } = await ends.listen(() => keys);
    const socket = secureClient(await ends.tcp(address), onlyOld.first).on('error', () => undefined);
    await once(socket, 'secureConnect');
    keys = onlyNext;
    socket.write(upgrade());
    expect((await everything(socket)).toString()).to.equal('');
    expect(ends.accepted).to.deep.equal([]);
  });
});
