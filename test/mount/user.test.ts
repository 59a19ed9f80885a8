/**
 * `User` on a server of root: the program has another identity, and nothing of the server's.
 */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { PROGRAM } from '../lib/daemon.js';
import { atEachPlace } from '../lib/mount/at-each-place.js';

/** Of every Debian: with a home that is there. */
const USER = 'daemon';

function entryOf(user: string): readonly string[] {
  return execFileSync('getent', ['passwd', user], { encoding: 'utf8' }).trim().split(':');
}

atEachPlace('User', ['fuse', 'su'], (here) => {
  before(() => {
    process.env['SECRET_OF_THE_SERVER'] = 'secret';
  });

  after(() => {
    delete process.env['SECRET_OF_THE_SERVER'];
  });

  /** What a script prints, run by the shell as this user. */
  const output = (spec: object): Promise<string> =>
    here.programs.run(`cat > $A/ctl <<'EOF'\nmkproc ${JSON.stringify(spec)}\nEOF\ncat $A/stdout $A/stderr`);
  const sh = (script: string, more: object): Promise<string> => output({ Path: '/bin/sh', Args: ['-c', script], ...more });

  it('has standard streams that it may open', async () => {
    const script = 'echo out > /dev/stdout; echo err > /dev/stderr; exec 3< /dev/stdin; read word <&3; echo $word';
    const ended = sh(script, { User: 'nobody', Dir: '/' });
    await here.programs.run('until [ -e $A/stdin ]; do :; done; echo in > $A/stdin');
    expect(await ended).to.equal('out\nin\nerr\n');
  });

  it('is an identity: numbers, groups, home, names, shell', async () => {
    const [name, , uid, gid, , home, shell] = entryOf(USER);
    const script = 'id -u; id -g; pwd; echo "$HOME $USER $LOGNAME $SHELL"';
    expect(await sh(script, { User: USER })).to.equal(`${uid}\n${gid}\n${home}\n${home} ${name} ${name} ${shell}\n`);
    expect(await here.programs.run('grep \'"Dir"\' $A/peek')).to.contain(`"Dir": "${home}"`);
  });

  it("sees nothing of the server's environment but PATH, LANG and TZ", async () => {
    const out = await output({ Path: '/usr/bin/env', User: USER, Env: ['MINE=1'] });
    const names = out.split('\n').filter(Boolean).map((line) => line.replace(/=[^]*/, '')); // prettier-ignore
    expect(names).to.include.members(['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'MINE']);
    expect(names.filter((key) => !['PATH', 'LANG', 'TZ', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'MINE'].includes(key))).to.deep.equal([]);
  });

  it('may be a number that is in no table: the group is the same, the home is /', async () => {
    expect(await sh('id -u; id -g; id -G; pwd', { User: '54711' })).to.equal('54711\n54711\n54711\n/\n');
  });

  it('may be such a number with another group', async () => {
    expect(await sh('id -u; id -g', { User: '54711', Group: 'daemon' })).to.equal(`54711\n${entryOf('daemon')[3]}\n`);
  });

  it('works by the command line, and runs in / where the home is missing', async () => {
    const spec = JSON.stringify({ Path: '/bin/sh', Args: ['-c', 'id -un > /dev/stdout; pwd'], User: 'nobody' });
    const path = `/${here.neighbours.other?.id ?? here.neighbours.daemon.id}/a`;
    const circuit = `${process.execPath} ${PROGRAM}`;
    const script = `export CIRCUIT=${here.neighbours.daemon.url}; ${circuit} mkproc ${path} '${spec}'; ${circuit} stdout ${path}`;
    expect(await here.programs.run(script)).to.equal('nobody\n/\n');
  });

  it('that is not there is refused', async () => {
    const out = await here.programs.run(`! echo 'mkproc {"Path":"true","User":"nobody-of-that-name"}' 2> /dev/null > $A/ctl; cat $A/error`);
    expect(out).to.contain('no such user: nobody-of-that-name');
  });
});
