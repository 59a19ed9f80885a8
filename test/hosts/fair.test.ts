/**
 * Thousands of programs that wait for messages of another host over one session: each message comes to one of them, once, and none of their groups is
 * served much sooner than another one.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { statusOf } from '../lib/daemon.js';
import { onHosts } from '../lib/hosts/circuit.js';

const [GROUPS, GROUP] = [10, 500];
const COUNT = GROUPS * GROUP;
const FACTOR = 4;
const RSS_MAX_KB = 400_000;

/** One group: so many threads, each with an open of its own, which say when their message came, and which. Another channel for each group. */
const READERS = `
import os, sys, threading, time
threading.stack_size(65536)
said = []
def read(path):
    descriptor = os.open(path, os.O_RDONLY)
    text = os.read(descriptor, 65536).decode().strip()
    said.append((time.time_ns() // 1000, text))
threads = [threading.Thread(target=read, args=(sys.argv[1],)) for _ in range(int(sys.argv[2]))]
for thread in threads: thread.start()
for thread in threads: thread.join()
for at, text in said: print(at, text)
`;

describe('thousands of readers of another host', function () {
  this.timeout(300_000);
  const on = onHosts(2, 'python3');
  before(() => writeFileSync(join(on.bed.directory, 'readers.py'), READERS));

  it('get each message once, and every group of them its share at any time', async () => {
    const groups = Array.from({ length: GROUPS }, (_, group) => `g${group}`);
    await on.bed.host(2).run(`cd /circuit/self; for g in ${groups.join(' ')}; do mkdir $g; echo mkchan 0 > $g/ctl; done`);
    const readers = groups.map((group) => {
      return on.bed.host(1).spawn(['python3', join(on.bed.directory, 'readers.py'), `/circuit/host/web-2/${group}/recv`, String(GROUP)]);
    });
    const waiting = `echo $(($(cat /circuit/self/g*/peek | sed -n 's/.*"WaitingReceivers": \\([0-9]*\\).*/\\1/p' | paste -sd +)))`;
    await on.bed.until('all of them wait', async () => (await on.bed.host(2).run(waiting)) === `${COUNT}\n`, 120);
    // One writer a group, all at once: who is served first is up to the session between the hosts.
    const send = `for g in ${groups.join(' ')}; do for ((n = 0; n < ${GROUP}; n++)); do echo $g.$n > /circuit/self/$g/send; done & done; wait`;
    await on.bed.host(2).run(send, { limit_s: 200 });
    await Promise.all(readers.map(({ exited }) => exited));
    const got = readers.flatMap((reader, group) =>
      reader.stdout.trim().split('\n').map((line) => ({ group, at: Number(line.split(' ')[0]), text: line.split(' ')[1] ?? '' })),
    ); // prettier-ignore
    expect(readers.map(({ stderr }) => stderr).join('')).to.equal('');
    expect(got.map(({ text }) => text).sort()).to.deep.equal(
      groups.flatMap((group) => Array.from({ length: GROUP }, (_, n) => `${group}.${n}`)).sort(),
    );
    const early = got.sort((a, b) => a.at - b.at).slice(0, COUNT / 2);
    const shares = groups.map((_, group) => early.filter((one) => one.group === group).length);
    expect(Math.max(...shares), `shares of the first half: ${shares.join(', ')}`).to.be.at.most(FACTOR * Math.min(...shares));
    for (const host of [1, 2]) expect(Number.parseInt(statusOf(on.circuit.daemon(host).pid, 'VmHWM') ?? '', 10)).to.be.below(RSS_MAX_KB);
  });
});
