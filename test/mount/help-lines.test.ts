/**
 * Every line that a `help` offers for copying, of every directory in every state, typed at a shell: none is another command there than it seems.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Neighbours, PLACES } from '../lib/neighbours.js';
import { type Program, Programs } from '../lib/mount/programs.js';

/** How an anchor, `$A`, comes into each state. */
const STATES: Readonly<Record<string, string>> = {
  'no element': '',
  'a process that runs': 'echo mkproc sleep 1000 > "$A/ctl"',
  'a process that has ended': 'echo mkproc true > "$A/ctl"; cat "$A/wait"',
  'a channel': 'echo mkchan 1 > "$A/ctl"',
  'a full channel': 'echo mkchan 1 > "$A/ctl"; echo hello > "$A/send"',
  'a closed channel': 'echo mkchan 1 > "$A/ctl"; echo close > "$A/ctl"',
  'a lock': 'echo mklock > "$A/ctl"',
  'a topic': 'echo mktopic > "$A/ctl"; echo hello > "$A/pub"',
  'a name server': 'echo mkdns > "$A/ctl"; echo set miek.nl. 3600 IN MX 10 mx.miek.nl. > "$A/ctl"',
  'a subscription to joins': 'echo mk@join > "$A/ctl"',
  'a subscription to leaves': 'echo mk@leave > "$A/ctl"',
  'a selection that waits': `mkdir "$A/c"; echo mkchan 1 > "$A/c/ctl"; printf 'mkselect [{"op":"r","file":"%s"}]\\n' "$A/c/recv" > "$A/ctl"`,
  'a selection that has won': `mkdir "$A/c"; echo mkchan 1 > "$A/c/ctl"; printf 'mkselect [{"op":"w","file":"%s"}]\\n' "$A/c/send" > "$A/ctl"; cat "$A/wait"`,
};

/** What a line may fail with that was understood, by its words. dash calls every failed write an I/O error. */
const UNDERSTOOD: readonly (readonly [RegExp, RegExp])[] = [
  [/\/try/, /Resource temporarily unavailable/],
  [/mkdkr/, /Operation not supported/],
  [/mkselect/, /No such file or directory|Host is down/], // the servers of the example
  [/mkdns/, /Device or resource busy/], // its port
  [/join circuit/, /Host is down/],
  [/send|close|stdin/, /Broken pipe/], // of what has ended
  [/recv|dead/, /No data available/],
  [/scrub/, /Operation not permitted|No such file or directory/], // a server; nothing
  [/signal/, /Invalid argument/], // of a process that has ended: `error` says so
];

for (const shell of ['bash', 'dash'] as const) {
  for (const where of PLACES) {
    describe(`a line of help, typed at ${shell} for an anchor of ${where},`, function () {
      this.timeout(120_000);
      let neighbours: Neighbours;
      let programs: Programs;
      let serial = 0;

      before(async function () {
        needs(this, 'fuse', 'root', 'dash');
        neighbours = await Neighbours.start(where);
        programs = new Programs({});
      });
      after(async () => {
        await programs.end();
        await neighbours.stop();
      });

      const server = (): string => neighbours.directory;

      async function fresh(state: string): Promise<string> {
        const anchor = `${server()}/a ${String(++serial)}`;
        await programs.run(`A='${anchor}'; mkdir "$A"; ${STATES[state] ?? ''}`);
        return anchor;
      }

      async function linesOf(directory: string): Promise<readonly string[]> {
        const help = await programs.run(`cat '${directory}/help'`);
        return [...help.matchAll(/^ {4}(.*)$/gm)].map(([, line = '']) => line);
      }

      /** Types a line; one that waits is freed when its element is scrubbed. */
      async function type(line: string, anchor: string): Promise<void> {
        if (line.startsWith('rmdir')) await programs.run(line.replace('rmdir', 'mkdir -p'));
        const typed: Program = programs.start(shell, ['-c', line]);
        const mayWait = !line.endsWith("/ctl'");
        const waits = mayWait && (await Promise.race([typed.ended.then(() => false), typed.blocked().then(() => true, () => false)])); // prettier-ignore
        if (waits) await programs.run(`echo scrub > '${anchor}/ctl' || :`); // there may be nothing to scrub: the answer takes its time
        const { code, err } = await typed.outcome();
        if (code === 0 || (waits && /Identifier removed|No such file/.test(err))) return;
        const known = UNDERSTOOD.some(([words, failure]) => words.test(line) && (failure.test(err) || err.includes('I/O error')));
        const why = await programs.run(`cat '${anchor}/error'`);
        expect(known, `${line}: ${err}${why}`).to.equal(true);
        expect(why, line).not.to.match(/unfinished|unknown|usage|bad JSON|invalid word/);
      }

      for (const state of Object.keys(STATES)) {
        it(`is understood: ${state}`, async function () {
          if (state === 'a name server') needs(this, 'dig');
          const { length } = await linesOf(await fresh(state));
          expect(length).to.be.greaterThan(5);
          for (let index = 0; index < length; index++) {
            const anchor = await fresh(state);
            const line = (await linesOf(anchor))[index] ?? '';
            await type(line, anchor);
          }
        });
      }

      it('is understood: the root, its hosts, and a server', async () => {
        const root = neighbours.daemon.directory;
        for (const directory of [root, `${root}/host`]) {
          for (const line of await linesOf(directory)) await programs.run(`${shell} -c '${line.replaceAll("'", String.raw`'\''`)}'`);
        }
        for (const line of await linesOf(server())) {
          if (/^tail -f|suicide/.test(line)) await programs.run(`${shell} -nc '${line.replaceAll("'", String.raw`'\''`)}'`);
          else await type(line, server());
        }
      });
    });
  }
}
