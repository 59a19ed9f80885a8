/**
 * Selections between servers, and what becomes of what they have won when programs and servers are killed.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Neighbours } from '../lib/neighbours.js';
import { Programs } from '../lib/mount/programs.js';

describe('a selection on another server', function () {
  this.timeout(60_000);
  let neighbours: Neighbours | undefined;
  let programs: Programs;

  beforeEach(async function () {
    needs(this, 'fuse');
    neighbours = await Neighbours.start('another server');
    programs = new Programs({ C: neighbours.daemon.directory, S: neighbours.directory });
    await programs.run(`mkdir $C/self/a $C/self/b $S/s
      echo mkchan 2 > $C/self/a/ctl; echo mkchan 1 > $C/self/b/ctl`);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(neighbours?.log);
    await programs.end();
    await neighbours?.stop();
    neighbours = undefined;
  });

  const select = (op: string, file: string): Promise<string> =>
    programs.run(`echo 'mkselect [{"op":"${op}","file":"'$C/self/${file}'"}]' > $S/s/ctl`);

  it('outlives the programs that wait for it or have its end open', async () => {
    await select('r', 'a/recv');
    const waiting = programs.bash('exec cat $S/s/wait');
    await waiting.blocked();
    waiting.kill('SIGKILL');
    await waiting.ended;
    await programs.run('echo precious > $C/self/a/send');
    expect(await programs.run('cat $S/s/wait')).to.match(/^\{"clause":0,"file":"\/X[0-9a-f]{16}\/a\/recv","commit":"read\.0"\}\n$/);
    const holds = programs.bash('exec 3< $S/s/read.0; echo open; read -r _');
    await holds.prints('open');
    holds.kill('SIGKILL');
    await holds.ended;
    expect(await programs.run('until cat $S/s/read.0; do sleep 0.01; done 2> /dev/null')).to.equal('precious\n');
    expect(await programs.run('grep -o "NumRecv.*" $C/self/a/peek')).to.equal('NumRecv": 1,\n');
  });

  it('gives back what it has won when its server is killed', async () => {
    await programs.run('for text in first second; do echo $text > $C/self/a/send; done; mkdir $S/w');
    await select('r', 'a/recv');
    await programs.run(`echo 'mkselect [{"op":"w","file":"'$C/self/b/send'"}]' > $S/w/ctl; cat $S/s/wait $S/w/wait`);
    neighbours?.other?.kill('SIGKILL');
    await neighbours?.other?.exited;
    const late = programs.bash('echo room > $C/self/b/send');
    expect((await late.outcome()).code).to.equal(0);
    // Session and room end together: the message is back by now.
    expect(await programs.run('cat $C/self/a/recv $C/self/a/recv $C/self/b/recv')).to.equal('first\nsecond\nroom\n');
  });
});
