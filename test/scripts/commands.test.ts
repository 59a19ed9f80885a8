/**
 * Each element by the command line, on the server that is dialled and on another one: everything is to be alike.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Daemon } from '../lib/daemon.js';
import { dockerEngine } from '../lib/docker.js';
import { needs } from '../lib/machine.js';
import { Neighbours } from '../lib/neighbours.js';
import { readScript, runCommands, SCRIPTS } from './run-script.js';

const FOLDER = join(SCRIPTS, 'commands');
const scripts = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sh'))
  .map((name) => readScript(join(FOLDER, name)));

/** What there is to do without an engine is done without one. */
for (const part of ['linux', 'docker'] as const) {
  describe(`the commands of ${part === 'docker' ? 'a container' : 'an element'}`, function () {
    this.timeout(250_000);
    this.slow(10_000);
    let neighbours: Neighbours | undefined;

    before(async function () {
      needs(this, part);
      const docker = part === 'docker' ? [`--docker=${(await dockerEngine()).socket}`] : [];
      neighbours = await Neighbours.start('another server', { args: ['--no-mount', ...docker] });
    });
    after(() => neighbours?.stop());

    for (const script of scripts.filter(({ needs: wanted }) => wanted.includes('docker') === (part === 'docker'))) {
      it(`${script.name}, of the server that is dialled and of another one`, async function () {
        needs(this, ...script.programs);
        const { daemon, other } = neighbours ?? {};
        if (daemon === undefined || other === undefined) throw new Error('no daemons');
        const check = async ({ id }: Daemon): Promise<void> => {
          const { stdout, stderr, code, late } = await runCommands(script, daemon.url, id);
          const context = `\n${id === other.id ? 'another server' : 'dialled'}\nstderr: ${stderr}\nlog: ${neighbours?.log ?? ''}`;
          expect(late, `it froze${context}\nstdout: ${stdout}`).to.equal(false);
          expect(stdout, context).to.equal(script.expected);
          expect(code, context).to.equal(0);
        };
        // Where no server may come or go that is not the script's own, one after the other.
        if (script.needs.includes('quiet')) for (const server of [daemon, other]) await check(server);
        else await Promise.all([daemon, other].map(check));
      });
    }
  });
}
