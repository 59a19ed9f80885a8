/**
 * Signals and the terminal, in both ways: keys at a terminal of its own, and what becomes of a message whose receiver is killed.
 */
import { expect } from 'chai';
import { Client, SILENT } from '../lib/client.js';
import { Daemon } from '../lib/daemon.js';
import { Program } from '../lib/hosts/program.js';
import { needs } from '../lib/machine.js';
import { type Way, WAYS } from '../lib/ways.js';

/**
 * An interactive bash at a terminal: types lines and keys, each when something is shown. Arguments: pairs of what is awaited and what is typed then.
 * Prints all that was shown.
 */
const AT_SHELL = `
import os, pty, re, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(PS1='ready> ', TERM='dumb')
    os.execv('/bin/bash', ['bash', '--norc', '--noprofile', '--noediting', '-i'])
seen = shown = ''
steps = sys.argv[1:]
while steps:
    awaited, typed, *steps = steps
    while not re.search(awaited, seen):
        if not select.select([terminal], [], [], 60)[0]: sys.exit('not shown: %r, only %r' % (awaited, seen))
        seen += os.read(terminal, 4096).decode().replace('\\r', '')
    shown += seen
    seen = ''
    os.write(terminal, typed.encode())
while True:
    try: shown += os.read(terminal, 4096).decode().replace('\\r', '')
    except OSError: break
os.waitpid(pid, 0)
print(shown)
`;

for (const way of WAYS)
  describe(`signals, ${way.name},`, function () {
    this.timeout(120_000);
    let daemon: Daemon;
    let client: Client;
    let serial = 0;

    before(async () => {
      daemon = await Daemon.start({ args: ['--no-mount'] });
      client = new Client(daemon.url, way);
    });
    after(async () => {
      await client.end();
      await daemon.stop();
    });

    let receiver: Program | undefined;
    afterEach(async () => {
      await receiver?.stop();
      receiver = undefined;
    });
    const channel = async (capacity: string): Promise<string> => {
      const anchor = `/self/a${String(++serial)}`;
      await client.prints(['mkchan', anchor, capacity]);
      return anchor;
    };

    it('are keys at a terminal: Ctrl-C ends with 130, Ctrl-Z stops, and after fg the message comes', async function () {
      needs(this, 'python3');
      const anchor = await channel('1');
      const circuit = lineOf(way);
      const when = (field: string, said: string): string =>
        `{ until ${circuit} peek ${anchor} | grep -q '"${field}": 1'; do :; done; echo ${said}; } &`;
      const steps = [
        ['ready> ', 'stty -echo\n'],
        ['ready> ', `${when('WaitingReceivers', 'waits')} ${circuit} recv ${anchor}; echo interrupted $?\n`],
        ['waits\n', '\u0003'],
        ['interrupted 130\n(.|\n)*ready> ', `${when('NumSend', 'sends')} ${circuit} send ${anchor}\na line\n`],
        ['sends\n', '\u001a'],
        ['Stopped(.|\n)*ready> ', 'fg\n'],
        [`send ${anchor}\n`, '\u0004'],
        ['ready> ', `${circuit} recv ${anchor}; exit\n`],
      ];
      const typed = new Program(['python3', '-c', AT_SHELL, ...steps.flat()], { CIRCUIT: daemon.url });
      await typed.exited;
      expect(typed.stderr).to.equal('');
      expect(typed.stdout).to.contain('a line\n').and.contain('exit\n');
    });

    it('give a message back whose receiver is killed while it holds it', async () => {
      const anchor = await channel('1');
      // Its output is a pipe that is full already, and that nobody reads: it holds the message, and has not printed it.
      const script = '{ head -c 65536 /dev/zero; echo $BASHPID >&2; exec "$@" 2> /dev/null; } | sleep 1000';
      receiver = new Program(['bash', '-c', script, 'bash', ...way.command, 'recv', anchor], { CIRCUIT: daemon.url });
      const [pid] = await receiver.says(/\d+/);
      await client.until(anchor, 'WaitingReceivers', 1);
      await client.prints(['send', anchor], 'x'.repeat(30_000));
      await client.until(anchor, 'WaitingReceivers', 0);
      process.kill(Number(pid), 'SIGKILL');
      const { code, stdout } = await client.run(['recv', anchor]);
      expect({ code, length: stdout.length }).to.deep.equal({ code: 0, length: 30_000 });
    });

    it('end a command that is told to end, with its status, also where it has an input to wait for', async () => {
      for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
        const anchor = await channel('1');
        const sending = client.start('send', anchor);
        sending.stdin.write('begun');
        await client.until(anchor, 'NumSend', 1);
        sending.child.kill(signal);
        expect(await sending.ended).to.deep.equal({ ...SILENT, code: status });
      } // prettier-ignore
    });
  });

/** For a shell. */
function lineOf({ command }: Way): string {
  return command.map((word) => `'${word}'`).join(' ');
}
