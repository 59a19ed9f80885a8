/**
 * The tutorials in `examples/`, on several hosts: they do what their pages say, outlive the servers of their parts, and leave nothing behind.
 */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';

/** The one that runs the scripts, and that no test takes away. */
const OPERATOR = 1;
/** Programs that end only when a test ends them. */
const LONG = { STEP: '1000' };
/** Not built: it lies in the source tree. */
const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

describe('a tutorial', function () {
  this.timeout(60_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 4 });
    circuit = await Circuit.start(bed);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
    // What a test has taken away is there for the next one.
    await Promise.all(bed.hosts.filter(({ index }) => !circuit.hosts.includes(index)).map(async ({ index }) => circuit.add(index)));
    await circuit.complete();
  });
  after(() => {
    bed.remove();
  });

  const start = (name: string, env: NodeJS.ProcessEnv): Program => {
    const program = bed.host(OPERATOR).spawn([`${EXAMPLES}${name}/${name}.sh`], env);
    program.stdin.end();
    return program;
  };
  const onOperator = async (script: string): Promise<string> => bed.host(OPERATOR).run(script);
  /** The anchors below all servers, as `ls` shows them to the operator. */
  const anchors = async (): Promise<readonly string[]> => {
    const found = await onOperator('find /circuit/X*/ -mindepth 1 -type d');
    return found.split('\n').filter((path) => path !== '');
  };
  const nothingIsLeft = async (): Promise<void> => bed.until('all anchors are gone', async () => (await anchors()).length === 0);
  /** The number of the host whose server has an anchor. */
  const hostOf = (anchor: string): number => circuit.hosts.find((host) => anchor.includes(circuit.daemon(host).id)) ?? 0;

  /** Whatever matches among the anchors, once it is there and runs. */
  const running = async (pattern: RegExp, ...not: readonly string[]): Promise<string> => {
    let found = '';
    await bed.until(`a new ${String(pattern)} runs`, async () => {
      found = (await anchors()).find((path) => pattern.test(path) && !not.includes(path)) ?? '';
      return found !== '' && (await onOperator(`cat ${found}/peek`)).includes('"Phase": "running"');
    });
    return found;
  };

  /** Ends the programs of a tutorial, also those that it starts in the meantime, until it has ended itself. */
  const endAll = async (name: string, program: Program): Promise<void> =>
    bed.until(`${name} has ended`, async () => {
      await onOperator(`for anchor in /circuit/X*/${name}/*/; do echo signal KILL > $anchor/ctl || true; done 2> /dev/null`);
      return !program.isRunning;
    });

  /** Kills the server, and with it all that it hosts. */
  const crash = async (host: number): Promise<void> => {
    await circuit.forget(host).crash();
    await circuit.complete();
  };

  describe('wait-all', () => {
    it('waits for five programs', async () => {
      const program = start('wait-all', { STEP: '0.1' });
      expect(await program.exited, program.stderr).to.deep.equal([0, null]);
      expect(program.stdout).to.equal(`${[0, 1, 2, 3, 4].map((number) => `wait-all/${number} is done.\n`).join('')}All done.\n`);
      await nothingIsLeft();
    });

    it('runs a program again whose server has died', async () => {
      let [program, lost] = [start('wait-all', LONG), ''];
      for (;;) {
        await running(/wait-all\/4$/);
        lost = (await anchors()).find((path) => /wait-all\/\d$/.test(path) && hostOf(path) !== OPERATOR) ?? '';
        if (lost !== '') break;
        await endAll('wait-all', program); // all are with the operator, by chance
        program = start('wait-all', LONG);
      }
      await crash(hostOf(lost));
      await endAll('wait-all', program);
      expect(await program.exited, program.stderr).to.deep.equal([0, null]);
      expect(program.stdout).to.include(`wait-all/${lost.slice(-1)} is lost, and runs again.\n`);
      expect(program.stdout).to.match(/All done\.\n$/);
      await nothingIsLeft();
    });
  });

  describe('work-queue', () => {
    it('has each job done, though workers crash, and puts aside the one that kills them all', async () => {
      const program = start('work-queue', { JOBS: '12' });
      expect(await program.exited, program.stderr).to.deep.equal([0, null]);
      const lines = program.stdout.trimEnd().split('\n');
      expect(lines.filter((line) => line === 'A worker has crashed.')).to.have.length.at.least(5);
      const squares = Array.from({ length: 12 }, (_, index) => `${index + 1} squared is ${(index + 1) ** 2}`);
      expect(lines.filter((line) => line !== 'A worker has crashed.')).to.deep.equal([...squares, 'Dead: bad']);
      await nothingIsLeft();
    });

    it('leaves nothing behind when it is told to end', async () => {
      const program = start('work-queue', { JOBS: '1000' });
      await program.says(/crashed/, 40);
      program.kill('SIGTERM');
      expect(await program.exited, program.stderr).to.deep.equal([1, null]);
      await nothingIsLeft();
    });
  });

  describe('wait-first', () => {
    it('waits for the first of five programs, and ends the others', async () => {
      const program = start('wait-first', LONG);
      await running(/wait-first\/4$/);
      await onOperator('echo signal KILL > $(ls -d /circuit/X*/wait-first/3)/ctl');
      expect(await program.exited, program.stderr).to.deep.equal([0, null]);
      expect(program.stdout).to.equal('wait-first/3 is done.\nOne done.\n');
      await nothingIsLeft();
    });

    it('ends all of them when it is interrupted', async () => {
      const program = start('wait-first', LONG);
      await running(/wait-first\/4$/);
      program.kill('SIGINT');
      await program.exited;
      await nothingIsLeft();
    });
  });

  describe('follow-config', () => {
    it('has each host follow a configuration', async () => {
      const program = start('follow-config', {});
      expect(await program.exited, program.stderr).to.deep.equal([0, null]);
      const hosts = circuit.hosts.map((host) => `web-${host}`);
      const said = ['blue', 'green'].flatMap((colour) => hosts.map((host) => `${host} has colour=${colour}\n`));
      expect(program.stdout).to.equal(said.join(''));
      await nothingIsLeft();
    });

    it('leaves nothing when it is interrupted', async () => {
      const program = start('follow-config', {});
      await running(/follow-config\/follower$/);
      program.kill('SIGINT');
      await program.exited;
      await nothingIsLeft();
    });
  });

  describe('watchbot', () => {
    const ENV = { PAYLOAD: 'sleep 300', PAUSE: '0.1' };
    const stop = async (): Promise<void> => {
      await onOperator(`${EXAMPLES}watchbot/watchbot.sh /circuit stop`);
      await nothingIsLeft();
    };
    const begin = async (): Promise<{ readonly payload: string; readonly nucleus: string }> => {
      const program = start('watchbot', ENV);
      expect(await program.exited, program.stderr).to.deep.equal([0, null]);
      return { payload: await running(/virus\/payload$/), nucleus: await running(/virus\/nucleus$/) };
    };
    /** With one part of it on a host that may die. */
    const beginWith = async (part: 'payload' | 'nucleus'): Promise<{ readonly payload: string; readonly nucleus: string }> => {
      for (;;) {
        const bot = await begin();
        if (hostOf(bot[part]) !== OPERATOR) return bot;
        await stop();
      }
    };

    it('starts both anew when the payload has ended', async () => {
      const { payload } = await begin();
      const pid = (at: string): Promise<string> => onOperator(`sed -n 's/.*"Pid": //p' ${at}/peek`);
      const before = await pid(payload);
      await onOperator(`echo signal KILL > ${payload}/ctl`);
      await bed.until('another payload runs', async () => (await pid(await running(/virus\/payload$/))) !== before);
      expect((await anchors()).filter((path) => path.endsWith('/payload'))).to.have.lengthOf(1);
      await stop();
    });

    it('survives the death of the payload’s server', async () => {
      const { payload } = await beginWith('payload');
      await crash(hostOf(payload));
      await running(/virus\/payload$/);
      await running(/virus\/nucleus$/);
      await stop();
    });

    it('survives the death of the nucleus’s server, without a stop of the payload', async () => {
      const { payload, nucleus } = await beginWith('nucleus');
      const before = await onOperator(`cat ${payload}/peek`);
      await crash(hostOf(nucleus));
      await running(/virus\/nucleus$/);
      expect(await onOperator(`cat ${payload}/peek`)).to.equal(before);
      await stop();
    });
  });

  describe('watchbot-with-chan', () => {
    const begin = async (payload: string): Promise<string> => {
      const program = start('watchbot-with-chan', { PAYLOAD: payload, PAUSE: '0.1' });
      expect(await program.exited, program.stderr).to.deep.equal([0, null]);
      return program.stdout.split('\n')[0] ?? '';
    };
    const waits = async (back: string): Promise<void> =>
      bed.until('a nucleus waits for room', async () => (await onOperator(`cat ${back}/peek`)).includes('"WaitingSenders": 1'));
    const kill = async (payload: string): Promise<void> => {
      await onOperator(`echo signal KILL > ${payload}/ctl`);
    };
    const end = async (back: string): Promise<void> => {
      await onOperator(`echo close > ${back}/ctl`);
      await bed.until('only the channel is left', async () => {
        const parts = (await anchors()).filter((path) => /(payload|nucleus)/.test(path));
        await onOperator('for payload in /circuit/X*/virus/payload/*/; do echo signal KILL > $payload/ctl || true; done 2> /dev/null');
        return parts.length === 0;
      });
      await onOperator(`while cat ${back}/recv; do :; done 2> /dev/null; rmdir ${back}; rmdir ${back.replace(/back$/, '')}`);
      await nothingIsLeft();
    };

    it('stands still at epoch 3 until an operator receives', async () => {
      const back = await begin('sleep 0.1');
      await waits(back);
      await running(/nucleus\/3$/);
      expect(await onOperator(`cat ${back}/recv`)).to.equal('0 nucleus acquired back channel\n0 payload has ended\n');
      await running(/nucleus\/4$/);
      await waits(back);
      expect(await onOperator(`cat ${back}/recv`)).to.equal('1 nucleus acquired back channel\n1 payload has ended\n');
      await end(back);
    });

    /** Drives the bot on until chance has put its parts where a test wants them. @returns the epoch */
    const driveUntil = async (back: string, condition: (payload: string, nucleus: string) => boolean): Promise<number> => {
      for (let epoch = 0; ; epoch++) {
        const payload = await running(new RegExp(`payload/${epoch}$`));
        if (condition(payload, await running(new RegExp(`nucleus/${epoch}$`)))) return epoch;
        await kill(payload);
        await onOperator(`cat ${back}/recv`);
      }
    };

    it('survives the death of the payload’s server', async () => {
      const back = await begin('sleep 300');
      const epoch = await driveUntil(back, (payload) => ![OPERATOR, hostOf(back)].includes(hostOf(payload)));
      await crash(hostOf(await running(new RegExp(`payload/${epoch}$`))));
      expect(await onOperator(`cat ${back}/recv`)).to.equal(`${epoch} nucleus acquired back channel\n${epoch} payload has ended\n`);
      await running(new RegExp(`payload/${epoch + 1}$`));
      await running(new RegExp(`nucleus/${epoch + 1}$`));
      await end(back);
    });

    it('makes the channel anew on another server when its own has died', async () => {
      let back = await begin('sleep 300');
      while (hostOf(back) === OPERATOR) {
        await end(back);
        back = await begin('sleep 300');
      }
      const apart = (payload: string, nucleus: string): boolean => ![hostOf(payload), hostOf(nucleus)].includes(hostOf(back));
      const epoch = await driveUntil(back, apart);
      await crash(hostOf(back));
      await kill(await running(new RegExp(`payload/${epoch}$`)));
      await running(new RegExp(`payload/${epoch + 1}$`));
      await bed.until('there is another channel', async () => (await anchors()).some((path) => path.endsWith('/back') && path !== back));
      back = (await anchors()).find((path) => path.endsWith('/back')) ?? '';
      expect(await onOperator(`head -n 1 ${back}/recv`)).to.equal(`${epoch + 1} nucleus acquired back channel\n`);
      await end(back);
    });
  });

  describe('nodejs-using-mysql', () => {
    /** What the service says to each path, asked on a host that has no part in it but its network. */
    const ask = async (url: string, ...paths: readonly string[]): Promise<readonly string[]> => {
      const program = `(async () => {
        for (const path of process.argv.slice(2)) {
          const answer = await fetch(process.argv[1] + path);
          console.log(answer.status, JSON.stringify(await answer.text()));
        }
      })();`;
      const said = bed.host(OPERATOR).spawn([process.execPath, '-e', program, url, ...paths]);
      await said.exited;
      return said.stdout.trim().split('\n');
    };

    it('keeps names and values on one host, for a service on another', async function () {
      needs(this, 'mariadb');
      const program = start('nodejs-using-mysql', {});
      const [url] = await program.says(/http:\S+/);
      const hostile = encodeURIComponent("'; DROP TABLE NameValue; -- \\ \n é");
      const said = await ask(url, '/get/a', '/put/a/1', '/put/a/2', '/get/a', `/put/${hostile}/${hostile}`, `/get/${hostile}`, '/get/a', '/del/a', '/get/a', '/drop/a', '/get/%gg'); // prettier-ignore
      const hint = JSON.stringify('one of /put/KEY/VALUE, /get/KEY and /del/KEY, with a KEY of 1 to 255 bytes\n');
      expect(said).to.deep.equal(['404 ""', '200 ""', '200 ""', '200 "2"', '200 ""', `200 ${JSON.stringify(decodeURIComponent(hostile))}`, '200 "2"', '200 ""', '404 ""', `400 ${hint}`, `400 ${hint}`]); // prettier-ignore
      expect((await anchors()).map((path) => path.replace(/.*X[0-9a-f]*/, '')).sort()).to.deep.equal(
        ['/tutorial', '/tutorial', '/tutorial/mysql', '/tutorial/nodejs'], // prettier-ignore
      );
      program.kill('SIGINT');
      await program.exited;
      await nothingIsLeft();
    });

    it('says so when the database has ended, and takes the service down', async function () {
      needs(this, 'mariadb');
      const program = start('nodejs-using-mysql', { PORT: '8081' });
      await program.says(/http:/);
      await onOperator('echo signal KILL > $(ls -d /circuit/X*/tutorial/mysql)/ctl');
      expect(await program.exited).to.deep.equal([1, null]);
      expect(program.stderr).to.equal('The service or its database has ended.\n');
      await nothingIsLeft();
    });
  });
});
