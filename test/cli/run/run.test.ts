/**
 * `circuit run` on real servers: three of them on this machine, a circuit of their own.
 */
import { expect } from 'chai';
import { Daemon } from '../../lib/daemon.js';
import { Program } from '../../lib/hosts/program.js';
import { WAYS } from '../../lib/ways.js';
import { circuit, type Ended } from '../program.js';

for (const way of WAYS)
  describe(`circuit run, ${way.name},`, function () {
    this.timeout(60_000);
    let daemons: Daemon[];
    let env: NodeJS.ProcessEnv;

    before(async () => {
      const first = await Daemon.start({ args: ['--no-mount'] });
      daemons = [first];
      env = { CIRCUIT: first.url };
      await add();
    });
    after(async () => {
      await Promise.all(daemons.map((daemon) => daemon.stop()));
    });
    afterEach('leaves no element behind', async () => {
      expect((await circuit(['ls', '/...'], { env })).stdout.trim().split('\n').filter((line) => line.includes('/run-'))).to.deep.equal([]); // prettier-ignore
    });

    /** One more, which the first one knows. */
    async function add(): Promise<Daemon> {
      const daemon = await Daemon.start({ args: ['--no-mount', '-j', daemons[0]?.url ?? ''] });
      daemons.push(daemon);
      await daemons[0]?.says(`server ${daemon.id}`);
      return daemon;
    }
    const run = (...args: readonly string[]): Promise<Ended> => circuit(['run', ...args], { env, command: way.command });
    const start = (...args: readonly string[]): Program => new Program([...way.command, 'run', ...args], env);
    const ids = (): readonly string[] => daemons.map(({ id }) => id);

    it('runs a command on the server that is dialled, and is to its caller what the command is', async () => {
      const { code, stdout, stderr } = await run('sh', '-c', 'printf "out\\0"; echo err >&2; exit 3');
      expect({ code, stdout, stderr }).to.deep.equal({ code: 3, stdout: 'out\0', stderr: 'err\n' });
    });

    it('runs it on all servers, with the name of each before its lines, and exits with the highest status', async () => {
      const { code, stdout, stderr } = await run('--all', '--', 'sh', '-c', 'echo one; echo two; echo err >&2; exit $(($$ % 2 + 1))');
      expect(code).to.be.oneOf([1, 2]);
      const lines = ids().flatMap((id) => [`${id}: one`, `${id}: two`]);
      expect(stdout.trim().split('\n').map((line) => line.replace(/^.*\.X/, 'X')).sort()).to.deep.equal(lines.sort()); // prettier-ignore
      expect(stderr.trim().split('\n')).to.have.length(2);
    });

    it('runs it on those that are named, by what is enough of their names', async () => {
      const [, second = ''] = ids();
      const { stdout } = await run('--on', second.slice(0, 12), '--tag', '--', 'echo', 'here');
      expect(stdout).to.match(/^\S+: here\n$/);
      const refused = await run('--on', 'nobody', '--', 'echo', 'here');
      expect(refused).to.include({ code: 1, stdout: '' });
      expect(refused.stderr).to.match(/^circuit: no server is called "nobody": expected one of /);
    });

    it('gives each an input that has ended, or with --stdin its own, to each all of it', async () => {
      expect(await run('--all', '--', 'cat')).to.deep.equal({ code: 0, stdout: '', stderr: '' });
      const program = start('--all', '--no-tag', '--stdin', '--', 'wc', '-c');
      program.stdin.end('x'.repeat(1_000_000));
      expect(await program.exited).to.deep.equal([0, null]);
      expect(program.stdout).to.equal('1000000\n1000000\n');
    });

    it('names a program that is not there, and goes on when some do not read their input', async () => {
      const { code, stdout, stderr } = await run('--all', '--', '/no/such/program');
      expect({ code, stdout }).to.deep.equal({ code: 127, stdout: '' });
      expect(stderr.match(/^circuit: \S+: no such program: \/no\/such\/program$/gm)).to.have.length(2);
      const program = start('--all', '--stdin', '--', 'true');
      program.stdin.write('x');
      expect(await program.exited).to.deep.equal([0, null]);
    });

    it('ends all programs with TERM on Ctrl-C, with their groups, and shows what they say to it', async () => {
      const program = start('--all', '--', 'sh', '-c', 'trap "echo ended; exit 5" TERM; sleep 1000 & echo ready; wait');
      await program.says(/ready[^]*ready/);
      process.kill(program.pid, 'SIGINT');
      expect(await program.exited).to.deep.equal([130, null]);
      expect(program.stdout.match(/: ended$/gm)).to.have.length(2);
    });

    it('ends them with KILL on a second Ctrl-C', async () => {
      const program = start('--all', '--', 'sh', '-c', 'trap "echo no" TERM; echo ready; while :; do sleep 0.05; done');
      await program.says(/ready[^]*ready/);
      process.kill(program.pid, 'SIGINT');
      await program.says(/no[^]*no/);
      process.kill(program.pid, 'SIGTERM');
      expect(await program.exited).to.deep.equal([130, null]);
    });

    it('ends them when nobody reads what they print', async () => {
      const shell = new Program(
        ['bash', '-c', '"$@" | head -n 1; exit ${PIPESTATUS[0]}', 'bash', ...way.command, 'run', '--all', '--', 'yes'],
        env,
      );
      expect(await shell.exited).to.deep.equal([141, null]);
      expect(shell.stdout).to.match(/: y\n$/);
    });

    it('names a host that dies, counts it as 255, and waits for the others', async () => {
      const third = await add();
      const ended = start('--all', '--', 'sh', '-c', 'echo ready; sleep 2; echo done');
      await ended.says(/ready[^]*ready[^]*ready/);
      third.kill('SIGKILL');
      expect(await ended.exited).to.deep.equal([255, null]);
      expect(ended.stdout.match(/: done$/gm)).to.have.length(2);
      expect(ended.stderr).to.match(new RegExp(`^circuit: \\S*${third.id}: `));
      daemons.pop();
      await third.stop();
    });
  });
