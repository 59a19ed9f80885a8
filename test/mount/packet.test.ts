/**
 * A channel's files opened with O_DIRECT, as pipe(2) has it: each write is a message, and each read takes one.
 */
import { expect } from 'chai';
import { atEachPlace } from '../lib/mount/at-each-place.js';

const HEAD = `
import errno, os
A = os.environ['A']
def end(name, flags): return os.open(f'{A}/{name}', flags | os.O_DIRECT)
def fails(act):
    try: act()
    except OSError as error: return errno.errorcode[error.errno]
    return 'none'
`;

atEachPlace('packet mode', ['fuse', 'python3'], (here) => {
  const python = (script: string): Promise<string> => here.programs.runPython(HEAD + script);

  beforeEach(() => here.programs.run('echo mkchan 10 > $A/ctl'));

  it('makes each write a message, and takes one after the other through one descriptor', async () => {
    const said = await python(`
s, r = end('send', os.O_WRONLY), end('recv', os.O_RDONLY)
print(os.write(s, b'one'), os.writev(s, [b'tw', b'o']), os.write(s, b'three'))
open(f'{A}/send', 'w').close()
print(os.write(s, b'after an empty one'))
print(os.read(r, 100), os.read(r, 100), os.read(r, 2), os.read(r, 100), os.read(r, 100), os.read(r, 100))
os.close(s)
print(open(f'{A}/peek').read().count('"NumRecv": 5'))`);
    expect(said).to.equal("3 3 5\n18\nb'one' b'two' b'th' b'ree' b'' b'after an empty one'\n1\n");
  });

  it('sends a message whole or not at all, and ends with the channel', async () => {
    const said = await python(`
s, r, t = end('send', os.O_WRONLY), end('recv', os.O_RDONLY), end('tryrecv', os.O_RDONLY)
print(fails(lambda: os.write(s, bytes(65537))), fails(lambda: os.read(t, 100)))
print(os.write(s, bytes(65536)), len(os.read(r, 100000)))
os.write(s, b'last')
open(f'{A}/ctl', 'w').write('close\\n')
print(os.read(r, 100), fails(lambda: os.read(r, 100)), fails(lambda: os.write(s, b'late')))`);
    expect(said).to.equal("EMSGSIZE EAGAIN\n65536 65536\nb'last' ENODATA EPIPE\n");
  });
});
