/**
 * Selections whose clauses lie on three hosts: who wins, what the others keep, and what becomes of it all when a host goes.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

/** The selection is on the second of four hosts, its channels are on the others. */
const THERE = '/circuit/host/web-2/select';
const CLAUSES = [1, 3, 4];
const channel = (host: number): string => `/circuit/host/web-${host}/chan`;
const clause = (op: 'r' | 'w', file: string): string => JSON.stringify({ op, file });
const receiving = CLAUSES.map((host) => clause('r', `${channel(host)}/recv`));
const ROUNDS = 6;

describe('a selection of files on three hosts', function () {
  this.timeout(90_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 4 });
    circuit = await Circuit.start(bed);
    await bed.host(1).run(`
      mkdir ${THERE}
      for d in ${CLAUSES.map(channel).join(' ')}; do mkdir $d; echo mkchan 2 > $d/ctl; done`);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => {
    bed.remove();
  });

  const select = (...clauses: readonly string[]): Promise<string> =>
    bed.host(1).run(`echo scrub > ${THERE}/ctl || :\necho 'mkselect [${clauses.join()}]' > ${THERE}/ctl`);
  const send = (host: number, text: string): Promise<string> => bed.host(1).run(`echo ${text} > ${channel(host)}/send`);
  const cat = (host: number, file: string): Promise<string> => bed.host(host).run(`cat ${file}`);
  const winner = async (): Promise<unknown> => JSON.parse(await cat(1, `${THERE}/wait`));
  const won = (at: number): unknown => ({
    clause: at,
    file: `/${circuit.daemon(CLAUSES[at] ?? 0).id}/chan/recv`,
    commit: `read.${at}`,
  });
  const peek = async (file: string): Promise<Record<string, unknown>> =>
    JSON.parse(await cat(1, `${file}/peek`)) as Record<string, unknown>;
  /** Who has lost or died lets go without being asked. */
  const letGo = (host: number): Promise<void> =>
    bed.until(`web-${host} is let go`, async () => (await peek(channel(host)))['WaitingReceivers'] === 0);
  const state = async (at: number): Promise<unknown> => ((await peek(THERE))['Clauses'] as { State: string }[])[at]?.State;

  it('is won by the host that has a message first, for who waits and who reads on yet others', async () => {
    await select(...receiving);
    const waiting = [bed.host(1), bed.host(4)].map((host) => host.spawn(['cat', `${THERE}/wait`]));
    for (const program of waiting) await program.waits();
    await bed.resetConnections(); // nobody notices
    await send(3, 'first');
    for (const program of waiting) {
      await program.exited;
      expect(JSON.parse(program.stdout), program.stderr).to.deep.equal(won(1));
    }
    await send(1, 'stays'); // the others are let go: this is nobody's but its receiver's
    expect(await cat(4, `${channel(1)}/recv`)).to.equal('stays\n');
    expect(await cat(4, `${THERE}/read.1`)).to.equal('first\n');
    for (const host of CLAUSES) {
      await letGo(host);
      expect(await peek(channel(host)), `on web-${host}`).to.include({ Buffered: 0, NumRecv: host === 4 ? 0 : 1 });
    }
  });

  it('takes one message, and leaves all others where they are, when there is one on each host', async () => {
    const before = (await Promise.all(CLAUSES.map(async (host) => peek(channel(host))))).map(({ NumRecv }) => Number(NumRecv));
    const said = await bed.host(1).run(`
      for d in ${CLAUSES.map(channel).join(' ')}; do echo one > $d/send; echo two > $d/send; done
      for i in $(seq ${ROUNDS}); do
        echo scrub > ${THERE}/ctl
        echo 'mkselect [${receiving.join()}]' > ${THERE}/ctl
        won=$(sed 's/.*"commit":"//; s/".*//' ${THERE}/wait)
        cat ${THERE}/$won
      done | sort | uniq -c | tr -s ' '`);
    expect(said).to.equal(' 3 one\n 3 two\n');
    const after = await Promise.all(CLAUSES.map(async (host) => peek(channel(host))));
    expect(after.map(({ NumRecv }, at) => Number(NumRecv) - (before[at] ?? 0))).to.deep.equal([2, 2, 2]);
  });

  it('takes a message of one host, and tries none of the others', async () => {
    const taking = CLAUSES.map((host) => clause('r', `${channel(host)}/take`));
    for (const host of CLAUSES) await send(host, `job${host}`);
    await select(...taking);
    const { commit } = (await winner()) as { commit: string };
    const at = CLAUSES[Number(commit.slice('take.'.length))] ?? 0;
    const others = CLAUSES.filter((host) => host !== at);
    for (const host of CLAUSES)
      await bed.until(`web-${host} knows`, async () => (await peek(channel(host)))['NumTaken'] === (host === at ? 1 : 0));
    expect(await bed.host(4).run(`exec 3<> ${THERE}/${commit}; read -r job <&3; echo done >&3; echo $job`)).to.equal(`job${at}\n`);
    for (const host of others) {
      const worker = `exec 3<> ${channel(host)}/take; read -r job <&3; echo $job; grep -o '"Tries": 0' ${channel(host)}/peek; echo done >&3`;
      expect(await bed.host(2).run(worker)).to.equal(`job${host}\n"Tries": 0\n`);
    }
    for (const host of CLAUSES) expect(await peek(channel(host))).to.include({ NumTaken: 0, Buffered: 0 });
  });

  it('waits for room on one host and for the end of a process on another', async () => {
    await bed.host(1).run(`
      mkdir /circuit/host/web-4/run
      echo mkproc cat > /circuit/host/web-4/run/ctl
      for i in 1 2; do echo full > ${channel(3)}/send; done`);
    const clauses = [clause('w', `${channel(3)}/send`), clause('r', '/circuit/host/web-4/run/wait')];
    await select(...clauses);
    expect(await cat(4, `${channel(3)}/recv`)).to.equal('full\n');
    expect(await winner()).to.include({ clause: 0, commit: 'write.0' });
    await bed.host(4).run(`echo mine > ${THERE}/write.0; cat ${channel(3)}/recv > /dev/null`);
    expect(await cat(1, `${channel(3)}/recv`)).to.equal('mine\n');
    await bed.host(3).run(`for i in 1 2; do echo full > ${channel(3)}/send; done`);
    await select(...clauses);
    await bed.host(3).run(': > /circuit/host/web-4/run/stdin');
    expect(await winner()).to.include({ clause: 1, commit: 'read.1' });
    expect(await cat(3, `${THERE}/read.1`)).to.match(/"Exit": null,[^]*"ExitCode": 0/);
    expect(await bed.host(3).run(`cat ${channel(3)}/recv ${channel(3)}/recv`)).to.equal('full\nfull\n');
  });

  it('goes on without a clause whose host has died, and does not give what went with it', async () => {
    await select(...receiving);
    const waiting = bed.host(1).spawn(['cat', `${THERE}/wait`]);
    await waiting.waits();
    await circuit.forget(4).crash();
    await bed.until('the clause has failed', async () => (await state(2)) === 'failed');
    await send(1, 'goes on');
    await waiting.exited;
    expect(JSON.parse(waiting.stdout), waiting.stderr).to.deep.equal(won(0));
    expect(await cat(3, `${THERE}/read.0`)).to.equal('goes on\n');

    await circuit.add(4);
    await circuit.complete();
    await bed.host(1).run(`mkdir ${channel(4)}; echo mkchan 2 > ${channel(4)}/ctl; echo gone > ${channel(4)}/send`);
    await select(...receiving);
    expect(await winner()).to.deep.equal(won(2));
    await circuit.forget(4).crash();
    await circuit.complete();
    const { stdout, stderr } = await bed.host(1).sh(`cat ${THERE}/read.2`);
    expect(stdout).to.equal('');
    expect(stderr).to.include('Host is down');
  });

  it('gives back what it has won when its own host dies, and ends those who wait', async () => {
    await bed.host(1).run(`for text in first second; do echo $text > ${channel(3)}/send; done; mkdir ${THERE}/other`);
    await select(...receiving.slice(0, 2));
    expect(await winner()).to.deep.equal(won(1));
    await bed.host(1).run(`echo 'mkselect [${clause('r', `${channel(1)}/recv`)}]' > ${THERE}/other/ctl`);
    const waiting = bed.host(3).spawn(['cat', `${THERE}/other/wait`]);
    await waiting.waits();
    expect(await peek(channel(3))).to.include({ Buffered: 2 });
    await circuit.forget(2).crash();
    await waiting.exited;
    expect(waiting.stderr).to.include('Host is down');
    await circuit.complete();
    expect(await bed.host(1).run(`cat ${channel(3)}/recv ${channel(3)}/recv`)).to.equal('first\nsecond\n');
    await letGo(1);
  });
});
