/**
 * `circuit map` of real servers.
 */
import { expect } from 'chai';
import { Client } from '../../lib/client.js';
import { Daemon } from '../../lib/daemon.js';
import { needs } from '../../lib/machine.js';
import { Scratch } from '../../lib/scratch.js';
import { Tmux } from '../../lib/tmux.js';
import { WAYS } from '../../lib/ways.js';

interface MapJson {
  readonly servers: readonly {
    readonly id: string;
    readonly self: boolean;
    readonly answers: boolean;
    readonly load: number | null;
    readonly elements: Readonly<Record<string, number>>;
    readonly links: readonly string[];
  }[];
}

for (const way of WAYS)
  describe(`circuit map, ${way.name},`, function () {
    this.timeout(120_000);
    let daemons: readonly Daemon[] = [];
    let client: Client;
    const ids = (): readonly string[] => daemons.map(({ id }) => id);

    before(async () => {
      const first = await Daemon.start({ args: ['--no-mount'] });
      daemons = [first];
      for (let n = 0; n < 2; n++) daemons = [...daemons, await Daemon.start({ args: ['--no-mount', '-j', first.url] })];
      client = new Client(first.url, way);
      await client.prints(['mkproc', '/self/a', 'sleep', '1000']);
      await client.prints(['mkchan', `/${ids()[1] ?? ''}/c`, '1']);
    });
    after(async () => {
      await client.end();
      await Promise.all(daemons.map((daemon) => daemon.stop()));
    });

    const json = async (): Promise<MapJson> => JSON.parse(await client.prints(['map', '--json'])) as MapJson;

    it('tells who is linked to whom, as soon as they are, with load and elements', async () => {
      let map = await json();
      // Each of three keeps a link to both others.
      while (!(map.servers.length === 3 && map.servers.every(({ links }) => links.length === 2))) map = await json();
      expect(map.servers.map(({ id }) => id)).to.have.members([...ids()]);
      for (const { id, links, self, answers, load } of map.servers) {
        expect(links).to.have.members(ids().filter((other) => other !== id));
        expect({ self, answers }).to.deep.equal({ self: id === ids()[0], answers: true });
        expect(load).to.be.a('number');
      }
      expect(Object.fromEntries(map.servers.map(({ id, elements }) => [id, elements]))).to.deep.equal(
        Object.fromEntries(ids().map((id, at) => [id, [{ proc: 1 }, { chan: 1 }, {}][at]])),
      );
    });

    it('prints a picture and a table, a page, or a drawing', async () => {
      const text = await client.prints(['map']);
      expect(text).to.match(/^circuit of 3 servers, 3 links, /).and.match(/[\u2801-\u28ff]/); // prettier-ignore
      for (const id of ids()) expect(text).to.contain(id);
      expect(await client.prints(['map', '--html'])).to.match(/^<!DOCTYPE html>\n(.|\n)*<\/html>\n$/);
      expect(await client.prints(['map', '--svg'])).to.match(/^<\?xml (.|\n)*<\/svg>\n$/);
    });

    it('refuses two of these at once', async () => {
      const { code, stdout, stderr } = await client.run(['map', '--html', '--svg']);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr).to.equal('circuit: only one of --html, --svg and --json can be printed\n');
    });

    it('draws what does not answer as such, after the time that it was given, and exits with 1', async () => {
      const [, , third] = daemons;
      third?.kill('SIGSTOP');
      try {
        const { code, stdout } = await client.run(['map', '--timeout', '2']);
        expect(code).to.equal(1);
        expect(stdout).to.match(/, 1 did not answer, /).and.match(new RegExp(`${third?.id ?? ''} .* did not answer .*\n`)); // prettier-ignore
      } finally {
        third?.kill('SIGCONT');
      }
    });

    it('fits the terminal that it is printed at', async function () {
      needs(this, 'linux', 'tmux');
      await using scratch = new Scratch();
      const terminal = await Tmux.start(scratch, { CIRCUIT: daemons[0]?.url }, 70, 40);
      await terminal.enter(`clear; ${way.command.map((word) => `'${word}'`).join(' ')} map; echo status $?`);
      const screen = await terminal.shows(/status 0/);
      expect(screen).to.match(/^circuit of 3 servers/m).and.match(/[\u2801-\u28ff]/); // prettier-ignore
      expect(screen).to.match(new RegExp(`^\\* +\\S+ +${(ids()[0] ?? '').slice(0, 10)}`, 'm'));
      await terminal.resize(200, 40); // what was wrapped would be whole now
      expect((await terminal.screen()).split('\n').filter((line) => line.length > 70)).to.deep.equal([]);
    });
  });
