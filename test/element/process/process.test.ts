import { expect } from 'chai';
import { homedir } from 'node:os';
import { Bed, eachLauncher, outcome } from './fixture.js';

eachLauncher('a process', (kind) => {
  it('runs to its end, and says so', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/sh', Args: ['-c', 'echo out; echo err >&2; read word'] });
    expect(made.element.peek()).to.deep.include({ Exit: null, Phase: 'running', ExitCode: null, Signal: null, Finished: null, Held: {} });
    expect(made.element.busy).to.equal(true);
    await made.say('go\n', { truncate: true, append: false });
    const peek = await made.ended();
    expect(peek).to.deep.equal(made.element.peek());
    expect(peek).to.deep.include({ Exit: null, Phase: 'exited', ExitCode: 0, Signal: null });
    expect(peek.Cmd).to.deep.include({ Path: '/bin/sh', Dir: homedir(), Env: [], Scrub: false });
    expect(Object.keys(peek.Cmd).slice(0, 5)).to.deep.equal(['Env', 'Dir', 'Path', 'Args', 'Scrub']);
    expect(made.element.busy).to.equal(false);
    for (const time of [peek.Started, peek.Finished]) expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect([await made.text('stdout'), await made.text('stderr'), await made.text('stdout')]).to.deep.equal(['out\n', 'err\n', 'out\n']);
  });

  it('tells in the words of Go how it has failed', async () => {
    await using bed = new Bed(kind);
    expect(await (await bed.sh('exit 3')).ended()).to.include({ Exit: 'exit status 3', Phase: 'exited', ExitCode: 3 });
    expect(await (await bed.sh('ulimit -c 0; kill -KILL $$')).ended()).to.include({
      Exit: 'signal: killed',
      Phase: 'signaled',
      ExitCode: null,
      Signal: 'SIGKILL',
    });
  });

  it('is not made when it cannot be started', async () => {
    await using bed = new Bed(kind);
    const code = (spec: unknown): Promise<string> => outcome(() => bed.make(spec).then(() => 0));
    expect(await code({ Path: '/no/such/program' })).to.equal('ENOENT');
    expect(await code({ Path: '/etc/passwd' })).to.equal('EACCES');
    expect(await code({ Path: '/bin/true', Dir: '/no/such/directory' })).to.equal('ENOENT');
    expect(await code({ Path: '' })).to.equal('EINVAL');
  });

  it('finds its program, has its arguments, directory and environment', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: 'sh', Args: ['-c', 'echo "$PWD $X $1"', 'sh', 'a b'], Dir: '/tmp', Env: ['X=1', 'X=2'] });
    expect(await made.text('stdout')).to.equal('/tmp 2 a b\n');
  });

  describe('waited for', () => {
    it('keeps any number waiting, and gives each the whole result', async () => {
      await using bed = new Bed(kind);
      const made = await bed.sh('read word');
      const waits = Array.from({ length: 100 }, () => made.text('wait'));
      made.stdin({ truncate: true, append: false }).close();
      const results = new Set(await Promise.all(waits));
      expect([...results]).to.deep.equal([`${JSON.stringify(made.element.peek(), undefined, '\t')}\n`]);
    });

    it('answers EAGAIN to who only tries, and lets go of who is interrupted or closes', async () => {
      await using bed = new Bed(kind);
      const made = await bed.make({ Path: '/bin/cat' });
      expect(await made.text('trywait')).to.equal('EAGAIN');
      expect(await outcome(() => made.reader('wait').read(10, { nonblock: true }))).to.equal('EAGAIN');
      const abort = new AbortController();
      const interrupted = outcome(() => made.reader('wait').read(10, { signal: abort.signal }));
      const reader = made.reader('wait');
      const closed = outcome(() => reader.read(10));
      abort.abort('interrupted');
      reader.close();
      expect([await interrupted, await closed]).to.deep.equal(['interrupted', 'EBADF']);
      made.stdin({ truncate: true, append: false }).close();
      await made.ended();
      expect(await made.text('trywait')).to.match(/"Phase": "exited"/);
    });

    it('can be polled', async () => {
      await using bed = new Bed(kind);
      const made = await bed.make({ Path: '/bin/cat' });
      const readers = [made.reader('wait'), made.reader('stdout')];
      expect(readers.map((reader) => reader.ready())).to.deep.equal([false, false]);
      const ready = Promise.all(readers.map((reader) => reader.whenReady()));
      made.stdin({ truncate: true, append: false }).close();
      await ready;
      expect(readers.map((reader) => reader.ready())).to.deep.equal([true, true]);
    });
  });

  describe('signaled', () => {
    it('is told by name, with SIG or without, or by number', async () => {
      await using bed = new Bed(kind);
      const names = {
        USR1: 'USR1',
        SIGUSR1: 'USR1',
        usr1: 'USR1',
        10: 'USR1',
        'RTMIN+3': 'RTMIN+3',
        'sigrtmax-1': 'RTMAX-1',
        64: 'RTMAX',
      };
      for (const [name, trapped] of Object.entries(names)) {
        const made = await bed.make({
          Path: 'bash',
          Args: ['-c', `trap 'echo told; exit' ${trapped}; echo ready; sleep 1000 & while :; do wait; done`],
        });
        const stdout = made.reader('stdout');
        expect(await outcome(() => stdout.read(100))).to.equal('ready\n');
        made.element.perform('signal', [name]);
        expect(await outcome(() => stdout.read(100)), name).to.equal('told\n');
      }
    });

    it('takes its whole group along', async () => {
      await using bed = new Bed(kind);
      const made = await bed.sh('sleep 1000 & echo ready; wait');
      const stdout = made.reader('stdout');
      await stdout.read(100);
      made.element.perform('signal', ['TERM']);
      expect((await stdout.read(100)).length, 'sleep has let go of stdout, too').to.equal(0);
      expect(await made.ended()).to.include({ Exit: 'signal: terminated' });
    });

    it('shows when it is stopped, and that it goes on', async () => {
      await using bed = new Bed(kind);
      const made = await bed.make({ Path: '/bin/cat' });
      made.element.perform('signal', ['STOP']);
      await made.until(({ Phase }) => Phase === 'stopped');
      expect(made.element.busy).to.equal(false);
      made.element.perform('signal', ['CONT']);
      await made.until(({ Phase }) => Phase === 'continued');
      expect(made.element.busy).to.equal(true);
    });

    it('refuses a signal that is none, and one that comes too late', async () => {
      await using bed = new Bed(kind);
      const made = await bed.make({ Path: '/bin/true' });
      for (const name of ['NONE', '0', '65', 'RTMIN+31', '', '-9']) {
        expect(() => made.element.perform('signal', [name]), name)
          .to.throw(/TERM, KILL/)
          .with.property('code', 'EINVAL');
      }
      await made.ended();
      expect(() => made.element.perform('signal', ['TERM']))
        .to.throw(/has ended/)
        .with.property('code', 'EINVAL');
    });
  });

  it('takes the commands signal and drain, and has its own files alone', async () => {
    await using bed = new Bed(kind);
    const made = await bed.make({ Path: '/bin/true' });
    for (const [verb, ...args] of [['close'], ['signal'], ['signal', 'TERM', 'KILL'], ['drain', 'all']]) {
      expect(() => made.element.perform(verb ?? '', args))
        .to.throw(/"signal NAME" or "drain"/)
        .with.property('code', 'EINVAL');
    }
    expect(() => made.reader('recv'))
      .to.throw()
      .with.property('code', 'ENOENT');
    expect(() => made.element.openWriter('stdout', { truncate: false, append: false }))
      .to.throw()
      .with.property('code', 'ENOENT');
  });
});
