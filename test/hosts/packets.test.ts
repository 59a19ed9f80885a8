/**
 * Packet mode between hosts: a sender that is ahead of the channel, and receivers that are sent packets ahead and die, or stand still, with them.
 */
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { onHosts } from '../lib/hosts/circuit.js';

const [HERE, THERE] = [1, 2];
const FILES = '/circuit/host/web-2';
const STOP_MS = 3_000;

const HEAD = 'import errno, os, signal, sys, time\n';
/** Sends so many numbers; says how many were accepted, and what ended it. */
const SEND = `${HEAD}
fd, sent = os.open(sys.argv[1], os.O_WRONLY | os.O_DIRECT), 0
try:
    while sent < int(sys.argv[2]):
        os.write(fd, b'%d' % sent)
        sent += 1
    print(sent, 'all')
except OSError as error: print(sent, errno.errorcode[error.errno])`;
/** Receives so many, or to the end of the channel; then it is killed, or waits to be. */
const RECEIVE = `${HEAD}
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
try:
    for _ in range(int(sys.argv[2])): os.write(1, os.read(fd, 65536) + b'\\n')
except OSError as error: sys.exit(0 if error.errno == errno.ENODATA else 1)
if sys.argv[3] == 'killed': os.kill(os.getpid(), signal.SIGKILL)
time.sleep(60)`;

describe('packets through a channel of another host', function () {
  this.timeout(200_000);
  const on = onHosts(2, 'python3');
  afterEach(() => on.circuit.daemon(THERE).kill('SIGCONT'));

  const make = async (channel: string, capacity: number): Promise<void> => {
    await on.bed.host(THERE).run(`mkdir /circuit/self/${channel}; echo mkchan ${capacity} > /circuit/self/${channel}/ctl`);
  };
  const count = async (channel: string, what: string): Promise<number> =>
    Number(await on.bed.host(THERE).run(`sed -n 's/.*"${what}": \\([0-9]*\\).*/\\1/p' /circuit/self/${channel}/peek`));
  const sender = (channel: string, packets: number) =>
    on.bed.host(HERE).spawn(['python3', '-c', SEND, `${FILES}/${channel}/send`, String(packets)]);
  const receiver = (channel: string, packets: number, end: 'killed' | 'still') =>
    on.bed.host(HERE).spawn(['python3', '-c', RECEIVE, `${FILES}/${channel}/recv`, String(packets), end]);
  const numbers = (most: number): readonly string[] => Array.from({ length: most }, (_, n) => String(n));
  const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

  it('come once and in order though their receivers are killed with others ahead, and the host stands still', async () => {
    await make('killed', 100);
    const packets = 1_500;
    const sending = sender('killed', packets);
    const got: string[] = [];
    for (let turn = 0; got.length < packets; turn++) {
      if (turn === 3) {
        on.circuit.daemon(THERE).kill('SIGSTOP');
        setTimeout(() => on.circuit.daemon(THERE).kill('SIGCONT'), STOP_MS);
      }
      const receiving = receiver('killed', Math.min(100 + turn, packets - got.length), 'killed');
      await receiving.exited;
      got.push(...linesOf(receiving.stdout));
    }
    await sending.exited;
    expect(sending.stdout).to.equal(`${packets} all\n`);
    expect(got).to.deep.equal(numbers(packets));
    expect(await count('killed', 'NumRecv')).to.equal(packets);
  });

  it('are not kept from a receiver by another one that does not read on', async () => {
    await make('still', 1000);
    const sending = sender('still', 300);
    await sending.exited;
    const still = receiver('still', 100, 'still');
    await on.bed.until('it reads no more', () => linesOf(still.stdout).length === 100);
    const other = receiver('still', 200, 'killed');
    await other.exited;
    expect([...linesOf(still.stdout), ...linesOf(other.stdout)].sort()).to.deep.equal([...numbers(300)].sort());
    still.kill('SIGKILL');
    await still.exited;
  });

  it('that were told to be written are in the channel though it is closed meanwhile', async () => {
    await make('closed', 1000);
    const sending = sender('closed', 1_000_000);
    const receiving = receiver('closed', 1_000_000, 'still');
    await on.bed.until('packets come', () => linesOf(receiving.stdout).length > 300);
    await delay(100);
    await on.bed.host(THERE).run('echo close > /circuit/self/closed/ctl');
    await Promise.all([sending.exited, receiving.exited]);
    const [said = '', why] = sending.stdout.trim().split(' ');
    const taken = await count('closed', 'NumSend');
    expect(why).to.equal('EPIPE');
    expect(taken, 'what was told to be written').to.equal(Number(said));
    expect(linesOf(receiving.stdout)).to.deep.equal(numbers(taken));
  });
});
