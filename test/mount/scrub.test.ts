/**
 * A program that scrubs itself: who starts it and reads right after is not too late, and who reads nothing keeps nothing.
 */
import { expect } from 'chai';
import { PROGRAM } from '../lib/daemon.js';
import { atEachPlace } from '../lib/mount/at-each-place.js';

const GONE = 'until [ ! -e $A/stdout ]; do sleep 0.02; done; echo gone';
const SHORT = `echo 'mkproc {"Path":"sh","Args":["-c","echo out; echo err >&2"],"Scrub":true}' > $A/ctl`;
/** All it wrote is there, and it has ended. */
const ENDED = `until grep -qE 'exited|^null$' $A/peek; do :; done`;

atEachPlace('a short program that scrubs itself', ['fuse'], (here) => {
  it('keeps its output for who comes within the second', async () => {
    expect(await here.programs.run(`${SHORT}; ${ENDED}; cat $A/stdout $A/stderr; ${GONE}`)).to.equal('out\nerr\ngone\n');
  });

  it('keeps its end, too', async () => {
    const out = await here.programs.run(`${SHORT}; ${ENDED}; cat $A/wait; cat $A/stdout $A/stderr; ${GONE}`);
    expect(out)
      .to.contain('"ExitCode": 0')
      .and.to.match(/out\nerr\ngone\n$/);
  });

  it('goes when nobody comes, and its help says so before', async () => {
    expect(await here.programs.run(`${SHORT}; cat $A/help; ${GONE}; ls $A`))
      .to.contain('within a second')
      .and.to.match(/\nctl\nerror\nhelp\n$/);
  });

  it('goes at once when its result was read and it wrote nothing', async () => {
    const again = `echo 'mkproc {"Path":"cat","Scrub":true}' > $A/ctl; (exec 3< $A/wait; : > $A/stdin; cat <&3)`;
    expect(await here.programs.run(`${again} | grep ExitCode; ${again} | grep ExitCode`)).to.equal('\t"ExitCode": 0,\n'.repeat(2));
  });

  it('does so by the command line', async () => {
    const path = `/${here.neighbours.other?.id ?? here.neighbours.daemon.id}/a`;
    const circuit = `${process.execPath} ${PROGRAM}`;
    const make = `CIRCUIT=${here.neighbours.daemon.url} ${circuit} mkproc --scrub ${path} sh -c 'read line; echo out'`;
    const script = `${make}; : > $A/stdin; ${ENDED}; cat $A/stdout`;
    expect(await here.programs.run(script)).to.equal('out\n');
  });
});
