/**
 * Work that is handed back: `take` and `dead` of a channel, as bash, Python and C use them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { atEachPlace } from '../lib/mount/at-each-place.js';

const BASH = `
set +e
until_peek() { until grep -q "\\"$1\\": $2" $A/peek; do sleep 0.02; done; }
send() { printf "$@" > $A/send; }
`;

/** Takes whole messages, one read each, and says so. */
const C = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(int n, char **v) {
  char text[65536];
  int fd = open(v[n - 1], O_RDWR | O_DIRECT);
  if (fd < 0) return 1;
  for (ssize_t got; (got = read(fd, text, sizeof text)) >= 0;) {
    printf("%zd:%.*s|%zd\\n", got, (int)got, text, read(fd, text, sizeof text));
    if (write(fd, "done", 4) != 4) return 2;
  }
  fflush(stdout);
  perror("read");
  return 0;
}
`;

atEachPlace('work that is handed back', ['fuse', 'python3'], (here) => {
  const make = (command: string): Promise<string> => here.programs.run(`echo '${command}' > $A/ctl`);
  const run = (script: string): Promise<string> => here.programs.run(`${BASH}${script}\ntrue`);

  it('goes through the loop of a shell, whatever the messages are, and ends it', async () => {
    await make('mkchan 10');
    const out = await run(`
send 'one\\n'; send 'two'; : > $A/send; send 'three\\nlines\\nof it'; send ' last \\n'; echo close > $A/ctl
exec 3<> $A/take
while IFS= read -r job <&3; do echo "[$job]" && echo done >&3 || echo back >&3; done 2>&1
grep -c '"NumRecv": 5' $A/peek`);
    expect(out).to.match(/^\[one\]\n\[two\]\n\[\]\n\[three\]\n\[ last \]\n.*No data available\n1\n$/);
  });

  it('comes back from a worker that says so, closes, ends or is killed, its tries one higher each time', async () => {
    await make('mkchan 10');
    const out = await run(`
send job; send other
exec 3<> $A/take; read -r job <&3; echo "$job"; until_peek NumTaken 1; grep -o '"Tries": .*' $A/peek
echo back >&3; until_peek NumTaken 0; read -r job <&3; grep -o '"Tries": .*' $A/peek
exec 3>&-; until_peek NumTaken 0
for signal in INT TERM KILL; do
  bash -c 'exec 3<> $A/take; read -r job <&3; kill -$0 $$; sleep 60' $signal
  until_peek NumTaken 0
done 2> /dev/null
exec 3<> $A/take; read -r job <&3; echo "$job"; grep -o '"Tries": .*' $A/peek; grep -c '"Pid": '"$$" $A/peek
echo done >&3; read -r job <&3; echo "$job"; grep -o '"Tries": .*' $A/peek; printf done >&3
grep -o '"NumRecv": .*' $A/peek`);
    expect(out).to.match(/^job\n"Tries": 0\n"Tries": 1\njob\n"Tries": 5\n[01]\nother\n"Tries": 0\n"NumRecv": 2,\n$/);
  });

  it('is given back at once when a worker is interrupted in its work, and waits for it end on any signal', async () => {
    await make('mkchan 1');
    const out = await run(`
for signal in INT TERM KILL; do timeout -s $signal 0.3 bash -c 'exec 3<> $A/take; read -r job <&3; echo "$job"'; echo $?; done 2> /dev/null
send job
timeout -s INT 5 cat $A/recv`);
    expect(out.split('\n').slice(0, 2)).to.deep.equal(['124', '124']);
    expect(out).to.match(/job$/);
  });

  it('shows the next message to who only reads, and has it again', async () => {
    await make('mkchan {"Capacity":3,"Tries":1}');
    const out = await run(
      `send first; send second; cat $A/take; echo; head -c 2 $A/take; echo; until_peek NumTaken 0; cat $A/recv $A/recv; grep -o '"Dead": .*' $A/peek`,
    );
    expect(out).to.equal('first\nfi\nfirstsecond"Dead": 0,\n');
  });

  it('is dead when it has come back as often as was said', async () => {
    await make('mkchan {"Capacity":10,"Tries":2}');
    const out = await run(`
send bad; send good
exec 3<> $A/take
for n in 1 2 3; do read -r job <&3; echo "$job"; if [ $job = bad ]; then echo back >&3; else echo done >&3; fi; done
grep -o '"Dead": .*' $A/peek; cat $A/dead; echo
echo close > $A/ctl; cat $A/dead 2>&1`);
    expect(out).to.match(/^bad\nbad\ngood\n"Dead": 1,\nbad\n.*No data available\n$/);
  });

  it('fills the channel while it is held, and keeps a closed one from ending', async () => {
    await make('mkchan 1');
    const out = await run(`
send held; exec 3<> $A/take; read -r job <&3
{ printf more > $A/trysend; } 2>&1; echo close > $A/ctl
cat $A/recv > /dev/null 2>&1 & reader=$!
until_peek WaitingReceivers 1; echo waits; echo done >&3; wait $reader; echo $?
cat $A/dead 2>&1`);
    expect(out).to.match(/temporarily unavailable\nwaits\n1\n.*No data available\n$/);
  });

  it('says what is wrong with a word that is neither', async () => {
    await make('mkchan 1');
    const out = await run(`
send job; exec 3<> $A/take
echo done >&3 2> /dev/null; echo $?
read -r job <&3; echo finished 2> /dev/null >&3; echo $?; cat $A/error
echo done >&3; echo $?; echo done 2> /dev/null >&3; echo $?
echo done 2>&1 > $A/take`);
    expect(out).to.match(/^1\n1\n.*expected "done" or "back".*\n0\n1\n.*Invalid argument\n$/);
  });

  it('is polled, and repeated reads and interrupted ones take nothing twice', async () => {
    await make('mkchan 5');
    const out = await here.programs.runPython(`
import os, select, signal, threading, time
A = os.environ['A']
def send(text):
    with open(A + '/send', 'wb') as f: f.write(text)
fd = os.open(A + '/take', os.O_RDWR)
p = select.poll(); p.register(fd, select.POLLIN)
print(p.poll(50))
threading.Timer(0.2, send, [b'one']).start()
print(p.poll(20000) == [(fd, select.POLLIN)])
print(os.read(fd, 100), os.read(fd, 100), os.read(fd, 100))
os.write(fd, b'done\\n')
os.set_blocking(fd, False)
try: os.read(fd, 100)
except BlockingIOError: print('nothing')
os.set_blocking(fd, True)
caught = []
signal.signal(signal.SIGALRM, lambda *_: caught.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
threading.Timer(0.5, send, [b'two']).start()
print(os.read(fd, 1), os.read(fd, 100), os.read(fd, 100))
signal.setitimer(signal.ITIMER_REAL, 0)
print(len(caught) > 5)
peek = open(A + '/peek').read()
print('"NumTaken": 1' in peek, '"Tries": 0' in peek, '"Buffered": 1' in peek)
os.write(fd, b' back ')
os.close(os.open(A + '/take', os.O_RDWR))
print(open(A + '/tryrecv', 'rb').read())`);
    expect(out).to.equal("[]\nTrue\nb'one' b'' b''\nnothing\nb't' b'wo' b''\nTrue\nTrue True True\nb'two'\n");
  });

  it('is one read in packet mode', async function () {
    needs(this, 'gcc');
    await make('mkchan 5');
    const directory = mkdtempSync(join(tmpdir(), 'take-'));
    try {
      writeFileSync(join(directory, 'worker.c'), C);
      execFileSync('gcc', ['-o', join(directory, 'worker'), join(directory, 'worker.c')]);
      const out = await run(`send one; : > $A/send; send 'two\\n'; echo close > $A/ctl; ${directory}/worker $A/take 2>&1`);
      expect(out).to.equal('3:one|0\n0:|0\n4:two\n|0\nread: No data available\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is long, and whole again', async () => {
    await make('mkchan 1');
    const out = await here.programs.runPython(`
import hashlib, os, threading
A = os.environ['A']
text = os.urandom(3_000_000)
def send():
    with open(A + '/send', 'wb') as f: f.write(text)
sender = threading.Thread(target=send); sender.start()
fd = os.open(A + '/take', os.O_RDWR)
def read():
    parts = []
    while part := os.read(fd, 100_000): parts.append(part)
    return b''.join(parts)
print(len(os.read(fd, 50_000)) > 0)
os.write(fd, b'back'); print(read() == text); sender.join()
os.write(fd, b'back'); print(read() == text)
os.write(fd, b'done')
print('"NumRecv": 1' in open(A + '/peek').read())`);
    expect(out).to.equal('True\nTrue\nTrue\nTrue\n');
  });

  it('is done once each, by workers that are killed at random', async function () {
    this.timeout(240_000);
    await make('mkchan 1000');
    const out = await here.programs.runPython(`
import collections, os, random, signal, subprocess, sys, tempfile
A = os.environ['A']
for n in range(1000):
    with open(A + '/send', 'w') as f: f.write(str(n))
with open(A + '/ctl', 'w') as f: f.write('close\\n')
log = tempfile.NamedTemporaryFile()
WORKER = '''
import os, sys, time
fd = os.open(sys.argv[1] + "/take", os.O_RDWR)
log = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND)
try:
    while True:
        job = b""
        while part := os.read(fd, 100): job += part
        os.write(log, b"began " + job + b"\\\\n")
        time.sleep(0.02)
        os.write(fd, b"done")
        os.write(log, b"done " + job + b"\\\\n")
except OSError as error:
    sys.exit(0 if error.errno == 61 else 1)
'''
start = lambda: subprocess.Popen([sys.executable, '-c', WORKER, A, log.name])
workers = [start() for _ in range(20)]
killed = 0
while True:
    alive = [w for w in workers if w.poll() is None]
    ended = [w for w in workers if w.returncode == 0]
    if ended: break
    with open(A + '/peek') as f: left = '"Buffered": 0' not in f.read()
    if left:
        victim = random.choice(alive); victim.kill(); victim.wait(); killed += 1
        workers.remove(victim); workers.append(start())
for w in workers: w.wait()
print({w.returncode for w in workers})
lines = open(log.name).read().split('\\n')
done = collections.Counter(l for l in lines if l.startswith('done'))
began = {l for l in lines if l.startswith('began')}
print(killed > 5, len(began), max(done.values()), len(done) >= 1000 - killed)
peek = open(A + '/peek').read()
print('"NumRecv": 1000' in peek, '"Buffered": 0' in peek)`);
    expect(out).to.equal('{0}\nTrue 1000 1 True\nTrue True\n');
  });
});
