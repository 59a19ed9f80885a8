import { expect } from 'chai';
import type { Credentials } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { Anchor } from '../../src/api/anchor.js';
import { Selection } from '../../src/api/selection.js';
import { channels, Distance, ID, selections, type Server, server } from '../lib/distance.js';
import { codeOf, WHERE } from './selection-places.js';

const credentials: Credentials = { uid: 1, gid: 2, pid: 3 };

const clause = (file: string): { op: 'r' | 'w'; file: string } => ({ op: file.endsWith('send') ? 'w' : 'r', file: `/${ID}/${file}` });

for (const where of WHERE) {
  describe(`a selection by the API, ${where.selection}, of channels ${where.clauses}`, () => {
    /** Has the channels. */
    let far: Server;
    /** The channels as their own server has them. */
    let root: Anchor;
    /** Between the selection and the channels; between who uses the selection and it. */
    let between: Distance | undefined;
    let select: (...files: readonly string[]) => Promise<Selection>;

    beforeEach(async () => {
      far = server();
      between = where.clauses === 'here' ? undefined : new Distance(far, 'X00000000000000aa');
      const near = server({ chan: channels, select: selections(() => between?.tree ?? far.here) });
      const tree = where.selection === 'here' ? near.here : new Distance(near, 'X00000000000000bb').tree;
      root = new Anchor(far.here, [], credentials);
      await root.walk('a').makeChannel(2);
      await root.walk('b').makeChannel(1);
      let count = 0;
      select = (...files) => new Anchor(tree, [`s${count++}`], credentials).makeSelection(files.map(clause));
    });

    const send = async (name: string, text: string): Promise<void> => (await root.walk(name).channel()).send(text);
    const receive = async (name: string): Promise<string> => (await (await root.walk(name).channel()).receive()).toString();
    const peek = async (name: string): Promise<Record<string, number>> =>
      (await (await root.walk(name).channel()).peek()) as unknown as Record<string, number>;

    it('gives the message of the clause that is ready first, and has harmed no other', async () => {
      const selection = await select('a/recv', 'b/recv');
      const waiting = selection.wait();
      await send('b', 'hello');
      expect(await waiting).to.deep.equal({ clause: 1, file: `/${ID}/b/recv`, commit: 'read.1' });
      await send('a', 'stays');
      expect(await peek('b')).to.include({ NumRecv: 0, Buffered: 1 });
      expect((await selection.receive()).toString()).to.equal('hello');
      expect(await codeOf(selection.receive())).to.equal('ENODATA');
      expect(await receive('a')).to.equal('stays');
      while ((await peek('b'))['NumRecv'] !== 1) await selection.peek();
    });

    it('sends into the room of the clause that is ready first', async () => {
      await send('b', 'full');
      const selection = await select('b/send', 'a/recv');
      const sent = selection.send('mine');
      expect(await receive('b')).to.equal('full');
      await sent;
      expect(await receive('b')).to.equal('mine');
      expect(await codeOf(selection.send('again'))).to.equal('EPIPE');
      expect((await selection.peek()).Winner).to.include({ commit: 'write.0', used: true });
    });

    it('carries messages of any length', async () => {
      const long = 'x'.repeat(3_000_000);
      const reading = await select('b/recv', 'a/recv');
      const [got] = await Promise.all([reading.receive(), send('a', long)]);
      expect(got.length).to.equal(long.length);
      const writing = await select('b/send');
      const [text] = await Promise.all([receive('b'), writing.send(long)]);
      expect(text.length).to.equal(long.length);
    });

    it('puts back what was won when it is scrubbed or aborted, and frees room', async () => {
      for (const text of ['first', 'second']) await send('a', text);
      const reading = await select('a/recv');
      await reading.wait();
      await reading.scrub();
      const writing = await select('b/send');
      await writing.wait();
      await writing.abort();
      expect(await codeOf(writing.wait())).to.equal('EIDRM');
      expect([await receive('a'), await receive('a')]).to.deep.equal(['first', 'second']);
      await send('b', 'room');
      expect(await receive('b')).to.equal('room');
    });

    it('gives a message to one of many selections, each message once', async () => {
      const many = await Promise.all(Array.from({ length: 10 }, () => select('a/recv', 'b/recv')));
      const got = Promise.all(many.map(async (selection) => (await selection.receive()).toString()));
      const texts = Array.from({ length: 10 }, (_, at) => String(at));
      for (const text of texts) await send(Number(text) % 2 === 0 ? 'a' : 'b', text);
      expect((await got).sort()).to.deep.equal(texts);
      for (const name of ['a', 'b']) expect(await peek(name)).to.include({ NumSend: 5, WaitingReceivers: 0 });
    });

    it('goes on without a channel that was scrubbed, and fails when none is left', async () => {
      const selection = await select('a/recv', 'b/recv');
      const waiting = codeOf(selection.wait());
      await (await root.walk('a').channel()).scrub();
      await (await root.walk('b').channel()).close();
      expect(await waiting).to.match(/EIDRM|ENODATA/);
      expect((await selection.peek()).Phase).to.equal('failed');
    });

    it('is not made of what is not there', async () => {
      expect(await codeOf(select('nothing/recv'))).to.equal('ENOENT');
      expect(await codeOf(select('a/wait'))).to.equal('ENOENT');
      expect(await codeOf(select('a/stdin'))).to.equal('EINVAL');
    });

    if (where.clauses === 'elsewhere') {
      it('has its message put back, and its room freed, when its server dies', async () => {
        for (const text of ['first', 'second']) await send('a', text);
        const reading = await select('a/recv');
        const writing = await select('b/send');
        await Promise.all([reading.wait(), writing.wait()]);
        expect(await peek('a')).to.include({ NumRecv: 0, Buffered: 2 });
        between?.end(new CircuitError('EHOSTDOWN', 'it died'));
        expect([await receive('a'), await receive('a')]).to.deep.equal(['first', 'second']);
        await send('b', 'room');
        expect(await receive('b')).to.equal('room');
        // To the selection it is the channels' server that died: what it has reserved has gone back, and is not given twice.
        expect(await codeOf(reading.receive())).to.equal('EHOSTDOWN');
      });
    }
  });
}

describe('a selection of another server, by the API', () => {
  it('has a handle that an anchor gives', async () => {
    const far = server({ chan: channels, select: selections(() => far.here) });
    const root = new Anchor(new Distance(far).tree, [], credentials);
    await root.walk('a').makeChannel(1);
    await root.walk('s').makeSelection([clause('a/recv')]);
    expect(await root.walk('s').get()).to.be.instanceOf(Selection);
    expect(await root.walk('s').selection()).to.be.instanceOf(Selection);
    const sub = root.walk('s/below');
    await sub.make();
    expect([...(await root.walk('s').view()).keys()]).to.deep.equal(['below']);
  });

  it('keeps its message for the next reader when a reader at a distance dies before it has it', async () => {
    const far = server({ chan: channels, select: selections(() => far.here) });
    const root = new Anchor(far.here, [], credentials);
    const channel = await root.walk('a').makeChannel(1);
    const selection = await root.walk('s').makeSelection([clause('a/recv')]);
    await channel.send('precious');
    await selection.wait();
    const distance = new Distance(far);
    const reader = await distance.tree.openReader(['s'], 'read.0', credentials, { unacked: true });
    expect(Buffer.from(await reader.read(100)).toString()).to.equal('precious');
    distance.end(new CircuitError('EHOSTDOWN', 'it died'));
    expect(await channel.peek()).to.include({ NumRecv: 0, Buffered: 1 });
    expect((await selection.receive()).toString()).to.equal('precious');
    expect(await channel.peek()).to.include({ NumRecv: 1, Buffered: 0 });
  });
});
