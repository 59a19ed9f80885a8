/**
 * The client commands on a real server: what they print, what they say when it cannot be, and what becomes of one that is interrupted.
 */
import { expect } from 'chai';
import { circuitProgram } from '../../src/cli/main.js';
import { ProcessConsole } from '../../src/cli/process-console.js';
import { Daemon } from '../lib/daemon.js';
import { Client, type Running, SILENT } from '../lib/client.js';
import { WAYS } from '../lib/ways.js';
import { circuit as typed, type Ended } from './program.js';

const MKCHAN = `mkchan ANCHOR CAPACITY | ANCHOR '{"Capacity":…,"Tries":…}' | ANCHOR < JSON`;

for (const way of WAYS)
  describe(`client commands, ${way.name},`, function () {
    this.timeout(60_000);
    let daemon: Daemon;
    let server: string;
    let client: Client;
    let serial = 0;

    before(async () => {
      daemon = await Daemon.start({ args: ['--no-mount'] });
      server = `/${daemon.id}`;
      client = new Client(daemon.url, way);
    });
    after(() => daemon.stop());
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') console.log(daemon.log);
      await client.end();
    });

    const start = (...args: readonly string[]): Running => client.start(...args);
    const circuit = (args: readonly string[], input?: string | Uint8Array): Promise<Ended> => client.run(args, input);
    const until = (anchor: string, field: string, value: unknown): Promise<void> => client.until(anchor, field, value);
    const fresh = (): string => `${server}/a${String(++serial)}`;

    it('list what is there: kinds, some levels, leaves first, and right paths', async () => {
      await circuit(['mkchan', `${server}/tree/b/c`, '1']);
      await circuit(['mkproc', `${server}/tree/a`, 'true']);
      expect(await circuit(['ls', `${server}/tree`])).to.deep.equal({ ...SILENT, stdout: `${server}/tree/a\n${server}/tree/b\n` });
      expect((await circuit(['ls', '-l', `${server}/tree/...`])).stdout).to.equal(
        `proc            ${server}/tree/a\n·               ${server}/tree/b\nchan            ${server}/tree/b/c\n`,
      );
      expect((await circuit(['ls', '--levels', '2', '/'])).stdout).to.equal(`${server}\n${server}/tree\n`);
      const leavesFirst = `${server}/tree/a\n${server}/tree/b/c\n${server}/tree/b\n`;
      for (const option of ['-de', '-depth', '--depth', '-depth=true'])
        expect(await circuit(['ls', option, `${server}/tree/...`]), option).to.deep.equal({ ...SILENT, stdout: leavesFirst });
      expect((await circuit(['ls', '-depth', '/...'])).stdout).to.equal(`${leavesFirst}${server}/tree\n${server}\n`);
      await circuit(['scrub', '-r', `${server}/tree`]);
    });

    it('make nothing by looking at it', async () => {
      const anchor = fresh();
      for (const command of ['ls', 'peek', 'stdout', 'wait']) {
        const { code, stdout, stderr } = await circuit([command, anchor]);
        expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
        expect(stderr).to.match(new RegExp(`^circuit: ${anchor}: no such anchor`));
      }
      expect((await circuit(['ls', `${server}/...`])).stdout).to.equal('');
    });

    it('take a program as words, whose options are its own, or as JSON, and say where JSON is wrong', async () => {
      const [words, json] = [fresh(), fresh()];
      expect(await circuit(['mkproc', '-scrub', words, 'sh', '-c', 'echo "$0" "$@"; cat', '-d', '--', '-l'])).to.deep.equal(SILENT);
      const output = start('stdout', words);
      await output.printed; // it has it open: the element stays for it
      expect(await circuit(['stdin', words], 'input\n')).to.deep.equal(SILENT);
      expect(await output.ended).to.deep.equal({ ...SILENT, stdout: '-d -- -l\ninput\n' });
      expect(await circuit(['mkproc', json], '{"Path": "echo",\n "Args" ["x"]}')).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: 'circuit: bad JSON at line 2, column 9: colon expected\n',
      });
    });

    it('refuse JSON that is not UTF-8, in whichever field', async () => {
      for (const field of [
        '"Path":"/caf\xe9"',
        '"Path":"true","Dir":"/\xe9"',
        '"Path":"true","Args":["\xe9"]',
        '"Path":"true","Env":["A=\xe9"]',
      ])
        expect(await circuit(['mkproc', fresh()], Buffer.from(`{${field}}`, 'latin1')), field).to.deep.equal({
          code: 1,
          stdout: '',
          stderr: 'circuit: invalid standard input: expected UTF-8\n',
        });
    });

    it('show how a command is used when words lack', async () => {
      for (const [args, usage] of [
        [['mkchan', server], MKCHAN],
        [['mkchan'], MKCHAN],
        [['signal', 'KILL'], 'signal NAME ANCHOR'],
      ] as const) {
        expect(await circuit(args)).to.deep.equal({ code: 2, stdout: '', stderr: `circuit: usage: circuit ${usage}\n` });
      }
    });

    it('signal with the anchor behind the name, as the original, and wait for all that stand on standard input', async () => {
      const [one, other] = [fresh(), fresh()];
      for (const anchor of [one, other]) await circuit(['mkproc', anchor, 'sleep', '1000']);
      const waiting = start('waitall');
      waiting.stdin.end(`${one}\n${other}\n`);
      expect(await circuit(['signal', 'KILL', one])).to.deep.equal(SILENT);
      expect(await circuit(['signal', 'TERM', other])).to.deep.equal(SILENT);
      const { code, stdout } = await waiting.ended;
      expect({ code, lines: stdout.trim().split('\n').sort() }).to.deep.equal({ code: 0, lines: [one, other] });
      expect((await circuit(['wait', one])).stdout).to.contain('"Phase": "signaled"');
    });

    it('carry a long message whole', async () => {
      const anchor = fresh();
      await circuit(['mkchan', anchor, '0']);
      const message = 'x'.repeat(3_000_001);
      const receiving = start('recv', anchor);
      expect(await circuit(['send', anchor], message)).to.deep.equal(SILENT);
      const { code, stdout } = await receiving.ended;
      expect({ code, same: stdout === message }).to.deep.equal({ code: 0, same: true });
    });

    it('publish to a topic, and follow it', async () => {
      const anchor = fresh();
      expect(await circuit(['mktopic', anchor, '10'])).to.deep.equal(SILENT);
      expect(await circuit(['last', anchor])).to.deep.equal(SILENT);
      expect(await circuit(['pub', anchor], 'one\n')).to.deep.equal(SILENT);
      const [following, next] = [start('sub', anchor), start('next', anchor)];
      await until(anchor, 'Subscribers', 1);
      // It may not have been opened yet.
      for (let ended = false; !ended; ended = next.child.exitCode !== null) await circuit(['pub', anchor], 'two\n');
      expect(await next.ended).to.deep.equal({ ...SILENT, stdout: 'two\n' });
      following.child.kill('SIGTERM');
      const { stdout } = await following.ended;
      expect(stdout).to.match(/^one\n(two\n)+$/);
      expect(await circuit(['last', anchor])).to.deep.equal({ ...SILENT, stdout: 'two\n' });
      await until(anchor, 'Subscribers', 0);
    });

    it('tell the receiver when a sender is interrupted in the middle: it gets an error, not a part', async () => {
      const anchor = fresh();
      await circuit(['mkchan', anchor, '1']);
      const sending = start('send', anchor);
      sending.stdin.write('the beginning');
      await until(anchor, 'NumSend', 1);
      const receiving = start('recv', anchor);
      sending.child.kill('SIGINT');
      expect(await sending.ended).to.deep.equal({ code: 130, stdout: '', stderr: '' });
      const { code, stderr } = await receiving.ended;
      expect(code).to.equal(1);
      expect(stderr).to.match(/^circuit: /);
    });

    it('leave no ghost behind: a receiver that is interrupted takes no message', async () => {
      const anchor = fresh();
      await circuit(['mkchan', anchor, '1']);
      const receiving = start('recv', anchor);
      for (let waits = false; !waits;) waits = (await circuit(['peek', anchor])).stdout.includes(String(receiving.child.pid));
      receiving.child.kill('SIGTERM');
      expect(await receiving.ended).to.deep.equal({ code: 143, stdout: '', stderr: '' });
      await circuit(['send', anchor], 'hello');
      expect(await circuit(['recv', anchor])).to.deep.equal({ ...SILENT, stdout: 'hello' });
    });

    it('leave no ghost behind when they are killed: neither a receiver nor a sender that waited keeps anything from others', async () => {
      const anchor = fresh();
      await circuit(['mkchan', anchor, '0']);
      const receiving = start('recv', anchor);
      await until(anchor, 'WaitingReceivers', 1);
      receiving.child.kill('SIGKILL');
      await until(anchor, 'WaitingReceivers', 0);
      const sending = start('send', anchor);
      sending.stdin.end('lost');
      await until(anchor, 'WaitingSenders', 1);
      sending.child.kill('SIGKILL');
      await until(anchor, 'WaitingSenders', 0);
      const next = circuit(['recv', anchor]);
      expect(await circuit(['send', anchor], 'hello')).to.deep.equal(SILENT);
      expect(await next).to.deep.equal({ ...SILENT, stdout: 'hello' });
    });

    it('tell the receiver when a sender is killed in the middle, when its connection is given up', async () => {
      const anchor = fresh();
      await circuit(['mkchan', anchor, '1']);
      const sending = start('send', anchor);
      sending.stdin.write('the beginning');
      await until(anchor, 'NumSend', 1);
      const receiving = start('recv', anchor);
      sending.child.kill('SIGKILL');
      const { code, stderr } = await receiving.ended;
      expect(code).to.equal(1);
      expect(stderr).to.include('is incomplete');
    });

    it('tell why the last operation failed, and what was done', async () => {
      const anchor = fresh();
      await circuit(['mkchan', anchor, '1']);
      expect(await circuit(['error', anchor])).to.deep.equal(SILENT);
      expect(await circuit(['mkchan', anchor, '2'])).to.include({ code: 1 });
      expect((await circuit(['error', anchor])).stdout).to.match(/ mkchan .*\(EEXIST\)\n$/);
      const last = (await circuit(['log', server])).stdout.trimEnd().split('\n').at(-1) ?? '';
      expect(JSON.parse(last)).to.include({ operation: 'mkchan', path: anchor });
      expect((await circuit(['env', server])).stdout).to.match(/^PATH=/m);
      expect((await circuit(['log', anchor])).stderr).to.equal(`circuit: ${anchor}: only a server has that: ask ${server}\n`);
    });

    it('end with what to do when nobody is there', async () => {
      const nobody = { env: { CIRCUIT: '', CIRCUIT_DISCOVER: '228.8.8.8:1' } };
      const { code, stderr } = await typed(['ls', '--timeout', '1', '/'], nobody);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^circuit: no server answered within 1 s: start one with "circuit start"/);
      const gone = await typed(['ls', '-d', 'circuit://127.0.0.1:1', '/'], nobody);
      expect(gone).to.include({ code: 1, stdout: '' });
      expect(gone.stderr).to.match(/127\.0\.0\.1:1 cannot be dialled/);
    });

    it('list the others, and name the one that does not answer', async () => {
      const other = await Daemon.start({ args: ['--no-mount', '-j', daemon.url] });
      try {
        for (let seen = ''; !seen.includes(other.id);) seen = (await circuit(['ls', '/'])).stdout;
        await circuit(['mkchan', `${server}/here`, '1']);
        other.kill('SIGSTOP');
        const { code, stdout, stderr } = await circuit(['ls', '--timeout', '2', '/...']);
        expect({ code, stderr }).to.deep.equal({ code: 1, stderr: `circuit: /${other.id}: its server does not answer within 2 s\n` });
        expect(stdout.split('\n')).to.include.members([server, `${server}/here`, `/${other.id}`]);
      } finally {
        await other.stop();
        await circuit(['scrub', `${server}/here`]);
      }
    });

    it('stop a server, through itself or through another one, and are answered', async () => {
      for (const through of ['itself', 'another one']) {
        const other = await Daemon.start({ args: ['--no-mount', '-j', daemon.url] });
        try {
          const path = `/${other.id}`;
          while ((await circuit(['ls', path])).code !== 0); // it is known, and has leased what is seen of it
          const suicide = ['suicide', '-d', through === 'itself' ? other.url : daemon.url, path];
          expect(await typed(suicide), through).to.deep.equal(SILENT);
          expect(await other.exited).to.deep.equal([0, null]);
        } finally {
          await other.stop();
        }
      }
    });
  });

describe('--help', () => {
  for (const command of circuitProgram(new ProcessConsole()).commands) {
    it(`of ${command.name()} shows an example`, () => {
      let help = '';
      command.configureOutput({ writeOut: (part) => (help += part) }).outputHelp();
      expect(help).to.match(/\nExamples?:\n {2}.*circuit /);
      expect(help).to.contain(`circuit ${command.name()}`);
    });
  }
});
