/**
 * What used to go wrong in the circuit's first program, done again on real servers, in their own directory and in another's.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { Daemon, PROGRAM } from './lib/daemon.js';
import { needs } from './lib/machine.js';
import { Programs } from './lib/mount/programs.js';
import { Neighbours, PLACES } from './lib/neighbours.js';

for (const tree of PLACES) {
  describe(`what used to go wrong, in the directory of ${tree}`, function () {
    let neighbours: Neighbours;
    let programs: Programs;

    before(async function () {
      needs(this, 'fuse', 'root');
      neighbours = await Neighbours.start(tree);
      const { daemon, directory, name } = neighbours;
      const id = name === 'self' ? daemon.id : name;
      programs = new Programs({ S: directory, CIRCUIT: daemon.url, ID: id, NODE: process.execPath, PROGRAM, LC_ALL: 'C' });
    });
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') console.log(neighbours.log);
      await programs.run('echo scrub -r > $S/ctl');
      await programs.end();
    });
    after(() => neighbours.stop());

    const peek = async (anchor: string): Promise<Record<string, unknown>> =>
      JSON.parse(await programs.run(`cat $S/${anchor}/peek`)) as Record<string, unknown>;
    const until = async (anchor: string, field: string, value: unknown): Promise<void> => {
      while ((await peek(anchor))[field] !== value);
    };

    it('finds a path that nobody has listed', async () => {
      expect(await programs.run('cat $S/error; mkdir $S/a/; cat $S/a/error')).to.equal('');
    });

    it('lets no killed receiver swallow a message', async () => {
      await programs.run('mkdir $S/c; echo mkchan 0 > $S/c/ctl');
      const receiver = programs.bash('exec cat $S/c/recv');
      await receiver.blocked();
      receiver.kill('SIGKILL');
      await receiver.ended;
      await until('c', 'WaitingReceivers', 0);
      const sender = programs.bash('echo kept > $S/c/send');
      expect(await programs.run('cat $S/c/recv')).to.equal('kept\n');
      expect(await sender.outcome()).to.include({ code: 0 });
    });

    it('sends nothing for a killed sender that waited', async () => {
      await programs.run('mkdir $S/c; echo mkchan 0 > $S/c/ctl');
      const sender = programs.bash('exec dd status=none of=$S/c/send <<< lost');
      await until('c', 'WaitingSenders', 1);
      sender.kill('SIGKILL');
      await sender.ended;
      await until('c', 'WaitingSenders', 0);
      expect(await programs.run('cat $S/c/tryrecv 2>&1 || true')).to.include('Resource temporarily unavailable');
      expect(await peek('c')).to.include({ NumSend: 0, PendingEmpty: 0 });
    });

    it('scrubs a process whose stdin is open', async () => {
      await programs.run('mkdir $S/p; echo mkproc cat > $S/p/ctl');
      const writer = programs.bash('exec 3>> $S/p/stdin; echo open; read -r _');
      await writer.prints('open');
      await programs.run('echo signal KILL > $S/p/ctl; cat $S/p/wait; echo scrub > $S/p/ctl');
    });

    it('gives every reader of stdout all of it, again and again', async () => {
      await programs.run('mkdir $S/p; echo "mkproc cat" > $S/p/ctl');
      const readers = [programs.bash('exec cat $S/p/stdout'), programs.bash('exec cat $S/p/stdout')];
      for (const reader of readers) await reader.blocked();
      await programs.run('echo for all > $S/p/stdin');
      for (const reader of readers) expect(await reader.outcome()).to.include({ out: 'for all\n', code: 0 });
      expect(await programs.run('cat $S/p/stdout $S/p/stdout')).to.equal('for all\nfor all\n');
    });

    it('makes nothing by looking for it', async () => {
      const look =
        '(ls $S/x; ls $S/x/y; $NODE $PROGRAM ls /$ID/x; $NODE $PROGRAM peek /$ID/x/y; $NODE $PROGRAM ls /$ID/x/...) 2>&1 > /dev/null';
      expect(await programs.run(`${look} || true`)).to.not.equal('');
      expect(await programs.run('find $S/ -mindepth 1 -type d')).to.equal('');
    });

    it('lists the paths below an anchor as they are', async () => {
      await programs.run('mkdir -p $S/a/b/c $S/d');
      expect(await programs.run('$NODE $PROGRAM ls /$ID/a/... | sed "s/X[0-9a-f]*/ID/"')).to.equal('/ID/a/b\n/ID/a/b/c\n');
    });

    it('shows the directory of a process that was given none', async () => {
      await programs.run('mkdir $S/p; echo mkproc true > $S/p/ctl');
      expect((await peek('p'))['Cmd'])
        .to.have.property('Dir')
        .that.matches(/^\//);
    });

    it('removes a process that a signal has ended', async () => {
      await programs.run('mkdir $S/p; echo mkproc cat > $S/p/ctl; echo signal TERM > $S/p/ctl; cat $S/p/wait; rmdir $S/p');
    });
  });
}

describe('a server whose port everybody can reach', function () {
  let daemon: Daemon;
  before(async function () {
    needs(this, 'fuse');
    daemon = await Daemon.start();
  });
  after(() => daemon.stop());

  const dial = async (): Promise<ReturnType<typeof connect>> => {
    const { hostname, port } = new URL(daemon.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const run = async (script: string): Promise<string> => new Programs({ C: daemon.directory }).run(script);

  it('lives on after random bytes on its port, a capacity that is too large and a record that is none', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = await dial();
      const closed = once(socket, 'close');
      socket.resume().end(randomBytes(200));
      await closed;
    }
    expect(
      await run('mkdir $C/self/c; echo mkchan 2000000000 > $C/self/c/ctl 2> /dev/null || cat $C/self/c/error; rmdir $C/self/c'),
    ).to.include('1000000');
    expect(
      await run(
        'mkdir $C/self/n; echo mkdns > $C/self/n/ctl; echo \'set ""\' > $C/self/n/ctl 2> /dev/null || cat $C/self/n/error; rmdir $C/self/n',
      ),
    ).to.include('a record is missing');
    expect(await run('ls $C/self')).to.include('peek');
  });

  it('is joined by others while silent connections are open to it', async () => {
    const silent = await Promise.all(Array.from({ length: 5 }, dial));
    const other = await Daemon.start({ args: ['--no-mount', '-j', daemon.url] });
    try {
      await daemon.says(`server ${other.id}`);
    } finally {
      await other.stop();
      for (const socket of silent) socket.destroy();
    }
  });

  it('says so when its port is in use', async () => {
    const { host } = new URL(daemon.url);
    const error = await Daemon.start({ args: ['--no-mount', '-a', host] }).catch(String);
    expect(error).to.match(/is in use: choose another address with -a HOST:PORT/);
  });
});
