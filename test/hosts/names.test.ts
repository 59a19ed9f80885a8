/**
 * Names that a kernel keeps (mount/engine/kernel/names.ts), on several hosts at once: whatever has been made or removed anywhere is made or removed
 * everywhere when that is answered, however lately the name was looked up there, and whichever call comes by it.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import { PROGRAM } from '../lib/daemon.js';
import type { Program } from '../lib/hosts/program.js';
import { STORM, Walker } from '../lib/walker.js';

const ROUNDS = 6;
/** Of three servers, and one that is mounted through another one. */
const SERVERS = [1, 2, 3] as const;
const CLIENT = 4;

for (const [how, args] of [
  ['kept by the kernel', []],
  ['asked for each time', ['--no-name-cache']],
] as const) {
  describe(`names that are ${how}`, function () {
    this.timeout(180_000);
    let bed: Bed;
    let circuit: Circuit;
    let walkers: readonly Walker[] = [];
    let storm: readonly Program[] = [];

    before(async function () {
      needs(this, 'linux', 'netns', 'fuse', 'fusectl', 'python3');
      bed = await Bed.create({ hosts: 4 });
      circuit = await Circuit.start(bed, [...SERVERS], { args });
      const client = bed
        .host(CLIENT)
        .spawn([
          ...[process.execPath, PROGRAM, 'mount', '-d', circuit.daemon(1).url],
          ...['--hmac', bed.host(CLIENT).key, ...args, '/circuit'],
        ]);
      await client.says(/mounted at/);
      walkers = bed.hosts.map(({ name, entering }) => new Walker(name, entering));
    });
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') console.log(circuit.log);
      await Promise.all(storm.map((program) => program.stop()));
      storm = [];
    });
    after(async () => {
      await Promise.all(walkers.map((walker) => walker.stop()));
      bed.remove();
    });

    const stormOver = (...paths: readonly string[]): void => {
      storm = bed.hosts.map((host) => host.spawn(['python3', '-c', STORM, ...paths]));
    };
    const all = (call: string, ...args: readonly unknown[]): Promise<readonly unknown[]> =>
      Promise.all(walkers.map((walker) => walker.does(call, ...args)));
    const everywhere = (answer: unknown): readonly unknown[] => walkers.map(() => answer);

    it('say everywhere at once what has been made and removed, under a storm of look-ups', async () => {
      for (const host of [1, 2] as const) {
        const [anchor, below] = [`/circuit/host/web-${host}/a`, `/circuit/host/web-${host}/a/below`];
        const direct = `/circuit/${circuit.daemon(host).id}/a`;
        stormOver(anchor, `${anchor}/ctl`, `${anchor}/recv`, `${anchor}/peek`, below, `${direct}/recv`);
        for (let round = 0; round < ROUNDS; round++) {
          const actor = walkers[round % walkers.length];
          const another = walkers[(round + 1) % walkers.length];
          const seen = async (path: string, answer: 'there' | 'ENOENT'): Promise<void> => {
            expect(await all('look', path), `${path} in round ${round} on web-${host}`).to.deep.equal(everywhere(answer));
          };
          await actor?.must('mkdir', anchor);
          for (const path of [anchor, direct, `${anchor}/ctl`]) await seen(path, 'there');
          await seen(`${anchor}/recv`, 'ENOENT');
          await actor?.must('write', `${anchor}/ctl`, 'mkchan 1\n');
          for (const path of [`${anchor}/recv`, `${direct}/recv`, `${anchor}/peek`]) await seen(path, 'there');
          await another?.must('write', `${anchor}/ctl`, 'scrub\n');
          for (const path of [`${anchor}/recv`, `${direct}/recv`, `${anchor}/peek`]) await seen(path, 'ENOENT');
          await seen(`${anchor}/ctl`, 'there');
          await actor?.must('write', `${anchor}/ctl`, 'mkchan 1\n');
          await seen(`${anchor}/recv`, 'there');

          const before = await all('ino', anchor);
          await another?.must('rmdir', anchor);
          await another?.must('mkdir', anchor);
          for (const walker of walkers) await walker.must('mkdir', below).then(() => another?.must('rmdir', below));
          await seen(`${anchor}/recv`, 'ENOENT');
          for (const [at, ino] of (await all('ino', anchor)).entries()) expect(ino).not.to.equal(before[at]);
          await actor?.must('write', `${anchor}/ctl`, 'mk@join\n');
          for (const peek of await all('read', `${anchor}/peek`)) expect(peek).to.include('Pending');
          await actor?.must('mkdir', below);
          await seen(`${below}/ctl`, 'there');
          await another?.must('write', `/circuit/host/web-${host}/a/ctl`, 'scrub -r\n');
          for (const path of [below, `${below}/ctl`, `${anchor}/peek`]) await seen(path, 'ENOENT');
          await another?.must('rmdir', anchor);
          for (const path of [anchor, direct, `${anchor}/ctl`]) await seen(path, 'ENOENT');
        }
        await Promise.all(storm.map((program) => program.stop()));
      }
    });

    it('go with a server that dies, and come with one that joins', async () => {
      const lost = circuit.forget(3);
      const [dead, link] = [`/circuit/${lost.id}`, '/circuit/host/web-3'];
      const rest = walkers.filter((_, at) => at !== 2);
      const looks = (path: string): Promise<readonly unknown[]> => Promise.all(rest.map((walker) => walker.does('look', path)));
      for (const path of [dead, `${dead}/ctl`, link]) expect(await looks(path)).to.deep.equal(rest.map(() => 'there'));
      stormOver(dead, `${dead}/ctl`, link, '/circuit/self');
      lost.kill('SIGKILL');
      const gone = async (walker: Walker): Promise<void> =>
        bed.until('it is gone', async () => !((await walker.must('list', '/circuit')) as readonly string[]).includes(lost.id));
      await Promise.all(
        rest.map(async (walker) => {
          await gone(walker);
          for (const path of [dead, `${dead}/ctl`, link]) expect(await walker.does('look', path), path).to.equal('ENOENT');
        }),
      );
      const { id } = await circuit.add(3, { args });
      await Promise.all(
        rest.map(async (walker) => {
          await bed.until('it is there', async () => ((await walker.must('list', '/circuit')) as readonly string[]).includes(id));
          expect(await walker.does('link', link)).to.equal(`../${id}`);
          for (const path of [link, `${link}/ctl`, `/circuit/${id}`]) expect(await walker.does('look', path), path).to.equal('there');
        }),
      );
    });
  });
}
