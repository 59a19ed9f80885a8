import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Daemon } from '../daemon.js';
import { needs } from '../machine.js';
import { readScript, runScript, SCRIPTS } from './run-script.js';

const scripts = readdirSync(SCRIPTS)
  .filter((name) => name.endsWith('.sh'))
  .map((name) => readScript(join(SCRIPTS, name)));

/** Of what a script may need, what an engine has. On a distant server everything is as on one's own. */
const ENGINES = [
  { title: 'on the kernel engine', engine: 'kernel', part: 'fuse', has: ['interrupts', 'poll', 'callers'], isDistant: false },
  { title: 'in the directory of another server', engine: 'kernel', part: 'fuse', has: ['interrupts', 'poll', 'callers'], isDistant: true },
  { title: 'on the fuse-native engine', engine: 'fuse-native', part: 'libfuse2', has: [], isDistant: false },
] as const;

for (const { title, engine, part, has, isDistant } of ENGINES) {
  describe(`a script ${title}`, () => {
    let daemon: Daemon | undefined;
    let other: Daemon | undefined;

    before(function () {
      needs(this, 'fuse', part, 'dash');
    });

    beforeEach(async () => {
      if (isDistant) other ??= await Daemon.start({ args: ['--no-mount'] });
      if (daemon !== undefined) return;
      daemon = await Daemon.start({ engine, args: other === undefined ? [] : ['-j', other.url] });
      if (other !== undefined) await daemon.says(`server ${other.id}`);
    });

    after(() => Promise.all([daemon?.stop(), other?.stop()]));

    for (const script of scripts.filter(({ needs: wanted }) => wanted.every((need) => (has as readonly string[]).includes(need)))) {
      for (const shell of script.shells) {
        it(`${script.name} (${shell})`, async function () {
          if (daemon === undefined) throw new Error('no daemon');
          this.timeout((script.limit_s + 10) * 1000);
          this.slow(script.limit_s * 1000);
          const { stdout, stderr, code, late } = await runScript(script, shell, daemon.directory, other?.id);
          const { log } = daemon;
          if (late) {
            await daemon.stop();
            daemon = undefined; // the next script gets a new one
          }
          const context = `\nstderr: ${stderr}\nlog of the daemon: ${log}\n${other?.log ?? ''}`;
          expect(late, `it froze${context}\nstdout: ${stdout}`).to.equal(false);
          if (script.expected !== undefined) expect(stdout, context).to.equal(script.expected);
          expect(code, `exit status; ${context}\nstdout: ${stdout}`).to.equal(0);
        });
      }
    }
  });
}
