/**
 * A topic through the mount, as shells and programs use it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { atEachPlace } from '../lib/mount/at-each-place.js';

const BASH = `
set +e
subscribers() { until grep -q "\\"Subscribers\\": $1\\$" $A/peek; do sleep 0.02; done; }
seq_is() { until grep -q "\\"Seq\\": $1," $A/peek; do sleep 0.02; done; }
`;

atEachPlace('a topic', ['fuse', 'python3'], (here) => {
  let scratch: string;
  const run = (script: string): Promise<string> => here.programs.run(`${BASH}cd ${scratch}\n${script}`);
  const make = (keep: string): Promise<string> => here.programs.run(`echo mktopic ${keep} > $A/ctl`);

  beforeEach(() => void (scratch = mkdtempSync(join(tmpdir(), 'topic-'))));
  afterEach(() => rmSync(scratch, { recursive: true }));

  it('is a value that can be watched', async () => {
    await make('');
    const out = await run(`
cat $A/last; echo "nothing yet: $?"
exec 3< $A/next; cat <&3 > seen & reader=$!
echo blue > $A/pub; wait $reader; cat seen $A/last
echo green > $A/pub; cat $A/last
timeout 0.2 cat $A/next; echo "waits: $?"
ls -F $A | tr '\\n' ' '`);
    expect(out).to.equal('nothing yet: 0\nblue\nblue\ngreen\nwaits: 124\nctl error help last next| peek pub| sub| ');
  });

  it('gives what is held, and goes on, to each subscriber', async () => {
    await make('2000');
    const out = await run(`
for n in 1 2 3; do echo "held $n" > $A/pub; done
for n in 1 2 3 4 5; do head -n 1003 $A/sub > out.$n & done
subscribers 5
for n in {1..1000}; do echo $n > $A/pub; done
wait
{ printf 'held %d\\n' 1 2 3; seq 1000; } > wanted
for n in 1 2 3 4 5; do cmp wanted out.$n && echo same; done
subscribers 0; grep Seq $A/peek`);
    expect(out).to.equal(`${'same\n'.repeat(5)}\t"Seq": 1003,\n`);
  });

  it('publishes what one open writes, at its close', async () => {
    await make('10');
    const out = await run(`
exec 3> $A/pub; echo one >&3; echo two >&3; cat $A/last; echo "not yet"
exec 3>&-; cat $A/last
: > $A/pub; cat $A/last; seq_is 2
touch $A/pub; : >> $A/pub; sleep 0.1; seq_is 2
head -c 1048576 /dev/zero > $A/pub; seq_is 3; cat $A/last | wc -c
head -c 1048577 /dev/zero > $A/pub 2> err; echo "$?"; grep -o 'Message too long' err
cat $A/last | wc -c; seq_is 3
bash -c 'exec 4> $A/pub; echo killed >&4; kill -KILL $$' 2> /dev/null; seq_is 4; cat $A/last
{ echo x > $A/last; } 2> err; grep -o 'Permission denied' err; cat $A/pub 2> err; grep -o 'Permission denied' err
cat $A/nothing 2> /dev/null; echo $?`);
    expect(out).to.equal('not yet\none\ntwo\n1048576\n1\nMessage too long\n1048576\nkilled\nPermission denied\nPermission denied\n1\n');
  });

  it('tells a subscriber that was stopped that it was overtaken', async () => {
    await make('3');
    const out = await here.programs.runPython(`
import errno, os
A = os.environ['A']
fd = os.open(A + '/sub', os.O_RDONLY)
def pub(text):
    with open(A + '/pub', 'w') as f: f.write(text)
pub('first')
print(os.read(fd, 100))
for n in range(100): pub(str(n) + ' ' + 'x' * 60000)
got = b''
while b'99 ' not in got:
    try: got = os.read(fd, 1 << 20); print(got[:3])
    except OSError as e:
        if e.errno != errno.EOVERFLOW: raise
        print(os.strerror(e.errno))
os.close(fd)`);
    // What was under way to another server when it was read no more is not lost.
    expect(out).to.match(/^b'first'\n(b'\d+ x?'\n)*Value too large for defined data type\nb'97 '\nb'98 '\nb'99 '\n$/);
  });

  it('gives and takes one message at a time with O_DIRECT', async () => {
    await make('10');
    const out = await here.programs.runPython(`
import os
A = os.environ['A']
pub = os.open(A + '/pub', os.O_WRONLY | os.O_DIRECT)
sub = os.open(A + '/sub', os.O_RDONLY | os.O_DIRECT)
for text in (b'a', b'bb', b'ccc'): os.write(pub, text)
open(A + '/pub', 'w').close()
print([os.read(sub, 4096) for _ in range(4)])
os.close(pub)
os.set_blocking(sub, False)
try: os.read(sub, 10)
except BlockingIOError: print('nothing')`);
    expect(out).to.equal("[b'a', b'bb', b'ccc', b'']\nnothing\n");
  });

  it('can be polled, and ends on a signal with nothing taken', async () => {
    await make('10');
    const out = await here.programs.runPython(`
import os, select, signal, threading
A = os.environ['A']
def pub(text):
    with open(A + '/pub', 'w') as f: f.write(text)
for name in ('sub', 'next'):
    fd = os.open(A + '/' + name, os.O_RDONLY | os.O_NONBLOCK)
    p = select.poll(); p.register(fd, select.POLLIN)
    print(p.poll(100))
    threading.Timer(0.2, pub, [name]).start()
    print(p.poll(10000) == [(fd, select.POLLIN)], os.read(fd, 100))
    os.close(fd)
class Alarm(Exception): pass
def alarm(*_): raise Alarm()
signal.signal(signal.SIGALRM, alarm)
fd = os.open(A + '/sub', os.O_RDONLY)
print(os.read(fd, 100), os.read(fd, 100))
signal.setitimer(signal.ITIMER_REAL, 0.1)
try: os.read(fd, 100)
except Alarm: print('interrupted')
pub('after')
print(os.read(fd, 100))`);
    expect(out).to.equal("[]\nTrue b'sub'\n[]\nTrue b'next'\nb'sub' b'next'\ninterrupted\nb'after'\n");
  });

  it('can be waited for by a selection', async () => {
    await make('10');
    const out = await run(`
echo old > $A/pub
mkdir $A/s; printf 'mkselect [{"op":"r","file":"%s"}]\\n' $A/next > $A/s/ctl
sleep 0.2; cat $A/s/trywait 2> err; echo $?
echo new > $A/pub; cat $A/s/wait | grep -o '"commit":"read.0"'; cat $A/s/read.0
echo scrub > $A/s/ctl; rmdir $A/s`);
    expect(out).to.equal('1\n"commit":"read.0"\nnew\n');
  });

  it('ends its readers when it is scrubbed', async () => {
    await make('');
    const out = await run(`
cat $A/sub 2> sub.err & cat $A/next 2> next.err & subscribers 1
sleep 0.3
echo scrub > $A/ctl; wait; cat sub.err next.err | grep -o 'Identifier removed'`);
    expect(out).to.equal('Identifier removed\nIdentifier removed\n');
  });

  it('serves a thousand subscribers at once, and knows of none when they are killed', async function () {
    this.timeout(120_000);
    await make('1000');
    const out = await here.programs.runPython(`
import os, re, signal, threading, time
A = os.environ['A']
def subscribers(): return int(re.search('"Subscribers": (.*)', open(A + '/peek').read()).group(1))
pids, ends = [], []
for n in range(20):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        fds = [os.open(A + '/sub', os.O_RDONLY | os.O_DIRECT) for _ in range(50)]
        def follow(fd):
            for k in range(20): assert os.read(fd, 100) == b'%d' % k
        threads = [threading.Thread(target=follow, args=(fd,)) for fd in fds]
        for t in threads: t.start()
        for t in threads: t.join()
        os.write(w, b'done')
        for fd in fds[1:]: os.dup2(fds[0], fd)
        os.read(fds[0], 100)
        os._exit(1)
    os.close(w)
    pids.append(pid); ends.append(r)
while subscribers() < 1000: time.sleep(0.05)
for k in range(20):
    with open(A + '/pub', 'wb') as f: f.write(b'%d' % k)
print([os.read(r, 10) for r in ends] == [b'done'] * 20)
for pid in pids: os.kill(pid, signal.SIGKILL)
for pid in pids: os.waitpid(pid, 0)
while subscribers() > 0: time.sleep(0.05)
print('none')`);
    expect(out).to.equal('True\nnone\n');
  });
});
