import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { Bed, eachLauncher, type Made, MORE, outcome } from './fixture.js';

/** Whether `stdout` can still be opened. */
function canOpen(made: Made): boolean {
  try {
    made.reader('stdout').close();
    return true;
  } catch {
    return false;
  }
}

/** Whether a process is there, and no zombie. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

eachLauncher('a scrubbed process', (kind) => {
  it('is abandoned: who waits is told, and the program runs on', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh("trap '' HUP; sleep 1000");
    const calls = (['wait', 'stdout', 'stderr'] as const).map((file) => outcome(() => made.reader(file).read(10)));
    const writer = made.stdin(MORE);
    await outcome(() => writer.write(Buffer.alloc(2_000_000), { nonblock: true }));
    calls.push(outcome(() => writer.write(Buffer.alloc(10))));
    made.element.scrub();
    made.element.scrub();
    expect(await Promise.all(calls)).to.deep.equal(['EIDRM', 'EIDRM', 'EIDRM', 'EIDRM']);
    expect(() => made.reader('stdout'))
      .to.throw()
      .with.property('code', 'ENOENT');
    expect(lives(made.element.peek().Pid)).to.equal(true);
  });

  it('is not held back any more', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh('head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; exit 4');
    while (made.element.peek().Held.stdout === undefined) await new Promise((resolve) => setImmediate(resolve));
    made.element.scrub();
    while (made.element.peek().ExitCode === null) await new Promise((resolve) => setImmediate(resolve));
    expect(made.element.peek().ExitCode).to.equal(4);
  });
});

eachLauncher('a process that scrubs itself', (kind) => {
  it('goes by itself when nobody has it open', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh('read word; echo unread', { Scrub: true });
    made.stdin({ truncate: true, append: false }).close();
    await made.gone;
    expect(made.element.peek().Phase).to.equal('exited');
  });

  it('waits for those who had it open to read to the end, and refuses who comes later than a second', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh('read word; echo rest', { Scrub: true });
    let gone = false;
    void made.gone.then(() => (gone = true));
    const [stdout, wait] = [made.reader('stdout'), made.reader('wait')];
    await made.say('go\n', { truncate: true, append: false });
    expect(Buffer.from(await wait.read(65_536)).toString()).to.match(/"Phase": "exited"/);
    expect(await made.text('stdout'), 'within the second').to.equal('rest\n');
    while (canOpen(made)) await delay(10);
    expect(() => made.stdin(MORE))
      .to.throw()
      .with.property('code', 'ENOENT');
    expect((await wait.read(10)).length).to.equal(0);
    expect(gone, 'stdout is not read yet').to.equal(false);
    expect([await outcome(() => stdout.read(100)), await outcome(() => stdout.read(100))]).to.deep.equal(['rest\n', '']);
    await made.gone;
    expect([await outcome(() => stdout.read(100)), await outcome(() => wait.read(10))], 'the end stays the end').to.deep.equal(['', '']);
  });

  it('does not wait for those who close', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh('read word; echo rest', { Scrub: true });
    const readers = (['stdout', 'stderr', 'wait', 'trywait', 'trystdout'] as const).map((file) => made.reader(file));
    const ended = made.until(({ Phase }) => Phase === 'exited');
    made.stdin({ truncate: true, append: false }).close();
    await ended;
    for (const reader of readers) reader.close();
    await made.gone;
  });
});
