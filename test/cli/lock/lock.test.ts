/**
 * `circuit lock`: a command that runs while a lock is held, of the server that is dialled and of another one.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Client, type Running, SILENT } from '../../lib/client.js';
import { Daemon } from '../../lib/daemon.js';
import { needs } from '../../lib/machine.js';
import { PROGRAM } from '../program.js';

/** Between two looks at /proc, where nothing can be waited for. */
const LOOK_MS = 20;
/** Asks for the end of its command and counts what comes: INT is told once. */
const COUNTING = `
import os, signal, sys, time
count = 0
def heard(number, _):
    global count
    count += 1
for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, heard)
print('up', flush=True)
while count == 0: time.sleep(0.02)
time.sleep(0.5)
print('heard', count, flush=True)
sys.exit(7)
`;
/** At a terminal: presses keys when the program has said something, and prints all that it says, and how it ends. */
const TERMINAL = `
import os, pty, re, sys, time
pid, terminal = pty.fork()
if pid == 0: os.execvp('bash', ['bash', '--norc', '--noprofile', '-c', sys.argv[1]])
seen = b''
keys = [tuple(pair.split('=')) for pair in sys.argv[2:]]
while True:
    try: part = os.read(terminal, 4096)
    except OSError: break
    if not part: break
    seen += part
    if keys and keys[0][0].encode() in seen:
        os.write(terminal, bytes.fromhex(keys.pop(0)[1]))
        seen += b'|'
print(seen.decode().replace('\\r', ''), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

for (const where of ['of its own server', 'of another server'] as const)
  describe(`circuit lock, at a lock ${where}`, function () {
    this.timeout(90_000);
    let here: Daemon;
    let there: Daemon;
    let client: Client;
    let anchor: string;
    let number = 0;

    before(async function () {
      needs(this, 'linux', 'python3', 'netns');
      here = await Daemon.start({ args: ['--no-mount'] });
      there = await Daemon.start({ args: ['--no-mount', '-j', here.url] });
      await here.says(`server ${there.id}`);
      client = new Client(here.url);
    });
    beforeEach(async () => {
      anchor = `/${(where === 'of another server' ? there : here).id}/lock-${number++}`;
      await client.prints(['mklock', anchor]);
    });
    afterEach(() => client.end());
    after(async () => {
      await Promise.all([here.stop(), there.stop()]);
    });

    /** Starts it, and waits until its command runs, which prints something first. */
    async function hold(...command: readonly string[]): Promise<Running> {
      const running = client.start('lock', anchor, '--', ...command);
      await running.printed;
      return running;
    }
    const sh = (script: string): Promise<Running> => hold('sh', '-c', script);
    const untilGone = async (mark: string): Promise<void> => {
      while (isLiving(mark)) await delay(LOOK_MS);
    };

    it('gives its command the standard streams and the token, and has its exit status', async () => {
      const script = 'read -r line; echo "$line $CIRCUIT_LOCK_TOKEN"; echo bad >&2; exit 3';
      expect(await client.run(['lock', anchor, '--', 'sh', '-c', script], 'in\n')).to.deep.equal({
        code: 3,
        stdout: 'in 1\n',
        stderr: 'bad\n',
      });
      expect(await client.run(['lock', anchor, 'sh', '-c', 'echo $CIRCUIT_LOCK_TOKEN'])).to.include({ code: 0, stdout: '2\n' });
      expect(await client.run(['lock', anchor, 'sh', '-c', 'kill -USR1 $$'])).to.include({ code: 138 });
      expect(await client.run(['lock', anchor, '/etc/passwd'])).to.include({ code: 126 });
      const { code, stderr } = await client.run(['lock', anchor, 'no-such-program']);
      expect([code, stderr]).to.deep.equal([127, 'circuit: no-such-program: cannot be run: No such file or directory\n']);
      expect(await client.run(['lock', anchor])).to.include({ code: 2 });
      expect(JSON.parse(await client.prints(['peek', anchor]))).to.include({ NumHolders: 0, Token: 5 });
    });

    it('waits, or does not, and can share', async () => {
      const holder = await sh('echo up; read -r _');
      expect(await client.run(['lock', '-n', anchor, 'true'])).to.deep.equal({ ...SILENT, code: 1 });
      expect(await client.run(['lock', '-n', '-E', '9', anchor, 'true'])).to.deep.equal({ ...SILENT, code: 9 });
      expect(await client.run(['lock', '-w', '0.3', '-E', '9', anchor, 'true'])).to.deep.equal({ ...SILENT, code: 9 });
      expect(await client.run(['lock', '-w', '0', anchor, 'true'])).to.deep.equal({ ...SILENT, code: 1 });
      const waiter = client.start('lock', '-w', '60', anchor, 'echo', 'mine');
      const tired = client.start('lock', anchor, 'true');
      await client.until(anchor, 'NumWaiting', 2);
      tired.child.kill('SIGINT');
      expect(await tired.ended).to.deep.equal({ ...SILENT, code: 130 });
      holder.stdin.end('\n');
      expect(await waiter.ended).to.deep.equal({ ...SILENT, stdout: 'mine\n' });
      const shared = client.start('lock', '-s', anchor, 'sh', '-c', 'echo up; read -r _');
      await shared.printed;
      expect(await client.run(['lock', '-s', '-n', anchor, 'echo', 'both'])).to.include({ code: 0, stdout: 'both\n' });
      expect(await client.run(['lock', '-n', anchor, 'true'])).to.include({ code: 1 });
    });

    it('hands its signals on, and holds the lock until its command has ended', async () => {
      const holder = await hold('python3', '-c', COUNTING);
      holder.child.kill('SIGTERM');
      const next = client.start('lock', anchor, 'echo', 'next');
      expect(await holder.ended).to.deep.equal({ code: 7, stdout: 'up\nheard 1\n', stderr: '' });
      expect(await next.ended).to.deep.equal({ ...SILENT, stdout: 'next\n' });
    });

    it('leaves Ctrl-C to the command at a terminal, and can be stopped and go on', () => {
      const env = { ...process.env, CIRCUIT: here.url, P: PROGRAM, A: anchor, COUNTING };
      const type = (script: string, ...keys: readonly string[]): string =>
        execFileSync('python3', ['-c', TERMINAL, script, ...keys], { env, encoding: 'utf8', timeout: 60_000 });
      expect(type('"$P" lock "$A" python3 -c "$COUNTING"; exit $?', 'up=03')).to.match(/up\n?\|\n?(\^C)?\n?heard 1\n 7\n$/);
      const stopped = type('set -m; "$P" lock "$A" sh -c "echo up; read -r line; echo got \\$line"; echo stopped; fg > /dev/null', 'up=1a', 'stopped=790a'); // prettier-ignore
      expect(stopped).to.include('Stopped').and.match(/got y\n 0\n$/); // prettier-ignore
    });

    it('ends its command and all that this has started when the lock is lost, with exit status 75', async () => {
      const mark = `mark-${anchor}-1`;
      const holder = await sh(`(setsid sh -c "sleep 1000; : ${mark}" &); trap 'echo told; exit 0' TERM; echo up; sleep 1000 & wait`);
      expect(isLiving(mark)).to.equal(true);
      await client.prints(['scrub', anchor]);
      const { code, stdout, stderr } = await holder.ended;
      expect([code, stdout]).to.deep.equal([75, 'up\ntold\n']);
      expect(stderr).to.match(/^circuit: the lock is lost: .*scrubbed\n$/);
      expect(isLiving(mark)).to.equal(false);
    });

    it('kills one that does not end', async () => {
      const holder = await sh("trap '' TERM; echo up; while :; do sleep 0.1; done");
      await client.prints(['scrub', anchor]);
      expect(await holder.ended).to.include({ code: 75, stdout: 'up\n' });
    });

    it('takes its command along when it is killed, and the next one has the lock in seconds', async () => {
      const mark = `mark-${anchor}-2`;
      const holder = await sh(`(setsid sh -c "sleep 1000; : ${mark}" &); echo up; sleep 1000; : ${mark}`);
      holder.child.kill('SIGKILL');
      await once(holder.child, 'exit');
      await untilGone(mark);
      // Its server sees that its process has ended. Without that it would keep the lock for a minute.
      expect(await client.run(['lock', '-w', '20', anchor, 'echo', 'next'])).to.deep.equal({ ...SILENT, stdout: 'next\n' });
    });

    it('keeps the lock while it is stopped, and when its connection is cut', async () => {
      const holder = await sh('echo up; read -r line; echo "got $line"');
      holder.child.kill('SIGSTOP');
      cutConnections(here.url);
      expect(await client.run(['lock', '-w', '4', anchor, 'true'])).to.include({ code: 1 });
      holder.child.kill('SIGCONT');
      holder.stdin.end('x\n');
      expect(await holder.ended).to.deep.equal({ ...SILENT, stdout: 'up\ngot x\n' });
      expect(JSON.parse(await client.prints(['peek', anchor]))).to.include({ NumHolders: 0 });
    });

    if (where === 'of another server')
      it('ends its command when the server of the lock dies', async () => {
        const holder = await sh('echo up; exec sleep 1000');
        there.kill('SIGKILL');
        const { code, stderr } = await holder.ended;
        expect(code).to.equal(75);
        expect(stderr).to.match(/^circuit: the lock is lost: /);
      });
  });

/** Resets all connections with a server. */
function cutConnections(url: string): void {
  const port = `:${new URL(url.replace('circuit:', 'http:')).port}`;
  execFileSync('ss', ['-K', '-t', 'state', 'established', `( sport = ${port} or dport = ${port} )`]);
}

/** Whether a process has this in its command line. */
function isLiving(mark: string): boolean {
  const lines = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
  return lines.some((line) => line.includes(mark) && !line.startsWith('ps '));
}
