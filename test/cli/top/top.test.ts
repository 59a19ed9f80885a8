/**
 * `circuit top` at a terminal of its own.
 */
import { expect } from 'chai';
import { Daemon } from '../../lib/daemon.js';
import { Program } from '../../lib/hosts/program.js';
import { needs } from '../../lib/machine.js';
import { WAYS } from '../../lib/ways.js';
import { circuit } from '../program.js';

/**
 * Runs a program at a pseudo-terminal of 100 columns and 30 rows, makes that smaller when it has drawn, presses a key when it has drawn again, and
 * prints its exit status, whether the terminal is as it was, and how what it has written begins and ends.
 */
const AT_TERMINAL = `
import fcntl, os, pty, select, signal, struct, sys, termios
def size(rows, columns): fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
terminal, inner = pty.openpty()
size(30, 100)
before = termios.tcgetattr(inner)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2): os.dup2(inner, fd)
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b''
def shows(text):
    global seen
    start = len(seen)
    while text not in seen[start:]:
        if not select.select([terminal], [], [], 30)[0]: sys.exit('not shown: %r, only %r' % (text, seen))
        seen += os.read(terminal, 65536)
shows(b'\\x1b[J')
size(5, 40)
os.kill(pid, signal.SIGWINCH)
shows(b'\\x1b[J')
small = seen.split(b'\\x1b[H')[-1]
os.write(terminal, sys.argv[1].encode())
_, status = os.waitpid(pid, 0)
while select.select([terminal], [], [], 0)[0]: seen += os.read(terminal, 65536)
print('status', os.waitstatus_to_exitcode(status))
print('terminal', 'as before' if termios.tcgetattr(inner) == before else 'changed')
print('begins', seen.startswith(b'\\x1b[?1049h\\x1b[?25l'), 'ends', seen.endswith(b'\\x1b[?25h\\x1b[?1049l'))
print('lines', small.count(b'\\r\\n') + 1)
`;

describe('circuit top', function () {
  this.timeout(60_000);
  let daemon: Daemon;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    daemon = await Daemon.start({ args: ['--no-mount'] });
    env = { CIRCUIT: daemon.url };
    await circuit(['mkproc', `/${daemon.id}/a`, 'sleep', '1000'], { env });
    await circuit(['mkchan', `/${daemon.id}/c`, '3'], { env });
  });
  after(() => daemon.stop());

  it('prints with --once what there is, also into a pipe', async () => {
    const { code, stdout } = await circuit(['top', '--once'], { env });
    expect(code).to.equal(0);
    expect(stdout).to.match(/^circuit {2}1 server {2}1 running {2}1 channel {2}/);
    expect(stdout)
      .to.match(new RegExp(`/${daemon.id}/a +sleep 1000\n`))
      .and.match(new RegExp(`/${daemon.id}/c +0/3 +0 +0 +0 +0\n`));
  });

  it('refuses to draw where there is no terminal, and says what to use', async () => {
    const { code, stdout, stderr } = await circuit(['top'], { env });
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.equal('circuit: standard output is not a terminal: use --once, or circuit ps\n');
  });

  for (const [key, name] of [
    ['q', 'q'],
    ['\u0003', 'Ctrl-C'],
  ] as const) {
    for (const way of WAYS)
      it(`draws again when the terminal is another size, and leaves it as it was on ${name}, ${way.name}`, async function () {
        needs(this, 'python3');
        const program = new Program(['python3', '-c', AT_TERMINAL, key, ...way.command, 'top', '--interval', '60'], env);
        await program.exited;
        expect(program.stdout + program.stderr).to.equal('status 0\nterminal as before\nbegins True ends True\nlines 4\n');
      });
  }
});
