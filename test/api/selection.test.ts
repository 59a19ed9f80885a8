import { expect } from 'chai';
import type { Anchor } from '../../src/api/index.js';
import { atEachDistance, code } from './api.js';

atEachDistance('a selection', (here) => {
  const file = (path: string): string => `${here.root.path}/${path}`;

  it('is won by a message, by an end, by a server, or by room, whatever is there first', async () => {
    const channel = await here.root.walk('c').makeChannel(1);
    const process = await here.root.walk('p').makeProcess({ Path: 'cat' });
    const joins = await here.root.walk('j').makeOnJoin();
    const select = (...files: readonly string[]): ReturnType<Anchor['makeSelection']> =>
      here.root.walk('s').makeSelection(files.map((name) => ({ op: name.endsWith('send') ? 'w' : 'r', file: file(name) })));

    let selection = await select('c/recv', 'p/wait');
    await channel.send('hello');
    expect(await selection.wait()).to.deep.equal({ clause: 0, file: file('c/recv'), commit: 'read.0' });
    expect((await channel.peek()).NumRecv).to.equal(0);
    expect((await selection.receive()).toString()).to.equal('hello');
    expect(await code(selection.receive())).to.equal('ENODATA');
    await selection.scrub();

    selection = await select('c/recv', 'j/recv');
    expect((await selection.receive()).toString()).to.match(/^\/X[0-9a-f]{16}\n$/);
    expect(await joins.peek()).to.have.property('Pending', here.circuit.members().length - 1);
    await selection.scrub();

    await channel.send('full');
    selection = await select('c/send', 'p/wait');
    const sent = selection.send('mine');
    expect((await channel.receive()).toString()).to.equal('full');
    await sent;
    expect((await channel.receive()).toString()).to.equal('mine');
    await selection.scrub();

    selection = await select('c/recv', 'p/wait');
    await process.signal('TERM');
    expect(JSON.parse((await selection.receive()).toString())).to.include({ Phase: 'signaled', Signal: 'SIGTERM' });
    expect(await code(selection.send('x'))).to.equal('ENOENT');
  });

  it('gives back what it has won when it is given up', async () => {
    const channel = await here.root.walk('c').makeChannel(2);
    for (const message of ['first', 'second']) await channel.send(message);
    const selection = await here.root.walk('s').makeSelection([{ op: 'r', file: file('c/recv') }]);
    await selection.wait();
    await selection.abort();
    expect(await code(selection.wait())).to.equal('EIDRM');
    expect([await channel.receive(), await channel.receive()].map(String)).to.deep.equal(['first', 'second']);
  });

  it('takes what it has won, and holds it until it is done', async () => {
    const jobs = await here.root.walk('c').makeChannel(2, { tries: 2 });
    await jobs.send('job');
    const selection = await here.root.walk('s').makeSelection([{ op: 'r', file: file('c/take') }]);
    expect(await selection.wait()).to.deep.equal({ clause: 0, file: file('c/take'), commit: 'take.0' });
    expect(await code(selection.send('x'))).to.equal('ENOENT');
    {
      await using job = await selection.take();
      expect([job.text, (await jobs.peek()).NumTaken]).to.deep.equal(['job', 1]);
    }
    const again = await jobs.take();
    expect(again.tries).to.equal(1);
    await again.done();
  });

  it('is not made of what is not there', async () => {
    expect(await code(here.root.walk('s').makeSelection([{ op: 'r', file: file('none/recv') }]))).to.equal('ENOENT');
    expect(await here.root.view()).to.have.property('size', 0);
  });
});
