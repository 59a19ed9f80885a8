import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';

for (const [engine, part] of [
  ['kernel', 'fuse'],
  ['fuse-native', 'libfuse2'],
] as const) {
  describe(`a server that stops, on the ${engine} engine`, () => {
    before(function () {
      needs(this, 'fuse', part);
    });

    it('lets those go who wait for it, with EHOSTDOWN, and takes its mount away', async () => {
      const daemon = await Daemon.start({ engine });
      try {
        const script = `
          cd $C/self; mkdir chan; echo mkchan 0 > chan/ctl
          echo unheard > chan/send &
          until grep -q '"WaitingSenders": 1' chan/peek; do :; done
          echo suicide > ctl; echo $?; cd /; wait`;
        const child = spawn('bash', ['-c', script], {
          cwd: '/',
          env: { ...process.env, C: daemon.directory, LC_ALL: 'C' },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const closed = once(child, 'close');
        const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
        expect(err).to.match(/write error: Host is down/);
        expect(out).to.equal('0\n');
        expect(await daemon.exited).to.deep.equal([0, null]);
      } finally {
        await daemon.stop();
      }
    });
  });
}
