/**
 * Hosts without IPv4, and hosts behind NAT: real servers in namespaces, with a router between them that translates addresses.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { PROGRAM } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';

const SCRIPT = fileURLToPath(new URL('../../../test/hosts/addresses.sh', import.meta.url));
const LIMIT_MS = 90_000;

describe('addresses of servers', function () {
  this.timeout(LIMIT_MS + 10_000);
  let scratch: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'addresses-'));
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  const run = async (which: string): Promise<string> => {
    const args = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash', SCRIPT, which, PROGRAM, scratch];
    const options = { timeout: LIMIT_MS, killSignal: 'SIGKILL', env: { ...process.env, NODE: process.execPath } } as const;
    return (await promisify(execFile)('unshare', args, options)).stdout;
  };

  it('may all be of IPv6: two servers without IPv4 find each other by multicast, at the default port', async function () {
    needs(this, 'netns');
    expect(await run('ipv6')).to.equal('circuit://[fd00:9::2]:11022\nhello\n');
  });

  it('may lie behind NAT: a server is dialled where --advertise says', async function () {
    needs(this, 'netns', 'nft');
    expect(await run('nat')).to.equal('circuit://10.9.0.254:7022\nhello\n');
  });
});
