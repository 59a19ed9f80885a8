/**
 * What goes through a command, in both ways: much, at a standstill, and to a reader that goes away.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { kill } from '../lib/children.js';
import { Client, SILENT } from '../lib/client.js';
import { Daemon } from '../lib/daemon.js';
import { NODE, WAYS } from '../lib/ways.js';

/** Prints 100 MB, of which no two parts are the same. */
const MUCH = 'awk \'BEGIN { for (i = 0; i < 10000000; i++) printf "%09d\\n", i }\'';
const MUCH_BYTES = 100_000_000;

for (const way of WAYS)
  describe(`streams, ${way.name},`, function () {
    this.timeout(240_000);
    let daemon: Daemon;
    let client: Client;
    let scratch: string;
    const shells: ChildProcess[] = [];
    let serial = 0;

    before(async () => {
      daemon = await Daemon.start({ args: ['--no-mount'] });
      client = new Client(daemon.url, way);
      scratch = mkdtempSync(join(tmpdir(), 'streams-'));
    });
    after(async () => {
      await Promise.all(shells.map(kill));
      await client.end();
      await daemon.stop();
      rmSync(scratch, { recursive: true });
    });

    const fresh = (): string => `/self/a${String(++serial)}`;
    /** Runs a script in which `circuit` is this way. */
    const bash = async (script: string): Promise<{ readonly code: number | null; readonly said: string }> => {
      const words = way.command.map((word) => `'${word}'`).join(' ');
      const child = spawn('bash', ['-c', `circuit() { ${words} "$@"; }\ncd ${scratch}\n${script}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, CIRCUIT: daemon.url },
      });
      shells.push(child);
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, said };
    };

    it('carry 100 MB through send and recv, and through stdin and stdout', async () => {
      const [channel, program] = [fresh(), fresh()];
      await client.prints(['mkchan', channel, '0']);
      await client.prints(['mkproc', program, 'cat']);
      const { said } = await bash(`
        ${MUCH} | tee >(sha256sum > given) > much
        circuit send ${channel} < much & circuit recv ${channel} | sha256sum; wait $!
        cat much | circuit stdin ${program} & circuit stdout ${program} > got; wait $!; sha256sum < got; wc -c < got; cat given`);
      const [sent, through, count, given] = said.trim().split('\n');
      expect(count).to.equal(String(MUCH_BYTES));
      expect([sent, through]).to.deep.equal([given, given]);
      rmSync(join(scratch, 'much'));
      rmSync(join(scratch, 'got'));
    });

    it('carry bytes of each kind, to a file that is appended to, whose flags stay as they are', async () => {
      const channel = fresh();
      const bytes = Buffer.from(Array.from({ length: 30_000 }, (_, at) => (at * 31) % 256));
      await client.prints(['mkchan', channel, '1']);
      expect(await client.run(['send', channel], bytes)).to.deep.equal(SILENT);
      // All four share one open file, as a shell's do.
      await bash(`{ echo before; circuit recv ${channel}; grep flags /proc/self/fdinfo/1 >&1; echo after; } >> file`);
      const file = readFileSync(join(scratch, 'file'));
      expect(file.subarray(0, 7).toString()).to.equal('before\n');
      expect(createHash('sha256').update(file.subarray(7, 30_007)).digest('hex')).to.equal(
        createHash('sha256').update(bytes).digest('hex'),
      );
      const [, flags = ''] = /flags:\s+(\d+)\nafter\n$/.exec(file.subarray(30_007).toString()) ?? [];
      expect(parseInt(flags, 8) & 0o4000).to.equal(0); // O_NONBLOCK
    });

    it('end as a program does whose reader has gone away', async () => {
      const program = fresh();
      await client.prints(['mkproc', program, 'yes']);
      const { said } = await bash(`circuit stdout ${program} | head -1; echo \${PIPESTATUS[0]}; circuit signal KILL ${program}`);
      expect(said).to.equal('y\n141\n');
    });

    it('take no input away that a command does not need', async () => {
      const { said } = await bash(`printf 'one\\ntwo\\n' | { circuit ls / > /dev/null; cat; }`);
      expect(said).to.equal('one\ntwo\n');
    });

    it('say in a sentence where nothing can be written, and write to a closed descriptor what nobody wants', async () => {
      const { said } = await bash('circuit ls / 2>&1 > /dev/full; echo $?; circuit ls / >&-; echo $?');
      expect(said).to.match(/^circuit: .*ENOSPC.*\n1\n0\n$/);
    });

    const readsDirectory = async (): Promise<void> => {
      const channel = fresh();
      await client.prints(['mkchan', channel, '1']);
      const { said } = await bash(`circuit send ${channel} < / 2>&1; echo $?`);
      expect(said).to.equal(`circuit: ${channel}: standard input cannot be read: read EISDIR\n1\n`);
    };
    // Node takes a directory for an empty input.
    if (way !== NODE) it('say in a sentence that a directory cannot be read', readsDirectory);
  });
