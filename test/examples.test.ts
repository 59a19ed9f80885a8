/**
 * The scripts in `examples/`, run as a user would.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { needs } from './machine.js';

const LIMIT_MS = 60_000;
const HOSTS = ['web-1', 'web-2', 'web-3'];

describe('examples/three-hosts.sh', function () {
  this.timeout(LIMIT_MS + 10_000);

  it('shows three hosts on each, and runs a program on the third from the first', async function () {
    needs(this, 'linux', 'root', 'netns', 'fuse');
    const script = fileURLToPath(new URL('../../examples/three-hosts.sh', import.meta.url));
    const shell = spawn(script, [], { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
    const [printed, complaints] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')]);
    expect(shell.exitCode, complaints).to.equal(0);
    expect(complaints).to.equal('');
    const listed = HOSTS.map((host) => `ls /circuit/host, on ${host}:\nhelp\n${HOSTS.map((name) => `${name}\n`).join('')}`);
    expect(printed).to.equal(`${listed.join('')}mkproc hostname in /circuit/host/web-3, on web-1:\nweb-3\n`);
  });
});
