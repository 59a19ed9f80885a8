import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { Client } from '../lib/client.js';

describe('wait --status', function () {
  this.timeout(60_000);
  let daemon: Daemon;
  let client: Client;

  before(async () => {
    daemon = await Daemon.start({ args: ['--no-mount'] });
    client = new Client(daemon.url);
    await client.prints(['mkproc', '/self/three', 'sh', '-c', 'exit 3']);
    await client.prints(['mkproc', '/self/killed', 'sh', '-c', 'kill -KILL $$']);
    await client.prints(['mkproc', '/self/well', 'true']);
    await client.prints(['mkchan', '/self/chan', '1']);
  });
  after(async () => {
    await client.end();
    await daemon.stop();
  });

  it("exits with the program's status, or 128 and the signal's number, and prints how it ended", async () => {
    for (const [name, status] of [
      ['well', 0],
      ['three', 3],
      ['killed', 137],
    ] as const) {
      // prettier-ignore
      const { code, stdout } = await client.run(['wait', '--status', `/self/${name}`]);
      expect(code, name).to.equal(status);
      expect(JSON.parse(stdout)).to.have.property('Phase');
      expect(await client.run(['wait', `/self/${name}`])).to.include({ code: 0 });
    }
  });

  it('of all exits with the highest, and with 255 for what cannot be waited for', async () => {
    expect(await client.run(['waitall', '--status'], '/self/well\n/self/three\n')).to.include({ code: 3, stderr: '' });
    expect(await client.run(['waitall'], '/self/well\n/self/three\n')).to.include({ code: 0, stderr: '' });
    const lost = await client.run(['waitall', '--status'], '/self/three\n/self/chan\n');
    expect(lost).to.include({ code: 255, stdout: '/self/three\n' });
    expect(lost.stderr).to.match(/^circuit: \/self\/chan: /);
  });
});
