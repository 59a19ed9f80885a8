/**
 * Names that the kernel keeps, on a real mount of a toy tree: which it keeps, and that whoever comes by one that means something else by now is led there.
 */
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Entry, Mount } from '../../../../mount/engine/filesystem.js';
import { kernelEngine } from '../../../../mount/engine/kernel/engine.js';
import { CircuitError } from '../../../../src/base/error.js';
import { needs } from '../../../lib/machine.js';
import { Programs } from '../../../lib/mount/programs.js';
import { Walker } from '../../../lib/walker.js';
import { file, type ToyFile, ToyDirectory, untilEnded } from '../toy.js';

/** One whose name may be kept, that counts who looks up what, and may find another one at its place. */
class KeptDirectory extends ToyDirectory {
  override readonly fleeting = false;
  readonly looked: string[] = [];
  /** What stands at its place; a directory of a parent that is stays. */
  readonly #now: () => Entry | undefined;

  constructor(entries: Readonly<Record<string, Entry>> = {}, now?: () => Entry | undefined) {
    super(entries);
    this.#now = now ?? (() => this);
  }

  /** As a real one does: what has that name in neither is not there. */
  override lookup(name: string): Entry {
    const now = this.#now();
    if (now !== this && now instanceof ToyDirectory) now.lookup(name);
    this.#check();
    this.looked.push(name);
    return super.lookup(name);
  }
  override attributes(): ReturnType<ToyDirectory['attributes']> {
    this.#check();
    return super.attributes();
  }
  override list(): ReturnType<ToyDirectory['list']> {
    this.#check();
    return super.list();
  }
  override makeDirectory(name: string): void {
    this.#check();
    this.entries.set(name, new KeptDirectory());
  }
  override removeDirectory(name: string): void {
    this.#check();
    super.removeDirectory(name);
  }
  #check(): void {
    if (this.#now() !== this) throw new CircuitError('ESTALE');
  }
}

const kept = (toy: ToyFile = {}): Entry => file({ fleeting: false, ...toy });

/** How often each name is used. */
const ASKED = 200;

for (const keepNames of [true, false]) {
  describe(`the kernel engine, told to have names ${keepNames ? 'kept' : 'asked for each time'}`, () => {
    const root = new KeptDirectory();
    let directory: string;
    let mount: Mount | undefined;
    let programs: Programs;
    let walker: Walker;
    const made: Walker[] = [];
    /** A directory that is stale when `d` is another one. */
    const inPlace = (entries: Readonly<Record<string, Entry>> = {}): KeptDirectory =>
      new KeptDirectory(entries, () => root.entries.get('d'));

    before(async function () {
      needs(this, 'linux', 'fuse', 'root', 'python3');
      directory = mkdtempSync(join(tmpdir(), 'circuit-names-'));
      mount = await kernelEngine.mount(root, { directory, allowOther: false, keepNames, log: () => undefined });
      programs = new Programs({ M: directory });
      walker = new Walker('a walker');
      made.push(walker);
    });
    afterEach(async () => {
      await programs.end();
      root.entries.clear();
      root.looked.length = 0;
      await delay(150); // names are forgotten
    });
    after(async () => {
      for (const one of made.splice(0)) await one.stop();
      await mount?.unmount();
      rmdirSync(directory);
    });

    it(`${keepNames ? 'asks for a name now and then, and each time' : 'asks each time, also'} for one that is not there, comes and goes, or is lent`, async () => {
      root.entries.set('kept', kept());
      root.entries.set('fleeting', kept({ fleeting: true }));
      root.entries.set('lent', kept({ writesWait: 'long' }));
      root.entries.set('d', new KeptDirectory());
      for (let i = 0; i < ASKED; i++)
        for (const name of ['kept', 'fleeting', 'lent', 'd', 'none']) await walker.does('ino', join(directory, name));
      const times = (name: string): number => root.looked.filter((one) => one === name).length;
      for (const name of ['kept', 'd']) expect(times(name) < ASKED / 2, `${name}: ${times(name)}`).to.equal(keepNames);
      for (const name of ['fleeting', 'lent', 'none']) expect(times(name), name).to.be.at.least(ASKED);
      root.entries.set('none', kept());
      expect(await walker.does('look', join(directory, 'none'))).to.equal('there');
    });

    it('leads each call that comes by a name to what has that name now', async () => {
      const path = join(directory, 'd');
      const calls: readonly (readonly [string, string])[] = [
        ['ino', path],
        ['list', path],
        ['enter', path],
        ['look', path],
        ['look', join(path, 'f')],
        ['mkdir', join(path, 'made')],
        ['rmdir', join(path, 'made')],
      ];
      for (const [call, at] of calls) {
        const content = (): Record<string, Entry> => ({ f: kept(), ...(call !== 'mkdir' && { made: new KeptDirectory() }) });
        root.entries.set('d', inPlace(content()));
        await walker.does('enter', '/');
        for (const each of [path, join(path, 'f'), join(path, 'made')]) await walker.does('ino', each);
        const made = inPlace(content());
        root.entries.set('d', made);
        await walker.must(call, at);
        if (call === 'mkdir') expect([...made.entries.keys()]).to.include('made');
        if (call === 'rmdir') expect([...made.entries.keys()]).not.to.include('made');
      }
      await walker.does('enter', '/');
    });

    it('says ENOENT to who comes by its working directory, though another one has its name, and tells it again and again', async () => {
      root.entries.set('d', inPlace());
      await walker.must('enter', join(directory, 'd'));
      root.entries.set('d', inPlace());
      for (let i = 0; i < 3; i++) expect(await walker.does('list', '.')).to.equal('ENOENT');
      expect(await walker.does('list', join(directory, 'd'))).to.deep.equal([]);
      await walker.must('enter', '/');
    });

    it('lets others write to a file by a name that was kept, while a write to it waits', async () => {
      const waits: (() => void)[] = [];
      const waiting = new Promise<void>((resolve) => waits.push(resolve));
      root.entries.set(
        'ctl',
        kept({
          writesWait: 'briefly',
          open: () => ({
            write: (bytes, call) => (Buffer.from(bytes).toString() === 'wait\n' ? untilEnded<number>(call, waits[0]) : bytes.length),
          }),
        }),
      );
      await walker.must('ino', join(directory, 'ctl'));
      const first = programs.bash('echo wait > $M/ctl');
      await waiting;
      await walker.must('write', join(directory, 'ctl'), 'go on\n');
      const second = programs.bash('exec 3> $M/ctl; echo wait >&3');
      await second.blocked();
      second.kill('SIGKILL');
      expect(await second.outcome()).to.include({ signal: 'SIGKILL' });
      first.kill('SIGKILL');
      await first.ended;
    });
  });
}
