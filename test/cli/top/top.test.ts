/**
 * `circuit top` in a terminal, as a user has it there: in a shell, with keys.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Client } from '../../lib/client.js';
import { Daemon } from '../../lib/daemon.js';
import { needs } from '../../lib/machine.js';
import { childrenOf } from '../../lib/processes.js';
import { Scratch } from '../../lib/scratch.js';
import { Tmux } from '../../lib/tmux.js';
import { type Way, WAYS } from '../../lib/ways.js';

const HELD = "head -c 3000000 /dev/zero | tr '\\0' x";

for (const way of WAYS)
  describe(`circuit top, ${way.name},`, function () {
    this.timeout(120_000);
    let daemon: Daemon;
    let client: Client;
    let scratch: Scratch;
    let terminal: Tmux;
    let serial = 0;

    before(async function () {
      needs(this, 'linux', 'tmux');
      daemon = await Daemon.start({ args: ['--no-mount'] });
      client = new Client(daemon.url, way);
      await client.prints(['mkproc', '/self/talker', 'sh', '-c', 'echo hello from it; echo trouble >&2; exec cat']);
      await client.prints(['mkchan', '/self/work', '3']);
    });
    after(async () => {
      await client.end();
      await daemon.stop();
    });
    beforeEach(() => (scratch = new Scratch()));
    afterEach(async () => {
      await scratch[Symbol.asyncDispose]();
    });

    /** Starts it in a shell that has something on its screen already. */
    async function start(env: NodeJS.ProcessEnv = {}, columns = 100, rows = 30): Promise<void> {
      terminal = await Tmux.start(scratch, { CIRCUIT: daemon.url, ...env }, columns, rows);
      await terminal.enter(`cd ${terminal.directory}; echo what was there; stty -g > before`);
      // In a shell of its own, so that what follows waits also for who was stopped.
      await terminal.enter(`(${lineOf(way)} top --interval 0.2; echo status $?; stty -g | cmp - before && echo terminal "as" before)`);
      await terminal.shows(/talker/);
    }

    /** Filters, so that this is the only one, and selected. */
    async function select(name: string): Promise<void> {
      await terminal.type('/');
      await terminal.shows(/Ctrl-U clear/);
      await terminal.type(name);
      await terminal.press('Enter');
      await terminal.shows(new RegExp(`/${daemon.id}/${name}`));
    }

    async function fresh(...program: readonly string[]): Promise<string> {
      const name = `p${String(++serial)}`;
      await client.prints(['mkproc', `/self/${name}`, ...program]);
      return name;
    }

    /** After it has ended: nothing of it is left, and what was there is there again. */
    async function leftNothing(status: number): Promise<void> {
      const screen = await terminal.shows(/terminal as before/);
      expect(screen).to.contain('what was there').and.contain(`status ${status}\n`).and.not.contain('STATE'); // prettier-ignore
      expect(await terminal.tells('#{alternate_on} #{cursor_flag} #{wrap_flag}')).to.equal('0 1 1');
    }

    it('shows members with their load and all elements, and leaves the terminal as it was on q', async () => {
      await start();
      const screen = await terminal.shows(/ work$/m);
      expect(screen).to.match(/^circuit {2}1 server {2}\d+ running.* load [\d.]+\/\d+$/m);
      expect(screen).to.match(new RegExp(`${daemon.id} +\\d+\\w +[\\d.]+/\\d+ `));
      expect(screen).to.match(/ proc .* running .*talker +sh -c/).and.match(/ chan .* 0\/3 .*work/); // prettier-ignore
      await terminal.type('?');
      await terminal.shows(/Ctrl-Z +stop; fg goes on/);
      await terminal.press('Escape');
      await terminal.shows(/HOST +KIND/);
      await terminal.type('q');
      await leftNothing(0);
    });

    it('reads what a program prints, as it comes, its errors, and the state of a channel', async () => {
      await start();
      await select('talker');
      await terminal.press('Enter');
      await terminal.shows(/^hello from it$/m);
      await client.run(['stdin', '--more', '/self/talker'], 'and more\u001b[31m in red\u001b[2J\n');
      await terminal.shows(/^hello from it\nand more in red$/m);
      await terminal.type('e');
      await terminal.shows(/^trouble$/m);
      await terminal.press('Escape', 'Escape'); // back, and all elements again
      await select('work');
      await terminal.press('Enter');
      await terminal.shows(/"Cap": 3,/);
      await terminal.type('q');
      await leftNothing(0);
    });

    it('signals a program when that is confirmed, and says what became of it', async () => {
      const victim = await fresh('sleep', '1000');
      await start();
      await select(victim);
      await terminal.type('s');
      await terminal.shows(/Which signal/);
      await terminal.press('Enter');
      await terminal.shows(/Send TERM to .* \(sleep 1000\)\? y\/N/);
      await terminal.type('n');
      await terminal.shows(/q quit/);
      await terminal.type('sk');
      await terminal.press('Enter');
      await terminal.shows(/Send KILL to/);
      await terminal.type('y');
      await terminal.shows(/SIGKILL/);
      expect(JSON.parse(await client.prints(['wait', `/self/${victim}`]))).to.include({ Signal: 'SIGKILL' });
      await terminal.type('x');
      await terminal.shows(/Scrub .* y\/N/);
      await terminal.type('y');
      await terminal.shows(/Scrub .*: done/);
      await terminal.press('Down');
      await terminal.shows(/nothing has these words/);
      await terminal.press('C-c');
      await leftNothing(0);
    });

    it('only looks: a program that nobody reads is held back until it is drained', async () => {
      const held = await fresh('sh', '-c', HELD);
      await client.until(`/self/${held}`, 'Phase', 'running');
      await start();
      await select(held);
      await terminal.shows(/running, held/);
      await terminal.press('Enter');
      await terminal.shows(/x{100}\nx{100}\n/);
      await terminal.shows(/stdout .* running, held/);
      await terminal.type('d');
      await terminal.shows(/Drain .* y\/N/);
      await terminal.type('y');
      await terminal.shows(/exited 0/);
      await terminal.type('q');
      await leftNothing(0);
    });

    it('fits a window that changes its size, also when it is stopped meanwhile', async () => {
      await start();
      await terminal.resize(50, 8);
      await terminal.shows(/^circuit.*\nHOST.*\n(.*\n)+.*Enter output/);
      expect((await terminal.screen()).trimEnd().split('\n')).to.have.length(8);
      await terminal.press('C-z');
      await terminal.shows(/Stopped/);
      expect(await terminal.screen()).to.not.contain('HOST');
      await terminal.enter('stty -g | cmp - before && echo as before');
      await terminal.shows(/^as before/m);
      expect(await terminal.tells('#{alternate_on} #{cursor_flag}')).to.equal('0 1');
      await terminal.resize(100, 20);
      await terminal.enter('fg');
      await terminal.shows(/^circuit(.*\n){19}.*Enter output.*q quit/);
      await terminal.press('C-z');
      await terminal.shows(/Stopped(.|\n)*Stopped/);
      await terminal.enter('fg');
      await terminal.shows(/Enter output/);
      await terminal.type('q');
      await terminal.shows(/terminal as before/);
    });

    it('has colours where the terminal has them, and none where they are not wanted', async () => {
      for (const [env, isColoured] of [[{}, true], [{ NO_COLOR: '1' }, false]] as const) {
        await start(env);
        const screen = await terminal.screen(true);
        // eslint-disable-next-line no-control-regex -- what sets colours
        expect(/\u001b\[(?:[\d;]*;)?[39][0-7][;m]/.test(screen), JSON.stringify(screen)).to.equal(isColoured);
        await terminal.type('q');
        await leftNothing(0);
      }
    }); // prettier-ignore

    it('writes nothing of a name to the terminal that it acts on', async () => {
      const odd = '/self/odd\u009b2J\u202e日本';
      await client.prints(['mkproc', odd, 'sh', '-c', 'printf "a\\033]0;b\\007c\\n"; exec sleep 1000', '\u001b]0;stolen\u0007']);
      await start({ PROMPT_COMMAND: '' });
      const raw = join(terminal.directory, 'raw');
      await terminal.record(raw);
      await terminal.type('/odd');
      await terminal.press('Enter');
      await terminal.shows(/odd\\302\\2332J\\342\\200\\256日本/);
      await terminal.press('Enter');
      await terminal.shows(/^ac$/m);
      await terminal.type('q');
      await leftNothing(0);
      const bytes = readFileSync(raw, 'utf8');
      // eslint-disable-next-line no-control-regex -- that is what it is about
      expect(bytes).to.contain('odd').and.not.match(/\u009b|\u202e|\u0007|\u001b\]/); // prettier-ignore
      await client.prints(['scrub', odd]);
    });

    it('ends when it is told to, and leaves the terminal as it was', async () => {
      await start();
      const [shell = 0] = childrenOf(Number(await terminal.tells('#{pane_pid}')));
      const [pid = 0] = childrenOf(shell);
      process.kill(pid, 'SIGTERM');
      await leftNothing(143);
    });
  });

describe('circuit top without a terminal', function () {
  this.timeout(60_000);
  let daemon: Daemon;
  let client: Client;

  before(async () => {
    daemon = await Daemon.start({ args: ['--no-mount'] });
    client = new Client(daemon.url);
    await client.prints(['mkproc', '/self/a', 'sleep', '1000']);
    await client.prints(['mkchan', '/self/c', '3']);
  });
  after(async () => {
    await client.end();
    await daemon.stop();
  });

  for (const words of [['top'], ['top', '--once']])
    it(`prints once what there is: circuit ${words.join(' ')}`, async () => {
      const stdout = await client.prints(words);
      expect(stdout).to.match(/^circuit {2}1 server {2}1 running {2}1 channel {2}/);
      expect(stdout)
        .to.match(new RegExp(`/${daemon.id}/a +sleep 1000\n`))
        .and.match(new RegExp(`/${daemon.id}/c +0/3 +0 +0 +0 +0\n`));
    });
});

/** For a shell. */
function lineOf({ command }: Way): string {
  return command.map((word) => `'${word}'`).join(' ');
}
