/**
 * Programs that are interrupted again and again while they send to another host or receive from it, and that host stands still now and then: each
 * message comes once and whole, in whichever language they repeat themselves. What the programs note is judged as in the soak.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { CTRL_Z } from '../lib/mount/terminal.js';
import { Worker } from '../soak/crew.js';
import type { Disturbance } from '../soak/excuses.js';
import { readJournals } from '../soak/journal.js';
import { judge } from '../soak/model.js';
import type { Style, WorkerPlan } from '../soak/crew-plan.js';
import type { JobPlan } from '../soak/plan.js';
import { DAEMON } from '../soak/weather.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

const MESSAGES = Number(process.env['CIRCUIT_TEST_MESSAGES'] ?? 2_000);
const SIGNAL_MS = 5;
const [STOPS, STOP_MS] = [10, 3_000];
const SOURCE = fileURLToPath(new URL('../../../test/hosts/repeat.c', import.meta.url));
/** On which host is what. */
const [SENDER, CHANNEL, RECEIVER] = [1, 2, 3];
const FILES = '/circuit/host/web-2';

/** How each sends and receives; a shell receives with cat, which nobody can give a handler. */
const LANGUAGES: Readonly<Record<string, readonly [Style, Style]>> = {
  C: ['repeat', 'repeat'],
  Python: ['repeat', 'repeat'],
  'Python that gives up what was interrupted': ['once', 'once'],
  'Python in packet mode': ['packet', 'packet'],
  bash: ['trap', 'cat'],
};

describe('programs that are interrupted', function () {
  this.timeout(400_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl', 'python3');
    bed = await Bed.create({ hosts: 3 });
    circuit = await Circuit.start(bed, undefined, DAEMON);
    execFileSync('cc', ['-D_GNU_SOURCE', '-o', join(bed.directory, 'repeat'), SOURCE]);
  });
  afterEach(function () {
    circuit.daemon(CHANNEL).kill('SIGCONT');
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => bed.remove());

  const planOf = (role: 'send' | 'recv', host: number, style: Style): WorkerPlan => {
    return { name: `jw${role}`, role, host, style, sizes: [40, 400, 100], pace_ms: 0, signal_ms: SIGNAL_MS };
  };

  /** Stops the channel's host again and again, while messages come and go. @returns what excuses a message that overtook its interrupt */
  const standStill = async (): Promise<readonly Disturbance[]> => {
    const stops: Disturbance[] = [];
    for (let stop = 0; stop < STOPS; stop++) {
      const begin_ms = Date.now();
      circuit.daemon(CHANNEL).kill('SIGSTOP');
      await delay(STOP_MS);
      circuit.daemon(CHANNEL).kill('SIGCONT');
      stops.push({ kind: 'stop', host: CHANNEL, begin_ms, end_ms: Date.now() });
      await delay(STOP_MS / 6);
    }
    return stops;
  };

  interface Work {
    readonly channel: string;
    readonly journals: string;
    readonly plans: readonly WorkerPlan[];
    readonly workers: readonly Worker[];
  }

  const begin = async (language: string): Promise<Work> => {
    const channel = `work-${Object.keys(LANGUAGES).indexOf(language)}`;
    const directory = join(bed.directory, channel);
    const [journals, flags] = [join(directory, 'journals'), join(directory, 'flags')];
    for (const made of [journals, flags]) mkdirSync(made, { recursive: true });
    await bed.host(CHANNEL).run(`mkdir /circuit/self/${channel}; echo mkchan 1 > /circuit/self/${channel}/ctl`);
    const [sends, receives] = LANGUAGES[language] ?? [];
    if (sends === undefined || receives === undefined) throw new Error(`nobody speaks ${language}`);
    const plans = [planOf('send', SENDER, sends), planOf('recv', RECEIVER, receives)];
    const workers = plans.map((plan) => {
      const path = `${FILES}/${channel}/${plan.role}`;
      const journal = join(journals, `${plan.name}.jsonl`);
      const host = bed.host(plan.host);
      if (language !== 'C') return Worker.start(host, plan, { journals, flags, path, paths: [], selection: '', most: MESSAGES });
      const args = [plan.role, path, plan.name, journal, MESSAGES, SIGNAL_MS].map(String);
      return new Worker(plan, host.spawn([join(bed.directory, 'repeat'), ...args]));
    });
    return { channel, journals, plans, workers };
  };

  describe('send and receive each message once and whole', () => {
    const works = new Map<string, Work>();
    let stops: readonly Disturbance[];
    // All at the same time: what disturbs one of them disturbs all.
    before(async () => {
      for (const language of Object.keys(LANGUAGES)) works.set(language, await begin(language));
      stops = await standStill();
    });

    for (const language of Object.keys(LANGUAGES)) {
      it(`in ${language}`, async () => {
        const work = works.get(language);
        if (work === undefined) throw new Error('it was not begun');
        const { channel, journals, plans, workers: [sender, receiver] } = work; // prettier-ignore
        const hung = [await sender?.end(200_000)];
        const peeked = await bed.host(CHANNEL).run(`echo close > ${FILES}/${channel}/ctl; cat ${FILES}/${channel}/peek`);
        hung.push(await receiver?.end(60_000));
        expect(hung).to.deep.equal([[], []]);
        const job: JobPlan = { name: 'j', kind: 'messages', host: CHANNEL, capacity: 1, patient: false, workers: plans };
        const round = { seed: 0, index: 0, weather: 'mild', work_ms: 0, jobs: [job], faults: [] } as const;
        const entries = readJournals(journals);
        expect(judge(round, entries, stops).map(({ rule, what }) => `${rule}: ${what}`)).to.deep.equal([]);
        // Which may be more than were told that they have sent: a program that is interrupted and gives up is excused if its host stood still, and who
        // had begun to read its message is told that it was aborted.
        const received = entries.filter((entry) => entry.op === 'received' && ['ok', 'EPIPE'].includes(entry.result)).length;
        expect(received).to.be.above(0);
        const odd = entries.filter((entry) => 'result' in entry && entry.result !== 'ok').map((entry) => JSON.stringify(entry));
        const { NumSend } = JSON.parse(peeked) as { readonly NumSend: number };
        expect([NumSend, Number(await bed.host(RECEIVER).run(`sed -n 's/.*"NumRecv": \\([0-9]*\\).*/\\1/p' ${FILES}/${channel}/peek`))], odd.slice(-20).join('\n')).to.deep.equal([received, received]); // prettier-ignore
      });
    }
  });

  it('deliver each job once when they are given two seconds at a time', async () => {
    await bed.host(CHANNEL).run('mkdir /circuit/self/jobs; echo mkchan 100 > /circuit/self/jobs/ctl');
    const jobs = ['one', 'two', 'three', 'four'];
    for (const job of jobs) {
      const [opened, stopped] = [join(bed.directory, `opened-${job}`), join(bed.directory, `stopped-${job}`)];
      // The host stands still from when the file is open, so that the first write is on its way when time is over.
      const attempt = `exec 3> ${FILES}/jobs/send; : > ${opened}; until [ -e ${stopped} ]; do sleep 0.01; done; echo ${job} >&3`;
      const sending = bed.host(SENDER).run(`until timeout 2 bash -c '${attempt}' 2> /dev/null; do :; done`, { limit_s: 60 });
      await bed.until('the file is open', () => existsSync(opened));
      circuit.daemon(CHANNEL).kill('SIGSTOP');
      writeFileSync(stopped, '');
      await delay(STOP_MS + 500);
      circuit.daemon(CHANNEL).kill('SIGCONT');
      await sending;
    }
    const got = await bed.host(RECEIVER).run(`echo close > ${FILES}/jobs/ctl; while cat ${FILES}/jobs/recv 2> /dev/null; do :; done`);
    expect(got).to.equal(jobs.map((job) => `${job}\n`).join(''));
    expect(await bed.host(CHANNEL).run('grep NumRecv /circuit/self/jobs/peek')).to.include(`"NumRecv": ${jobs.length}`);
  });

  it('receive the message that comes after Ctrl-Z and fg, though the host stood still meanwhile', async () => {
    await bed.host(CHANNEL).run('mkdir /circuit/self/paused; echo mkchan 0 > /circuit/self/paused/ctl');
    const { pid } = circuit.daemon(CHANNEL);
    // The host meets the message, then that the read was given up, then that it is asked again.
    const stop = `bash -c 'exec 3> ${FILES}/paused/send; kill -STOP ${pid}; echo the message >&3 & sleep 1.5'`;
    const program = bed.host(RECEIVER).spawn(['python3', '-c', CTRL_Z, `cat ${FILES}/paused/recv`, `sleep 1.5; kill -CONT ${pid}`, stop]);
    await program.exited;
    const counts = await bed.host(CHANNEL).run(`grep -oE '"Num(Send|Recv)": [0-9]*' /circuit/self/paused/peek`);
    expect([program.stdout, program.stderr], counts).to.deep.equal(['the message\n', '']);
    expect(counts).to.equal('"NumSend": 1\n"NumRecv": 1\n');
  });
});
