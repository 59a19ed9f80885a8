/**
 * `circuit take`: a command that works on messages of a channel, of the server that is dialled and of another one.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { TAKEN_MAX_BYTES } from '../../../src/base/limits.js';
import { Client, type Running, SILENT } from '../../lib/client.js';
import { Daemon } from '../../lib/daemon.js';
import { circuit } from '../program.js';

/** Between two looks, where nothing can be waited for. */
const LOOK_MS = 20;

for (const where of ['of its own server', 'of another server'] as const)
  describe(`circuit take, at a channel ${where}`, function () {
    this.timeout(90_000);
    let here: Daemon;
    let there: Daemon;
    let client: Client;
    let anchor: string;
    let scratch: string;
    let number = 0;

    before(async () => {
      here = await Daemon.start({ args: ['--no-mount'] });
      there = await Daemon.start({ args: ['--no-mount', '-j', here.url] });
      await here.says(`server ${there.id}`);
      client = new Client(here.url);
    });
    beforeEach(async () => {
      scratch = mkdtempSync(join(tmpdir(), 'take-'));
      anchor = `/${(where === 'of another server' ? there : here).id}/take-${number++}`;
      await client.prints(['mkchan', anchor, '{"Capacity":100,"Tries":3}']);
    });
    afterEach(async () => {
      await client.end();
      rmSync(scratch, { recursive: true });
    });
    after(async () => {
      await Promise.all([here.stop(), there.stop()]);
    });

    const send = async (...texts: readonly string[]): Promise<void> => {
      for (const text of texts) await client.prints(['send', anchor], text);
    };
    const take = (...words: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> =>
      client.run(['take', ...words]);
    const sh = (script: string, ...options: readonly string[]): ReturnType<typeof take> =>
      take(...options, anchor, '--', 'sh', '-c', script);
    const peek = async (): Promise<Record<string, unknown>> => JSON.parse(await client.prints(['peek', anchor])) as Record<string, unknown>;
    /** Starts it, and waits until its command has printed something. */
    const begin = async (script: string, ...options: readonly string[]): Promise<Running> => {
      const running = client.start('take', ...options, anchor, '--', 'sh', '-c', script);
      await running.printed;
      return running;
    };

    it('gives its command the message on standard input, and has its exit status; only 0 is done', async () => {
      await send('one', 'two');
      expect(await sh('cat; echo " $CIRCUIT_TRIES"; echo bad >&2')).to.deep.equal({ code: 0, stdout: 'one 0\n', stderr: 'bad\n' });
      expect(await peek()).to.include({ NumRecv: 1, NumTaken: 0 });
      expect(await sh('cat /dev/stdin; exit 3')).to.deep.equal({ code: 3, stdout: 'two', stderr: '' });
      expect(await sh('kill -USR1 $$')).to.include({ code: 138 });
      expect(await peek()).to.include({ NumRecv: 1, NumTaken: 0, Buffered: 1 });
      expect(await sh('cat; echo " $CIRCUIT_TRIES"')).to.include({ code: 0, stdout: 'two 2\n' });
      expect(await peek()).to.include({ NumRecv: 2, Buffered: 0, Dead: 0 });
      expect(await take(anchor)).to.include({ code: 2 });
    });

    it('says that a command cannot be run, and gives the message back', async () => {
      await send('one');
      const { code, stderr } = await take(anchor, 'no-such-program');
      expect([code, stderr]).to.deep.equal([127, 'circuit: no-such-program: cannot be run: No such file or directory\n']);
      expect(await take(anchor, '/etc/passwd')).to.include({ code: 126 });
      expect(await take('--loop', anchor, 'no-such-program')).to.include({ code: 127 });
      expect(await peek()).to.include({ NumRecv: 0, Dead: 1 });
    });

    it('hands over messages of any length, read or not, and empty ones', async () => {
      const long = 'x'.repeat(5_000_000);
      await client.prints(['send', anchor], '');
      const sent = client.prints(['send', anchor], long);
      expect(await sh('wc -c')).to.include({ code: 0, stdout: '0\n' });
      expect(await sh('exec 0<&-; exit 4')).to.include({ code: 4 });
      expect(await sh('wc -c')).to.include({ code: 0, stdout: `${long.length}\n` });
      await sent;
      expect(long.length).to.be.below(TAKEN_MAX_BYTES);
    });

    it('waits for a message, or does not, and tells of a channel that is closed', async () => {
      expect(await sh('cat', '-n')).to.deep.equal({ ...SILENT, code: 1 });
      expect(await sh('cat', '-w', '0.3', '-E', '9')).to.deep.equal({ ...SILENT, code: 9 });
      expect(await sh('cat', '-n', '--loop')).to.deep.equal(SILENT);
      const waiting = client.start('take', '-w', '60', anchor, 'cat');
      const tired = client.start('take', anchor, 'cat');
      await client.until(anchor, 'WaitingReceivers', 2);
      tired.child.kill('SIGINT');
      expect(await tired.ended).to.deep.equal({ ...SILENT, code: 130 });
      await send('late');
      expect(await waiting.ended).to.deep.equal({ ...SILENT, stdout: 'late' });
      await client.prints(['close', anchor]);
      const { code, stderr } = await sh('cat');
      expect(code).to.equal(1);
      expect(stderr).to.match(/^circuit: .* closed and empty: no message will come\n$/);
      expect(await sh('cat', '--loop')).to.deep.equal(SILENT);
    });

    it('goes on until the channel is closed and nothing is held, and fails as xargs does if a command did', async () => {
      await send('a', 'bad', 'c');
      await client.prints(['close', anchor]);
      const script = 'read -r text; echo "$text $CIRCUIT_TRIES"; [ "$text" != bad ]';
      expect(await sh(script, '--loop')).to.deep.equal({ code: 123, stdout: 'a 0\nbad 0\nbad 1\nbad 2\nc 0\n', stderr: '' });
      expect(await peek()).to.include({ NumRecv: 2, Dead: 1, NumTaken: 0 });
    });

    it('works on several at a time, and ends all when one says so', async () => {
      await send('1', '2', '3', '4');
      await client.prints(['close', anchor]);
      // Each waits for the three others: one after the other they would never end.
      const meet = `touch ${scratch}/$$; until [ $(ls ${scratch} | wc -l) -ge 4 ]; do sleep 0.05; done; echo "$(cat)"`;
      const { code, stdout } = await sh(meet, '-P', '4');
      expect([code, stdout.trim().split('\n').sort()]).to.deep.equal([0, ['1', '2', '3', '4']]);
      const other = `${anchor}/other`;
      await client.prints(['mkchan', other, '9']);
      for (const text of ['1', '2']) await client.prints(['send', other], text);
      expect(await take('-P', '2', other, '--', 'sh', '-c', 'read -r n; exit $((n == 1 ? 255 : 0))')).to.include({ code: 124 });
      expect(JSON.parse(await client.prints(['peek', other]))).to.include({ NumTaken: 0 });
    });

    it('hands signals on, ends with its command, and takes nothing more', async () => {
      await send('one', 'two');
      const single = await begin("trap 'echo told; exit 7' TERM; echo up; while :; do sleep 0.05; done");
      expect(await peek()).to.include({ NumTaken: 1 });
      single.child.kill('SIGTERM');
      expect(await single.ended).to.include({ code: 7, stdout: 'up\ntold\n' });
      const loop = await begin("trap 'echo told; exit 0' TERM; echo up; while :; do sleep 0.05; done", '--loop');
      loop.child.kill('SIGTERM');
      expect(await loop.ended).to.include({ code: 143, stdout: 'up\ntold\n' });
      expect(await peek()).to.include({ NumRecv: 1, Buffered: 1, NumTaken: 0 });
    });

    it('gives the message back when it is killed, and takes its command along', async () => {
      await send('one');
      const pid = join(scratch, 'pid');
      const worker = await begin(`echo $$ > ${pid}; echo up; exec sleep 1000`);
      worker.child.kill('SIGKILL');
      await once(worker.child, 'exit');
      const command = Number(readFileSync(pid, 'utf8'));
      while (existsSync(`/proc/${command}`)) await delay(LOOK_MS);
      expect(await sh('echo "$CIRCUIT_TRIES"', '-w', '20')).to.include({ code: 0, stdout: '1\n' });
    });

    it('gives the message back when its command is killed', async () => {
      await send('one');
      expect(await sh('kill -KILL $$')).to.include({ code: 137 });
      expect(await sh('cat')).to.include({ code: 0, stdout: 'one' });
    });

    it('works on what a selection has won', async () => {
      const selection = `${anchor}/selection`;
      await client.prints(['mkselect', selection], JSON.stringify([{ op: 'r', file: `${anchor}/take` }]));
      expect(await take('-n', selection, 'cat')).to.deep.equal({ ...SILENT, code: 1 });
      const waiting = client.start('take', selection, 'cat');
      await send('won');
      expect(await waiting.ended).to.deep.equal({ ...SILENT, stdout: 'won' });
      expect(await peek()).to.include({ NumRecv: 1, NumTaken: 0 });
      const { code, stderr } = await client.run(['recv', selection]);
      expect([code, stderr]).to.deep.equal([1, `circuit: ${selection}: ${anchor}/take has won: "circuit take" goes on with it\n`]);
    });

    it('says so when it is not known whether the message is done', async () => {
      await send('one');
      const worker = await begin(`echo up; until [ -e ${scratch}/go ]; do sleep 0.05; done`);
      await client.prints(['scrub', anchor]);
      execFileSync('touch', [join(scratch, 'go')]);
      const { code, stderr } = await worker.ended;
      expect(code).to.equal(75);
      expect(stderr).to.match(/^circuit: the command ended well, and its message may come again: .*scrubbed\n$/);
    });

    it('goes through the server that -d names', async () => {
      await send('one');
      const by = where === 'of another server' ? there : here;
      const { code, stdout } = await circuit(['take', '-d', by.url, anchor, '--', 'cat'], { env: { CIRCUIT: '' } });
      expect([code, stdout]).to.deep.equal([0, 'one']);
      expect(await peek()).to.include({ NumRecv: 1 });
    });

    if (where === 'of another server')
      it('lets its command end, and says so, when the server of the channel has died', async () => {
        await send('one');
        const worker = await begin(`echo up; until [ -e ${scratch}/go ]; do sleep 0.05; done; echo end`);
        there.kill('SIGKILL');
        await there.exited;
        execFileSync('touch', [join(scratch, 'go')]);
        const { code, stdout, stderr } = await worker.ended;
        expect([code, stdout]).to.deep.equal([75, 'up\nend\n']);
        expect(stderr).to.match(/^circuit: the command ended well, and its message may come again: /);
      });
  });
