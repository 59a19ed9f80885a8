/**
 * The files `events` and `log.sh`, as bash and other programs use them.
 */
import { expect } from 'chai';
import { Client } from '../lib/client.js';
import { Daemon } from '../lib/daemon.js';
import { atEachPlace } from '../lib/mount/at-each-place.js';

/** What is built: with names and arguments that a shell, a terminal or a file system takes for something else. */
const BUILD = String.raw`
set +e
cd $A
mkdir -- "it's" 'two words' naïve 'do$llar' 'back\slash' $'\u009bcsi%d' -n "'" '"q"'
mkdir "it's/'\"below"
echo mkchan 3 > "it's/ctl"
echo mkchan -C "'quick/and/dirty'" 4 > ctl
echo mklock 2 > "two words/ctl"
printf '%s\n' 'mkproc {"Path":"printf","Args":["%s|","it'"'"'s","a\nb","tab\t","back\\slash","ünï$HOME"],"Env":["SECRET=hush"]}' > 'naïve/ctl'
echo 'mkproc -C "do$llar" sleep 1000' > ctl
echo 'mkselect [{"op":"r","file":"'$A"/it's/recv"'"}]' > -n/ctl
echo mkdns > "'/ctl"
printf "set a.example. 60 IN TXT \"it's  two\"\n" > "'/ctl"
mkdir gone; echo mkchan 1 > gone/ctl; rmdir gone
mkdir cleared; mkdir cleared/below; echo scrub -r > cleared/ctl; echo mkchan -C cleared/below 1 > ctl; echo scrub > cleared/below/ctl
echo mkchan 9 > "it's/ctl" 2> /dev/null; mkdir "it's" 2> /dev/null; echo nonsense > ctl 2> /dev/null
true`;

/** A tree without what differs from server to server: each anchor, its kind as its files tell it, and what a process is. */
const SHAPE = (top: string): string => `
cd ${top}; find . -type d | LC_ALL=C sort | while IFS= read -r d; do
  printf '%s: ' "$d"; ls -- "$d" | grep -xE 'send|lock|stdout|wait|peek' | tr '\\n' ' '
  [ "$d" != . ] && [ -e "$d/peek" ] && grep -E '"(Cap|Slots|Path|SECRET|a.example.)"' -- "$d/peek" | tr -d '\\t\\n'
  [ -e "$d/stdout" ] && case $d in *llar) ;; *) od -An -c "$d/stdout" | tr -d '\\n' ;; esac
  echo
done`;

atEachPlace('events and the log as a script', ['fuse', 'jq', 'dash'], (here) => {
  it('tell what happens, from what is held on, to cat and jq, until they are interrupted', async () => {
    const { programs } = here;
    await programs.run('echo mkproc true > $A/ctl; cat $A/wait > /dev/null');
    const told = programs.bash(`exec jq -r --unbuffered 'select(.path | endswith("/a")) | .what' $A/../events`);
    await told.prints('made\nstarted\nexited\n');
    await programs.run('echo scrub > $A/ctl');
    await told.prints('exited\nscrubbed\n');
    told.kill('SIGTERM');
    await told.outcome();
    const reader = programs.bash('exec cat $A/../events > /dev/null');
    await reader.blocked();
    const outcome = reader.outcome();
    await programs.run(`kill -INT ${reader.pid}`);
    await outcome;
    expect(await programs.run('stat -c %a $A/../events $A/../log.sh $A/../../events')).to.equal('400\n400\n400\n');
  });

  it('are those of all servers in the root, and those of the command', async () => {
    const { programs, neighbours } = here;
    const { id } = neighbours.other ?? neighbours.daemon;
    const all = programs.bash('exec grep -m 1 --line-buffered /a/heard $A/../../events');
    const client = new Client(neighbours.daemon.url);
    const command = client.start('events', '--what', 'anchor-made', `/${id}/a/heard`);
    await programs.run('mkdir $A/heard');
    const event: unknown = JSON.parse((await all.outcome()).out);
    expect(event).to.include({ server: id, path: `/${id}/a/heard`, what: 'anchor-made' });
    await command.printed;
    command.child.kill('SIGINT');
    const { code, stdout } = await command.ended;
    expect([code, JSON.parse(stdout)]).to.deep.equal([130, event]);
    await client.end();
    await programs.run('rmdir $A/heard');
  });

  for (const shell of ['bash', 'dash'])
    it(`build the same tree on a fresh server, by ${shell}`, async function () {
      this.timeout(60_000);
      const { programs } = here;
      await programs.run(BUILD);
      const fresh = await Daemon.start();
      try {
        const script = await programs.run('cat $A/../log.sh');
        expect(script, script).to.include('# left out, as the values are not recorded: Env SECRET=…').and.not.include('hush');
        const out = await programs.run(`set +e; ${shell} $A/../log.sh ${fresh.directory}/self 2>&1`);
        expect(out, script).to.equal('');
        const [ours, theirs] = [await programs.run(SHAPE('$A')), await programs.run(SHAPE(`${fresh.directory}/self/a`))];
        expect(theirs).to.equal(ours);
        expect(ours.split('\n').length).to.be.above(12);
      } finally {
        await fresh.stop();
        await programs.run('set +e; echo scrub -r > $A/ctl');
      }
    });
});
