/**
 * poll(2), select(2) and epoll(7) on files that block, from Python.
 */
import { expect } from 'chai';
import { atEachPlace } from '../lib/mount/at-each-place.js';

const PYTHON = `
import errno, os, select, subprocess
A = os.environ['A']
def open_(file, flags=os.O_RDONLY): return os.open(A + '/' + file, flags)
def shell(line): return subprocess.Popen(['bash', '-c', line])
def ctl(line):
    with open(A + '/ctl', 'w') as f: f.write(line + '\\n')
def poll(fd, wait, events=select.POLLIN):
    p = select.poll()
    p.register(fd, events)
    return [e for _, e in p.poll(wait * 1000)]
IN, OUT = select.POLLIN, select.POLLOUT
`;

atEachPlace('polling', ['fuse', 'python3'], (here) => {
  it('recv tells when there is a message, and when the channel is closed', async () => {
    const out = await here.programs.runPython(`${PYTHON}
ctl('mkchan 0')
f = open_('recv')
print(poll(f, 0))
sender = shell('echo hello > $A/send')
print(poll(f, 20) == [IN], os.read(f, 100), os.read(f, 100), sender.wait())
f = open_('recv')
print(poll(f, 0))
closer = shell('echo close > $A/ctl')
print(poll(f, 20) == [IN], closer.wait())
try: os.read(f, 100)
except OSError as e: print(errno.errorcode[e.errno])`);
    expect(out).to.equal("[]\nTrue b'hello\\n' b'' 0\n[]\nTrue 0\nENODATA\n");
  });

  it('send tells when somebody receives', async () => {
    const out = await here.programs.runPython(`${PYTHON}
ctl('mkchan 0')
f = open_('send', os.O_WRONLY)
print(poll(f, 0, OUT))
receiver = shell('cat $A/recv > /dev/null')
print(poll(f, 20, OUT) == [OUT], os.write(f, b'hello'))
os.close(f)
print(receiver.wait())`);
    expect(out).to.equal('[]\nTrue 5\n0\n');
  });

  it('stdout tells when there is output, and when it has ended; select does as well', async () => {
    const out = await here.programs.runPython(`${PYTHON}
ctl('mkproc cat')
f = open_('stdout')
print(poll(f, 0), select.select([f], [], [], 0)[0])
shell('echo hello >> $A/stdin').wait()
print(select.select([f], [], [], 20)[0] == [f], os.read(f, 100))
print(poll(f, 0))
shell(': > $A/stdin').wait()
print(poll(f, 20) == [IN], os.read(f, 100))`);
    expect(out).to.equal("[] []\nTrue b'hello\\n'\n[]\nTrue b''\n");
  });

  it('stdin tells when the process has read', async () => {
    const out = await here.programs.runPython(`${PYTHON}
ctl('mkproc sh -c "kill -STOP $$; cat > /dev/null"')
f = open_('stdin', os.O_WRONLY | os.O_NONBLOCK)
try:
    while True: os.write(f, bytes(65536))
except BlockingIOError: print('full')
print(poll(f, 0, OUT))
ctl('signal CONT')
print(poll(f, 20, OUT) == [OUT], os.write(f, b'more'))`);
    expect(out).to.equal('full\n[]\nTrue 4\n');
  });

  it('wait tells when the process has ended', async () => {
    const out = await here.programs.runPython(`${PYTHON}
ctl('mkproc cat')
f = open_('wait')
print(poll(f, 0))
ctl('signal KILL')
print(poll(f, 20) == [IN], b'"signaled"' in os.read(f, 4096))`);
    expect(out).to.equal('[]\nTrue True\n');
  });

  it('epoll waits for many files at once, and edge-triggered hears of each message', async () => {
    const out = await here.programs.runPython(`${PYTHON}
ctl('mkproc cat')
os.mkdir(A + '/c')
A += '/c'
ctl('mkchan 0')
A = A[:-2]
process, ended, channel = open_('stdout'), open_('wait'), open_('c/recv', os.O_RDONLY | os.O_DIRECT)
names = {process: 'stdout', ended: 'wait', channel: 'recv'}
e = select.epoll()
for fd in names: e.register(fd, select.EPOLLIN | select.EPOLLET)
print(e.poll(0))
for n in range(3):
    sender = shell('echo message > $A/c/send')
    print([names[fd] for fd, _ in e.poll(20)], os.read(channel, 100), sender.wait())
shell('echo line >> $A/stdin').wait()
print([names[fd] for fd, _ in e.poll(20)], os.read(process, 100))
ctl('signal KILL')
seen = set()
while len(seen) < 2: seen |= {names[fd] for fd, _ in e.poll(20)}
print(sorted(seen), e.poll(0))
A += '/c'
ctl('scrub')
os.rmdir(A)`);
    const message = "['recv'] b'message\\n' 0\n";
    expect(out).to.equal(`[]\n${message.repeat(3)}['stdout'] b'line\\n'\n['stdout', 'wait'] []\n`);
  });
});
