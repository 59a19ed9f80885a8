import { expect } from 'chai';
import { ALL, Bed, eachLauncher, MORE, outcome, PLAIN } from './fixture.js';

eachLauncher("a process's stdin", (kind) => {
  it('ends when one has said all', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    await made.say('one\n', ALL);
    expect(await made.text('stdout')).to.equal('one\n');
  });

  it('stays open after `>>`, and ends after a `>`', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    await made.say('one\n', MORE);
    await made.say('two\n', MORE);
    const stdout = made.reader('stdout');
    expect(await outcome(() => stdout.read(4))).to.equal('one\n');
    await made.say('three\n', ALL);
    await made.ended();
    expect(await made.text('stdout')).to.equal('one\ntwo\nthree\n');
  });

  it('ends with `: > stdin`', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    made.stdin(ALL).close();
    expect(await made.text('stdout')).to.equal('');
  });

  it('does not end while a writer of either kind is open', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    const [other, late] = [made.stdin(MORE), made.stdin(PLAIN)];
    await made.say('one\n', ALL);
    await other.write(Buffer.from('two\n'));
    other.close();
    await late.write(Buffer.from('three\n'));
    late.close();
    expect(await made.text('stdout')).to.equal('one\ntwo\nthree\n');
  });

  it('does not end for an open that writes nothing, such as `touch`, but for one that writes', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    made.stdin(PLAIN).close();
    await made.say('still there\n', MORE);
    await made.say('end\n', PLAIN);
    expect(await made.text('stdout')).to.equal('still there\nend\n');
  });

  it('fails with EPIPE after the end, be it said or the process gone', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    made.stdin(ALL).close();
    expect(await outcome(() => made.stdin(MORE).write(Buffer.from('x')))).to.equal('EPIPE');
    const gone = await bed.make({ Path: '/bin/true' });
    await gone.ended();
    expect(await outcome(() => gone.stdin(MORE).write(Buffer.from('x')))).to.equal('EPIPE');
  });

  it('fails those who are blocked when the process ends', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh('sleep 1000', {});
    const writer = made.stdin(MORE);
    await outcome(() => writer.write(Buffer.alloc(2_000_000), { nonblock: true }));
    const blocked = outcome(() => writer.write(Buffer.alloc(10)));
    made.element.perform('signal', ['KILL']);
    expect(await blocked).to.equal('EPIPE');
  });

  it('takes writes one after another, each whole', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    const [one, two] = [made.stdin(ALL), made.stdin(ALL)];
    const size = 3_000_000;
    const writes = ([[one, 'a'], [two, 'b'], [one, 'c']] as const).map(([writer, byte]) => outcome(() => writer.write(Buffer.alloc(size, byte)))); // prettier-ignore
    const stdout = made.text('stdout');
    expect(await Promise.all(writes)).to.deep.equal(Array(3).fill(String(size)));
    one.close();
    two.close();
    expect(await stdout).to.equal('a'.repeat(size) + 'b'.repeat(size) + 'c'.repeat(size));
  });

  it('tells an interrupted writer how much was taken, or that nothing was', async () => {
    await using bed = new Bed(kind);
    const made = await bed.sh('sleep 1000');
    const writer = made.stdin(ALL);
    const aborts = [new AbortController(), new AbortController()];
    const [part, none] = aborts.map(({ signal }) => outcome(() => writer.write(Buffer.alloc(2_000_000), { signal })));
    for (const abort of aborts) abort.abort('interrupted');
    expect(Number(await part)).to.be.within(1, 1_999_999);
    expect(await none).to.equal('interrupted');
  });

  it('keeps its own copy of what waits', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    const bytes = Buffer.alloc(2_000_000, 'a');
    const writer = made.stdin(ALL);
    const write = writer.write(bytes);
    bytes.fill('x');
    const stdout = made.text('stdout');
    await write;
    writer.close();
    expect(await stdout).to.equal('a'.repeat(2_000_000));
  });

  it('keeps the copies of those who wait apart, also when it uses their storage again', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat' });
    const stdout = made.text('stdout');
    const [one, two] = [made.stdin(MORE), made.stdin(MORE)];
    const size = 2_000_000;
    await one.write(Buffer.alloc(size, 'a'));
    await Promise.all([one.write(Buffer.alloc(size, 'b')), two.write(Buffer.alloc(size / 2, 'c'))]);
    await two.write(Buffer.alloc(size / 2, 'd'));
    one.close();
    two.close();
    await made.say('', ALL);
    expect(await stdout).to.equal('a'.repeat(size) + 'b'.repeat(size) + 'c'.repeat(size / 2) + 'd'.repeat(size / 2));
  });

  it('answers EAGAIN when it is full, and can be polled', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/cat', Overflow: 'drop' });
    made.element.perform('signal', ['STOP']);
    await made.until(({ Phase }) => Phase === 'stopped');
    const writer = made.stdin(ALL);
    expect(writer.ready()).to.equal(true);
    await writer.write(Buffer.alloc(2_000_000), { nonblock: true });
    expect(await outcome(() => writer.write(Buffer.alloc(1), { nonblock: true }))).to.equal('EAGAIN');
    expect(writer.ready()).to.equal(false);
    const ready = writer.whenReady();
    made.element.perform('signal', ['CONT']);
    await ready;
    writer.close();
    expect(await outcome(() => writer.write(Buffer.alloc(1)))).to.equal('EBADF');
    await made.ended();
  });

  it('is not waited for by a process that does not read it', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/echo', Args: ['hi'] });
    expect([await made.text('stdout'), (await made.ended()).Phase]).to.deep.equal(['hi\n', 'exited']);
  });
});
