/**
 * Output that cannot be written, of every command that prints: a full disk is told in one sentence, a reader who has gone away is not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { Client } from '../lib/client.js';
import { ANY, NODE } from '../lib/ways.js';

const FULL = /^circuit: the output cannot be written: (ENOSPC: no space left on device, write|write ENOSPC)\n$/;

for (const way of [ANY, NODE])
  describe(`output that cannot be written, ${way.name},`, function () {
    this.timeout(120_000);
    let daemon: Daemon;
    let client: Client;
    const commands: readonly (readonly string[])[] = [
      ...['help', '--help', '-v', 'version', 'keygen', 'doctor', 'ps', 'completion bash', 'completion zsh', 'completion fish', 'ls --help'],
      ...['ls /', 'ls /self', 'top --once', 'peek /self/c', 'error /self/c', 'env /self', 'log /self', 'stk /self', 'recv /self/c'],
      ...['wait /self/p', 'wait --status /self/p', 'stdout /self/p', 'run -- echo x', 'run --tag -- echo x'],
    ].map((line) => line.split(' '));

    before(async () => {
      daemon = await Daemon.start({ args: ['--no-mount'] });
      client = new Client(daemon.url);
      await client.prints(['mkchan', '/self/c', '1']);
      await client.prints(['send', '/self/c'], 'message');
      await client.run(['mkchan', '/self/c', '1']); // so that there is an error to tell
      await client.prints(['mkproc', '/self/p', 'echo', 'x']);
    });
    after(async () => {
      await client.end();
      await daemon.stop();
    });

    /** Runs a command by bash, which says where its output goes. */
    async function run(script: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> {
      const child = spawn('bash', ['-c', script, ...way.command, ...args], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, CIRCUIT: daemon.url },
      });
      const exit = once(child, 'exit') as Promise<[number | null]>;
      const [stderr, [code]] = await Promise.all([text(child.stderr), exit]);
      return { code, said: stderr.replace(/^circuit: keep this key .*\n/, '') };
    }

    for (const args of commands) {
      it(`of ${args.join(' ')}`, async () => {
        const { code, said } = await run('"$0" "$@" > /dev/full', args);
        expect(said).to.match(FULL);
        expect(code).to.equal(1);
        expect(await run('exec {closed}> >(exec 0<&-); wait $!; "$0" "$@" >&$closed', args)).to.deep.equal({ code: 141, said: '' });
      });
    }
  });
