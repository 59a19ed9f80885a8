import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { buffer, text } from 'node:stream/consumers';
import { expect } from 'chai';
import { atEachDistance, code } from './api.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

atEachDistance('a process', (here) => {
  it('runs from start to end', async () => {
    const process = await here.root.walk('p').makeProcess({ Path: 'sh', Args: ['-c', 'echo out; echo err >&2; exit 3'] });
    const [peek, out, err] = await Promise.all([process.wait(), process.stdout().then(text), process.stderr().then(text)]);
    expect(peek).to.include({ Phase: 'exited', ExitCode: 3, Exit: 'exit status 3' });
    expect([out, err]).to.deep.equal(['out\n', 'err\n']);
    expect(await process.peek()).to.deep.equal(peek);
  });

  it('is fed through its stdin until the stream ends', async () => {
    const process = await here.root.walk('p').makeProcess({ Path: 'cat' });
    const more = await process.stdin({ more: true });
    more.end('first, ');
    await once(more, 'close');
    const [out] = await Promise.all([process.stdout().then(text), pipeline(['then ', 'the end'], await process.stdin())]);
    expect(out).to.equal('first, then the end');
    expect((await process.wait()).ExitCode).to.equal(0);
  });

  it('takes signals by name and number', async () => {
    const process = await here.root.walk('p').makeProcess({ Path: 'sleep', Args: ['1000'] });
    expect(await code(process.signal('NONSENSE'))).to.equal('EINVAL');
    await process.signal('TERM');
    expect((await process.wait()).Signal).to.equal('SIGTERM');
    const other = await here.root.walk('q').makeProcess({ Path: 'sleep', Args: ['1000'] });
    await other.signal(9);
    expect((await other.wait()).Signal).to.equal('SIGKILL');
  });

  it('is no longer waited for when the caller says so', async () => {
    const process = await here.root.walk('p').makeProcess({ Path: 'sleep', Args: ['1000'] });
    const interest = new AbortController();
    const waiting = process.wait(interest);
    interest.abort(new Error('enough'));
    expect(await waiting.catch((error: unknown) => String(error))).to.equal('Error: enough');
    await process.signal('KILL');
    await process.wait();
  });

  it('is held back by output that nobody reads, until it is drained', async () => {
    const process = await here.root.walk('p').makeProcess({ Path: 'head', Args: ['-c', '9000000', '/dev/zero'] });
    while ((await process.peek()).Held.stdout === undefined) await turn();
    expect((await process.peek()).Phase).to.equal('running');
    await process.drain();
    expect((await process.wait()).ExitCode).to.equal(0);
    expect(await code(process.stdout().then(buffer))).to.equal('EOVERFLOW'); // as whoever comes late to what was let go
  });

  it('lets the oldest output go where that was asked for, and tells who comes late', async () => {
    const process = await here.root.walk('p').makeProcess({ Path: 'head', Args: ['-c', '9000000', '/dev/zero'], Overflow: 'drop' });
    expect((await process.wait()).ExitCode).to.equal(0);
    expect(await code(process.stdout().then(buffer))).to.equal('EOVERFLOW');
  });

  it('shows when it is stopped, and refuses input after the end', async () => {
    const process = await here.root.walk('p').makeProcess({ Path: 'cat' });
    await process.signal('STOP');
    while ((await process.peek()).Phase !== 'stopped') await turn();
    await process.signal('CONT');
    await pipeline([], await process.stdin());
    expect((await process.wait()).ExitCode).to.equal(0);
    const late = await process.stdin();
    const refused = once(late, 'error') as Promise<[Error]>;
    late.write('late');
    const [error] = await refused;
    expect(error).to.have.property('code', 'EPIPE');
  });

  it('is abandoned when it is scrubbed, and who waits is told', async () => {
    const process = await here.root.walk('p').makeProcess({ Path: 'sh', Args: ['-c', 'echo ready; exec cat'] });
    const output = await process.stdout();
    await once(output, 'data');
    const waiting = code(process.wait());
    const reading = once(output, 'error') as Promise<[Error]>;
    await process.peek(); // behind their asking
    await process.scrub();
    expect(await waiting).to.equal('EIDRM');
    expect((await reading)[0]).to.have.property('code', 'EIDRM');
    expect(await code(process.peek())).to.equal('ENOENT');
  });

  it('fails to start with the reason', async () => {
    expect(await code(here.root.walk('p').makeProcess({ Path: '/no/such/program' }))).to.equal('ENOENT');
    expect(await here.root.view()).to.have.property('size', 0);
  });
});
