/**
 * The table of ports in docs/security.md says what the code does, and what the kernel tells of the sockets of a real daemon.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseUrl } from '../../../src/base/address.js';
import { resolveNetwork } from '../../../src/cli/options/network.js';
import { execute } from '../../../src/cli/main.js';
import { ProcessConsole } from '../../../src/cli/process-console.js';
import { startCommand } from '../../../src/cli/start.js';
import { DEFAULT_GROUP, formatGroup, LOOPBACK_ONLY } from '../../../src/cluster/discovery/group.js';
import { Daemon } from '../../lib/daemon.js';
import { needs } from '../../lib/machine.js';
import { circuit } from '../program.js';

const PAGE = fileURLToPath(new URL('../../../../docs/security.md', import.meta.url));
const FREE = 'any free one';
/** TCP_LISTEN of linux/tcp_states.h; a UDP socket that is bound and not connected has the state of TCP_CLOSE. */
const WAITING = { tcp: '0A', udp: '07' } as const;

interface Row {
  readonly protocols: readonly string[];
  readonly port: string;
  readonly address: string;
  readonly option: string;
}

/** The rows of the table, by the first word of what they are about. */
function rows(): ReadonlyMap<string, Row> {
  const [, section = ''] = /^## Ports\n([^]*?)^## /m.exec(readFileSync(PAGE, 'utf8')) ?? [];
  const cells = section.split('\n').filter((line) => /^\| [^-|]/.test(line)).map((line) => line.slice(2, -2).split('|').map((cell) => cell.trim())); // prettier-ignore
  return new Map(
    cells.slice(1).map(([what = '', protocols = '', port = '', address = '', option = '']) => {
      const plain = (cell: string): string => cell.replaceAll('`', '');
      return [what.split(' ')[0] ?? '', { protocols: protocols.split(', '), port: plain(port), address: plain(address), option }] as const;
    }),
  );
}

/** The sockets at which a process waits for others, as `tcp 127.0.0.1:11022`, in order. */
function socketsOf(pid: number): readonly string[] {
  const descriptors = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const inodes = new Set(descriptors.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter((inode) => inode !== undefined));
  const found = (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((file) => {
    const protocol = file.startsWith('tcp') ? 'tcp' : 'udp';
    const lines = readFileSync(`/proc/${pid}/net/${file}`, 'utf8').trim().split('\n').slice(1).map((line) => line.trim().split(/\s+/)); // prettier-ignore
    const own = lines.filter((fields) => fields[3] === WAITING[protocol] && inodes.has(fields[9] ?? ''));
    return own.map(([, local = '']) => `${protocol} ${shown(local)}`);
  });
  return found.toSorted();
}

/** An address of proc_pid_net_tcp(5): 32-bit words in the byte order of the machine. */
function shown(text: string): string {
  const [words = '', port = ''] = text.split(':');
  const host = words.length > 8 ? (/^0*$/.test(words) ? '[::]' : words) : Buffer.from(words, 'hex').reverse().join('.');
  return `${host}:${Number.parseInt(port, 16)}`;
}

/** Empty for one that has been closed since. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

describe('the table of ports', () => {
  const table = rows();

  it('has the defaults of the code, and names options that there are', () => {
    expect([...table.keys()]).to.deep.equal(['servers', 'discovery', 'name', 'metrics', 'look-ups']);
    const { listen, multicast } = resolveNetwork({ insecure: false, join: [], patience: 0 });
    expect(listen).to.deep.equal({ host: table.get('servers')?.address, port: 0 });
    expect(table.get('servers')?.port).to.equal(FREE);
    expect(multicast).to.deep.equal({ ...DEFAULT_GROUP, interfaces: LOOPBACK_ONLY });
    expect(table.get('discovery')).to.include({ address: DEFAULT_GROUP.group, port: String(DEFAULT_GROUP.port) });
    const options = new Set(startCommand(new ProcessConsole(), execute).options.flatMap(({ short, long }) => [short, long]));
    const named = [...table.values()].flatMap(({ option }) => option.match(/`--?[\w-]+/g) ?? []).map((option) => option.slice(1));
    expect(named).to.include.members(['-a', '--if', '--port', '--discover', '--join-name']);
    expect(named.filter((option) => !options.has(option))).to.deep.equal([]);
  });

  describe('and a real daemon', () => {
    const daemons: Daemon[] = [];
    before(function () {
      needs(this, 'linux');
    });
    after(() => Promise.all(daemons.map((daemon) => daemon.stop())));

    async function start(...args: readonly string[]): Promise<Daemon> {
      const daemon = await Daemon.start({ args: ['--no-mount', ...args] });
      daemons.push(daemon);
      return daemon;
    }

    it('agree: there is a row for each of its sockets', async () => {
      const group = { group: `239.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`, port: randomInt(20_000, 30_000) };
      const daemon = await start('--discover', formatGroup(group));
      expect(await circuit(['mkdns', '-d', daemon.url, '/self/names'])).to.include({ code: 0 });
      const { stdout } = await circuit(['peek', '-d', daemon.url, '/self/names']);
      const { Address: names } = JSON.parse(stdout) as { Address: string };
      const expected = [
        [table.get('servers'), `${table.get('servers')?.address ?? ''}:${parseUrl(daemon.url).port}`],
        [table.get('discovery'), formatGroup(group)],
        [table.get('name'), `${table.get('name')?.address ?? ''}:${names.split(':')[1] ?? ''}`],
      ] as const;
      const sockets = expected.flatMap(([row, where]) => (row?.protocols ?? []).map((protocol) => `${protocol.toLowerCase()} ${where}`));
      expect(socketsOf(daemon.pid)).to.deep.equal(sockets.toSorted());
    });

    it('agree: with -a :PORT it is reached on all interfaces, by IPv4 and, where there is any, IPv6', async () => {
      const daemon = await start('-a', ':0');
      const { port } = parseUrl(daemon.url);
      const [socket = ''] = socketsOf(daemon.pid);
      expect(socket).to.be.oneOf([`tcp [::]:${port}`, `tcp 0.0.0.0:${port}`]);
      expect(daemon.url).not.to.match(/\[::\]|0\.0\.0\.0/);
      for (const host of socket.includes('[::]') ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
        const connection = connect({ host, port });
        await once(connection, 'connect');
        connection.destroy();
      }
    });
  });
});
