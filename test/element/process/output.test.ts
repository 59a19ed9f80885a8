import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { OUTPUT_WINDOW_BYTES } from '../../../src/base/limits.js';
import { ALL, Bed, eachLauncher, type Made, outcome, textOf } from './fixture.js';

const MEGABYTE = 1_000_000;
const zeros = (megabytes: number): string => `head -c ${String(megabytes * MEGABYTE)} /dev/zero`;

/** Until the process is held back by what it has written to stdout. */
async function held(made: Made): Promise<void> {
  while (made.element.peek().Held.stdout === undefined) await new Promise((resolve) => setImmediate(resolve));
}

eachLauncher("a process's output", (kind) => {
  it('comes while it runs, and ends with it', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    const stdout = made.reader('stdout');
    const first = stdout.read(100);
    await made.say('live\n', { truncate: false, append: true });
    expect(Buffer.from(await first).toString()).to.equal('live\n');
    made.stdin(ALL).close();
    expect((await stdout.read(100)).length).to.equal(0);
  });

  it('is complete also when 100 MB are written right before the end', async () => {
    await using bed = new Bed(kind);
    const program = "const b = Buffer.alloc(1e6); for (let i = 0; i < 100; i++) require('fs').writeSync(1, b.fill(i));";
    const made = await bed.make({ Path: process.execPath, Args: ['-e', `${program} process.exit(5)`] });
    const stdout = made.reader('stdout');
    const [got, wanted] = [createHash('sha256'), createHash('sha256')];
    for (let bytes = await stdout.read(131_072); bytes.length > 0; bytes = await stdout.read(131_072)) got.update(bytes);
    for (let i = 0; i < 100; i++) wanted.update(Buffer.alloc(MEGABYTE, i));
    expect(got.digest('hex')).to.equal(wanted.digest('hex'));
    expect((await made.ended()).ExitCode).to.equal(5);
  });

  it('lasts as long as anybody who inherited it has it open', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh('exec 3<&0; (read word <&3; echo late) & exit 0');
    await made.ended();
    const stdout = made.text('stdout');
    await made.say('go\n', ALL);
    expect(await stdout).to.equal('late\n');
  });

  it('does not hold stdout back when 10 MB of stderr are not read', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh(`${zeros(10)} >&2 & echo done; exec >&-; wait`);
    expect(await made.text('stdout')).to.equal('done\n');
    while (made.element.peek().Held.stderr === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(made.element.peek()).to.deep.include({ Phase: 'running' });
    expect((await made.text('stderr')).length).to.equal(10 * MEGABYTE);
  });

  it('holds the process back while nobody reads, visibly, until somebody does', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh(zeros(3));
    await held(made);
    const { Held, Phase } = made.element.peek();
    expect(Phase).to.equal('running');
    expect(Held).to.have.all.keys('stdout');
    expect(Held.stdout).to.include({ Readers: 0, SlowestPid: null });
    expect(Date.now() - Date.parse(Held.stdout?.Since ?? '')).to.be.within(0, 10_000);
    expect(() => made.reader('trywait').read(10))
      .to.throw(/held back by unread output: stdout/)
      .with.property('code', 'EAGAIN');
    expect((await made.text('stdout')).length).to.equal(3 * MEGABYTE);
    expect((await made.ended()).Held).to.deep.equal({});
  });

  it('names the idle reader that holds it back, and goes on when that one closes', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh(zeros(3));
    const idle = made.reader('stdout', 77);
    const busy = made.text('stdout');
    await held(made);
    while (made.element.peek().Held.stdout?.Readers !== 2) await new Promise((resolve) => setImmediate(resolve));
    expect(made.element.peek().Held.stdout).to.include({ SlowestPid: 77 });
    idle.close();
    expect((await busy).length).to.equal(3 * MEGABYTE);
  });

  it('is let go by drain', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh(zeros(3));
    const idle = made.reader('stdout');
    await held(made);
    made.element.perform('drain', []);
    expect((await made.ended()).Phase).to.equal('exited');
    expect(await outcome(() => idle.read(10))).to.equal('EOVERFLOW');
    expect((await textOf(idle)).length).to.equal(OUTPUT_WINDOW_BYTES);
  });

  it('drops the oldest where that was asked for, and says so once to who came late', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh(`${zeros(3)}; echo end`, { Overflow: 'drop', Buffer: 1000 });
    await made.ended();
    while (!(await made.text('trystdout')).endsWith('end\n')); // the last bytes may come after the end of the process
    expect((await made.text('trystdout')).length).to.equal(1000);
    const late = made.reader('stdout');
    expect(await outcome(() => late.read(10))).to.equal('EOVERFLOW');
    expect(await textOf(late)).to.equal(`${'\0'.repeat(996)}end\n`);
  });

  it('shows what is there to who only tries', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    expect(await made.text('trystdout')).to.equal('');
    const stdout = made.reader('stdout');
    await made.say('there', { truncate: false, append: true });
    await stdout.read(100);
    expect(await made.text('trystdout')).to.equal('there');
  });
});
