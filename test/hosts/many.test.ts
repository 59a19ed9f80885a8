/**
 * Two hundred programs at once that read from another host, or write to it, as fast as they can: all get done, with every byte, and in bounded
 * memory; and whoever waits for something else between the same hosts is not disturbed. `CIRCUIT_TEST_MB=20` makes each read or write so many MB.
 */
import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { PROGRAM, statusOf } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';

const COUNT = 200;
const MB = Number(process.env['CIRCUIT_TEST_MB'] ?? 1);
/** Of each daemon, in kB. */
const RSS_MAX_KB = 250_000;
const LIMIT_S = 60 + 30 * MB;
/** What number $i writes; all different. */
const BYTES = `{ yes "number $i" || true; } | head -c ${MB * 1_000_000}`;

/** Where the programs run, and where they find host 2, which has the elements: on a host with a server, or by way of one. */
const PLACES = {
  'another host': { at: 1, files: '/circuit/host/web-2' },
  'a host that mounts a third server': { at: 3, files: '/mnt/host/web-2' },
} as const;

for (const [place, { at, files }] of Object.entries(PLACES)) {
  describe(`two hundred programs on ${place}`, function () {
    this.timeout((LIMIT_S + 60) * 1000);
    let bed: Bed;
    let circuit: Circuit;
    let mount: Program | undefined;
    let sums: string;
    before(async function () {
      needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl');
      bed = await Bed.create({ hosts: 3 });
      circuit = await Circuit.start(bed, [1, 2]);
      if (at === 3) {
        await bed.split([3], [2]);
        const { key } = bed.host(3);
        mount = bed.host(3).spawn([process.execPath, PROGRAM, 'mount', '-d', circuit.daemon(1).url, '--hmac', key, '/mnt']);
        await mount.says(/mounted at/);
      }
      sums = await bed.host(1).run(`for i in {1..${COUNT}}; do ${BYTES} | sha256sum; done | cut -d " " -f 1`, { limit_s: LIMIT_S });
    });
    beforeEach(async () => {
      for (const pid of pids()) writeFileSync(`/proc/${pid}/clear_refs`, '5'); // the highest RSS is counted anew (proc_pid_clear_refs(5))
      await begin(bed, at, files);
    });
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') console.log(circuit.log);
      await bed
        .host(2)
        .sh('for a in /circuit/self/*/; do echo signal KILL > $a/ctl || true; echo scrub -r > $a/ctl; rmdir $a; done 2> /dev/null');
    });
    after(() => (bed as Bed | undefined)?.remove());

    /** Of all daemons between the programs and the elements. */
    const pids = (): readonly number[] => [circuit.daemon(1).pid, circuit.daemon(2).pid, ...(mount === undefined ? [] : [mount.pid])];

    /** Runs a script on the programs' host for each number at once. @returns what they said, in the order of their numbers */
    const each = async (script: string): Promise<string> => {
      const all = `cd ${bed.directory}; for i in {1..${COUNT}}; do { ${script}; } > out.$i 2>&1 & done; wait; for i in {1..${COUNT}}; do cat out.$i; done`;
      return bed.host(at).run(all, { limit_s: LIMIT_S });
    };
    /** What must hold afterwards, whatever they did. */
    const nothingElse = async (): Promise<void> => {
      await undisturbed(bed, at, files);
      const peaks_kB = pids().map((pid) => Number.parseInt(statusOf(pid, 'VmHWM') ?? '', 10));
      expect(Math.max(...peaks_kB), `kB of memory: ${peaks_kB.join(', ')}`).to.be.below(RSS_MAX_KB);
    };
    const makeEach = (command: string): Promise<string> =>
      bed
        .host(2)
        .run(`for i in {1..${COUNT}}; do mkdir /circuit/self/p$i; echo "${command}" > /circuit/self/p$i/ctl; done`, { limit_s: LIMIT_S });

    it('read all output of as many processes', async () => {
      await makeEach(`mkproc bash -c '${BYTES.replaceAll('"', '\\"')}'`);
      expectSame(await each(`sha256sum < ${files}/p$i/stdout | cut -d " " -f 1`), sums);
      await nothingElse();
    });

    it('write all input of as many processes', async () => {
      await makeEach('mkproc sha256sum');
      expectSame(await each(`${BYTES} > ${files}/p$i/stdin`), '');
      const got = await bed
        .host(2)
        .run(`for i in {1..${COUNT}}; do cat /circuit/self/p$i/stdout; done | cut -d " " -f 1`, { limit_s: LIMIT_S });
      expectSame(got, sums);
      await nothingElse();
    });

    it('send a message each, and all come whole', async () => {
      await bed.host(2).run('mkdir /circuit/self/large; echo mkchan 0 > /circuit/self/large/ctl');
      const receive = `for n in {1..10}; do for i in {1..20}; do sha256sum < /circuit/self/large/recv | cut -d " " -f 1 & done; wait; done | sort`;
      const receiving = bed.host(2).run(receive, { limit_s: LIMIT_S });
      expectSame(await each(`${BYTES} > ${files}/large/send`), '');
      expectSame(await receiving, sums.trimEnd().split('\n').sort().map((sum) => `${sum}\n`).join('')); // prettier-ignore
      await nothingElse();
    });
  });
}

/** Two hundred lines at once: of those that differ, how many there are and what each kind looks like is enough. */
function expectSame(said: string, expected: string): void {
  const right = new Set(expected.split('\n'));
  const wrong = said.split('\n').filter((line) => !right.has(line));
  expect([...new Set(wrong)].slice(0, 5), `${wrong.length} of ${COUNT}`).to.deep.equal([]);
  expect(said === expected, 'all lines, in their order').to.equal(true);
}

/** Two programs that wait between the same hosts, while the others work. */
let waiting: readonly Program[] = [];

async function begin(bed: Bed, at: number, files: string): Promise<void> {
  for (const program of waiting) program.kill('SIGKILL'); // those of a test that failed
  await bed.host(2).run(`
    cd /circuit/self; mkdir idle quiet
    echo mkproc cat > idle/ctl
    echo mkchan 0 > quiet/ctl`);
  waiting = [bed.host(at).spawn(['cat', `${files}/idle/wait`]), bed.host(at).spawn(['cat', `${files}/quiet/recv`])];
  for (const program of waiting) await program.waits();
}

/** They still wait, and get what they wait for when it is there. */
async function undisturbed(bed: Bed, at: number, files: string): Promise<void> {
  await bed.host(at).run(`: > ${files}/idle/stdin; echo at last > ${files}/quiet/send`);
  await Promise.all(waiting.map(({ exited }) => exited));
  expect(waiting.map(({ stderr }) => stderr)).to.deep.equal(['', '']);
  const [wait, recv] = waiting.map(({ stdout }) => stdout);
  expect(recv).to.equal('at last\n');
  expect(wait).to.include('"ExitCode": 0');
}
