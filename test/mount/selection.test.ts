/**
 * Selections between servers, and what becomes of what they have won when programs and servers are killed.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { atEachPlace } from '../lib/mount/at-each-place.js';
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

/** Selections `s` and `t` over the lock `l`. */
const OVER_LOCK = `
set +e
mkdir $A/l $A/s $A/t; trap 'rmdir $A/l $A/s $A/t' EXIT
echo mklock > $A/l/ctl
select_lock() { echo "mkselect [{\\"op\\":\\"r\\",\\"file\\":\\"$A/l/lock\\"}]" > $A/$1/ctl; }
won() { grep -o 'commit.*0' <<< "$(cat $A/$1/wait)"; }
busy() { flock -n $A/l/lock true; echo "busy $?"; }
scrub() { for name; do echo scrub > $A/$name/ctl; done; }
`;

atEachPlace('a selection over a lock', ['fuse'], (here) => {
  it('wins when the lock is free, and holds it until its end is closed, it is aborted, or scrubbed', async () => {
    const out = await here.programs.run(`${OVER_LOCK}
select_lock s; won s; busy
exec 7< $A/s/read.0; read -r token <&7; echo "token $token"; busy
select_lock t; cat $A/t/trywait 2> /dev/null; echo "t $?"
exec 7<&-; won t; busy
echo abort > $A/t/ctl; flock -n $A/l/lock echo aborted
scrub s t; select_lock s; won s; busy
scrub s; flock -n $A/l/lock echo scrubbed
scrub l`);
    const won = 'commit":"read.0\nbusy 1\n';
    expect(out).to.equal(`${won}token 1\nbusy 1\nt 1\n${won}aborted\n${won}scrubbed\n`);
  });

  it('waits for one that is held, and fails when the lock is scrubbed', async () => {
    const out = await here.programs.run(`${OVER_LOCK}
exec 8>> $A/l/lock; flock 8
select_lock s; select_lock t
cat $A/s/trywait $A/t/trywait 2> /dev/null; echo "try $?"
(flock -u 8); cat $A/s/wait $A/t/wait > /dev/null & until grep -qh '"Phase": "won"' $A/s/peek $A/t/peek; do sleep 0.02; done
grep -ho '"Phase": "[a-z]*"' $A/s/peek $A/t/peek | sort
scrub l; wait; cat $A/s/wait $A/t/wait 2>&1 > /dev/null | grep -c removed
scrub s t; exec 8>&-`);
    expect(out).to.equal('try 1\n"Phase": "waiting"\n"Phase": "won"\n1\n');
  });

  it('is one of many that never hold it together', async function () {
    this.timeout(60_000);
    const out = await here.programs.run(
      `${OVER_LOCK}
for n in 1 2 3 4; do
  mkdir $A/s/$n
  for turn in 1 2 3 4 5; do
    echo "mkselect [{\\"op\\":\\"r\\",\\"file\\":\\"$A/l/lock\\"}]" > $A/s/$n/ctl; cat $A/s/$n/wait > /dev/null
    mkdir "$WITNESS" || echo two; cat $A/s/$n/peek > /dev/null; rmdir "$WITNESS"
    echo scrub > $A/s/$n/ctl
  done &
done
for turn in 1 2 3 4 5; do flock $A/l/lock sh -c 'mkdir "$WITNESS" || echo two; rmdir "$WITNESS"'; done
wait; rmdir $A/s/?; grep -o '"Token".*' $A/l/peek; scrub l`.replace('set +e', 'set +e; export WITNESS=$(mktemp -u)'),
    );
    expect(out).to.equal('"Token": 25,\n');
  });
});

/** A selection `s` over the channels `jobs` and `stop`. */
const OVER_JOBS = `
set +e
mkdir $A/jobs $A/stop $A/s; trap 'rmdir $A/s $A/jobs $A/stop' EXIT
echo 'mkchan {"Capacity":5,"Tries":3}' > $A/jobs/ctl; echo mkchan 5 > $A/stop/ctl
select_jobs() { echo "mkselect [{\\"op\\":\\"r\\",\\"file\\":\\"$A/jobs/take\\"},{\\"op\\":\\"r\\",\\"file\\":\\"$A/stop/recv\\"}]" > $A/s/ctl; }
won() { grep -o '"commit":".*[01]"' $A/s/wait; }
until_peek() { until grep -q "\\"$1\\": $2" $A/jobs/peek; do sleep 0.02; done; }
`;

atEachPlace('a selection over work that is handed back', ['fuse'], (here) => {
  it('has what it has won as take.N, which says what becomes of it', async () => {
    const out = await here.programs.run(`${OVER_JOBS}
echo one > $A/jobs/send; select_jobs; won; ls $A/s | grep '\\.'; until_peek NumTaken 1
cat $A/s/take.0 2>&1 | sed 's/.*: //'
exec 3<> $A/s/take.0; read -r job <&3; echo "$job"; echo word >&3; echo "word $?"; echo done >&3; echo "done $?"
until_peek NumRecv 1; read -r job <&3; echo "next $?"; exec 3>&-; echo scrub > $A/s/ctl
echo two > $A/jobs/send; select_jobs; won
bash -c 'exec 3<> $A/s/take.0; read -r job <&3; echo "$job"; kill -KILL $$' 2> /dev/null
until_peek NumTaken 0; exec 3<> $A/jobs/take; read -r job <&3; echo "$job"; grep -o '"Tries": [01]' $A/jobs/peek
exec 3>&-; echo scrub > $A/s/ctl`);
    expect(out).to.equal(`"commit":"take.0"
take.0
Invalid argument
one
word 1
done 0
next 1
"commit":"take.0"
two
two
"Tries": 1
`);
  });

  it('takes nothing by a clause that loses, and tries nothing', async () => {
    const out = await here.programs.run(`${OVER_JOBS}
select_jobs; echo stop > $A/stop/send; won; echo one > $A/jobs/send; cat $A/s/read.1; echo scrub > $A/s/ctl
for n in 1 2 3 4; do select_jobs; won; echo scrub > $A/s/ctl; done
until_peek NumTaken 0; exec 3<> $A/jobs/take; read -r job <&3; echo "$job"; grep -o '"Tries": 0' $A/jobs/peek; exec 3>&-`);
    expect(out).to.equal(`"commit":"read.1"\nstop\n${'"commit":"take.0"\n'.repeat(4)}one\n"Tries": 0\n`);
  });
});
