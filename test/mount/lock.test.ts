/**
 * flock(1) and flock(2) on the file `lock`, as bash, Python, Perl and C use them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { atEachPlace } from '../lib/mount/at-each-place.js';
import { needs } from '../lib/machine.js';

/** Waits until `peek` says what is wanted: nothing but other programs' progress is waited for. */
const BASH = `
set +e
holder() { bash -c 'exec 8>> $A/lock; flock 8; exec sleep 60' & }
waiting() { until grep -q "\\"NumWaiting\\": $1" $A/peek; do sleep 0.02; done; }
held() { until grep -q "\\"NumHolders\\": $1" $A/peek; do sleep 0.02; done; }
`;

/** What flock(1) does with each of its options, on whatever file is $L: the same on a plain file and on ours. */
const DIFFERENTIAL = `
set +e; exec 2>&1
flock $L echo plain; echo $?
flock -x $L -c 'echo exclusive; exit 3'; echo $?
exec 8>> $L; flock 8; echo "held $?"
flock -n $L true; echo "n $?"
flock -n -E 77 $L true; echo "E $?"
flock -w 0.2 $L true; echo "w $?"
flock -s -n $L true; echo "sn $?"
flock -u 8; echo "u $?"
flock -n $L echo free; echo $?
flock -s 8; flock -s -n $L echo both; echo $?
flock -n $L true; echo "x beside s $?"
flock -x -n 8; echo "converted $?"
flock -s -n $L true; echo "s beside x $?"
flock -s 8; flock -s -n $L echo down; echo $?
exec 8>&-
flock -n $L echo closed; echo $?
exec 8>> $L; flock 8; sleep 60 & child=$!; exec 8>&-
flock -n $L true; echo "inherited $?"
kill $child; wait $child 2> /dev/null; flock $L echo gone
flock -o $L bash -c 'exec 9>> $L; flock -n 9; echo "o $?"'
(flock 7; exec 8<&7; exec 7<&-; flock -n $L true; echo "dup $?") 7>> $L
flock -n $L echo "left"
timeout 0.3 flock $L sleep 5; echo "timeout $?"; flock $L echo after
exec 8>> $L; flock 8
timeout -s INT 0.2 flock $L true; echo "INT $?"
{ timeout -s KILL 0.2 flock $L true; echo "KILL $?"; } 2> /dev/null
exec 8>&-; flock $L echo end
`;

atEachPlace('a lock', ['fuse', 'python3'], (here) => {
  const ctl = (line: string): Promise<string> => here.programs.run(`echo '${line}' > $A/ctl`);

  it('behaves as a plain file does under flock(1)', async function () {
    this.timeout(60_000);
    await ctl('mklock');
    const ours = await here.programs.run(`L=$A/lock; export L\n${DIFFERENTIAL}`);
    const directory = mkdtempSync(join(tmpdir(), 'flock-'));
    try {
      const plain = execFileSync('bash', ['-c', `L=${directory}/f; export L\n${DIFFERENTIAL}`], { encoding: 'utf8' });
      expect(ours).to.equal(plain);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('goes to those who wait, in their order, and counts its grants', async () => {
    await ctl('mklock');
    const out = await here.programs.run(`${BASH}
exec 8<> $A/lock; flock 8; cat <&8
for n in 1 2 3 4 5; do flock $A/lock echo $n 8>&- & waiting $n; done
exec 8>&-; wait
grep '"Token"' $A/peek`);
    expect(out).to.equal('1\n1\n2\n3\n4\n5\n\t"Token": 6,\n');
  });

  it('is held by so many as it has slots, and cannot be shared then', async () => {
    await ctl('mklock 3');
    const out = await here.programs.run(`${BASH}
for n in 1 2 3; do holder; pids+=($!); held $n; done
flock -n $A/lock true; echo "full $?"
flock -s -n $A/lock true 2>&1; echo "shared $?"
grep -c '"Pid"' $A/peek
kill "\${pids[0]}"; held 2
flock -n $A/lock echo free
kill "\${pids[@]:1}"; wait; held 0`);
    expect(out).to.match(/^full 1\nflock: .*Invalid argument\nshared \d+\n3\nfree\n$/);
  });

  it('goes with its holder, however that is killed', async () => {
    await ctl('mklock');
    const out = await here.programs.run(`${BASH}
for signal in TERM KILL HUP SEGV USR1; do
  holder; pid=$!; held 1
  flock $A/lock echo "after $signal" & waiting 1
  kill -$signal $pid; wait $pid; wait
done 2> /dev/null`);
    expect(out).to.equal('TERM KILL HUP SEGV USR1'.split(' ').map((signal) => `after ${signal}\n`).join('')); // prettier-ignore
  });

  it('takes nothing from a waiter that is interrupted, and waits on after a signal that was caught', async () => {
    await ctl('mklock');
    const out = await here.programs.runPython(`
import fcntl, os, signal, subprocess, time, threading
L = os.environ['A'] + '/lock'
P = os.environ['A'] + '/peek'
caught = []
signal.signal(signal.SIGALRM, lambda *_: caught.append(1))
holder = os.open(L, os.O_RDWR)
fcntl.flock(holder, fcntl.LOCK_EX)
mine = os.open(L, os.O_RDONLY)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
threading.Timer(1, lambda: os.close(holder)).start()
fcntl.flock(mine, fcntl.LOCK_EX)
signal.setitimer(signal.ITIMER_REAL, 0)
print(len(caught) > 3, os.read(mine, 100), os.read(mine, 100))
print(fcntl.flock(mine, fcntl.LOCK_UN))
try: os.read(mine, 100)
except BlockingIOError as e: print('not held')
try: fcntl.lockf(os.open(L, os.O_RDWR), fcntl.LOCK_EX)
except OSError as e: print(os.strerror(e.errno))
try: fcntl.flock(os.open(P, os.O_RDONLY), fcntl.LOCK_EX)
except OSError as e: print(os.strerror(e.errno))`);
    expect(out).to.match(/^True b'\d+\\n' b''\nNone\nnot held\nOperation not supported\nOperation not supported\n$/);
  });

  it('is lost when it is scrubbed: poll says HUP, reads say why, and waiters end', async () => {
    await ctl('mklock');
    const out = await here.programs.runPython(`
import fcntl, os, select, subprocess
A = os.environ['A']
fd = os.open(A + '/lock', os.O_RDWR)
p = select.poll(); p.register(fd, select.POLLIN)
print(p.poll(0))
fcntl.flock(fd, fcntl.LOCK_EX)
print(p.poll(0) == [(fd, select.POLLIN)])
waiter = subprocess.Popen(['bash', '-c', 'flock $A/lock true'], stderr=subprocess.PIPE)
while '"NumWaiting": 1' not in open(A + '/peek').read(): pass
hup = select.poll(); hup.register(fd, 0)
print(hup.poll(100))
with open(A + '/ctl', 'w') as f: f.write('scrub\\n')
print(hup.poll(20000) == [(fd, select.POLLHUP)])
try: os.read(fd, 10)
except OSError as e: print(os.strerror(e.errno))
print(b'Identifier removed' in waiter.communicate()[1], waiter.returncode != 0)`);
    expect(out).to.equal('[]\nTrue\n[]\nTrue\nIdentifier removed\nTrue True\n');
  });

  it('belongs to the open file: threads and processes that share it have it together', async () => {
    await ctl('mklock');
    const out = await here.programs.runPython(`
import fcntl, os
A = os.environ['A']
other = os.open(A + '/lock', os.O_RDWR); fcntl.flock(other, fcntl.LOCK_EX)
fd = os.open(A + '/lock', os.O_RDWR)
pids = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        os.close(other)
        fcntl.flock(fd, fcntl.LOCK_EX); os._exit(0)
    pids.append(pid)
while '"NumWaiting": 2' not in open(A + '/peek').read(): pass
os.close(other)
print([os.waitpid(pid, 0)[1] for pid in pids])
print('"NumHolders": 1' in open(A + '/peek').read())
os.close(fd)
while '"NumHolders": 0' not in open(A + '/peek').read(): pass`);
    expect(out).to.equal('[0, 0]\nTrue\n');
  });

  it('cannot be removed while it is held', async () => {
    await ctl('mklock');
    const out = await here.programs.run(`exec 8>> $A/lock; flock 8
rmdir $A 2>&1 | grep -o 'resource busy'
exec 8>&-
until rmdir $A 2> /dev/null; do sleep 0.02; done; echo gone; mkdir $A`);
    expect(out).to.equal('resource busy\ngone\n');
  });

  it('is released by a thousand waiters that are killed at once', async function () {
    this.timeout(120_000);
    needs(this, 'gcc');
    await ctl('mklock');
    const directory = mkdtempSync(join(tmpdir(), 'flock-'));
    try {
      const source = join(directory, 'waiter.c');
      writeFileSync(
        source,
        '#include <sys/file.h>\n#include <fcntl.h>\nint main(int n, char **v) { return flock(open(v[n - 1], O_RDONLY), LOCK_EX); }\n',
      );
      execFileSync('gcc', ['-o', join(directory, 'waiter'), source]);
      const out = await here.programs.run(`${BASH}
exec 8>> $A/lock; flock 8
for n in {1..1000}; do ${directory}/waiter $A/lock 8>&- & pids+=($!); done
waiting 1000
kill -KILL "\${pids[@]}"; waiting 0
exec 8>&-; flock $A/lock echo free`);
      expect(out).to.equal('free\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
