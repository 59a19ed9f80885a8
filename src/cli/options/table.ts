/**
 * The one table of a server's options. It makes the flags of `circuit start` and `circuit mount`, the keys of the configuration file, the variables of
 * the environment, `--show-config`, and the pages of the manual.
 */
import { parseUrl } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { OPTION_MAX_S } from '../../base/limits.js';
import { LOG_LEVELS } from '../../base/log.js';
import { DEFAULT_GROUP, formatGroup, parseGroup } from '../../cluster/discovery/group.js';
import { LOG_FORMATS } from '../../server/log-format.js';
import { DEFAULT_PORT, parseAdvertised, parseInterface, parseListen, parseMetricsAddress, parsePort } from './listen.js';
import { numberOption } from './number.js';
import { type OptionRow, TableOption, type Taker } from './row.js';

const GRACE_S = 5;
const WATCHDOG_S = 30;
/** Up to a day. */
const seconds = numberOption('seconds', { min: 0, max: 86_400 });

export const OPTIONS: readonly OptionRow[] = [
  {
    name: 'directory',
    short: '-m',
    value: '<DIR>',
    help: 'mount point (default: /circuit, or $XDG_RUNTIME_DIR/circuit for a user who may not make that)',
    path: true,
    takers: ['start'],
  },
  { name: 'no-mount', help: 'serve without a mount', takers: ['start'] },
  {
    name: 'var',
    value: '<DIR>',
    help: 'your own directory for what outlives the server; one server at a time',
    path: true,
    takers: ['start'],
  },
  {
    name: 'grace',
    value: '<SECONDS>',
    help: 'how long processes have between TERM and KILL when the server stops',
    parse: seconds,
    preset: { value: GRACE_S },
    takers: ['start'],
  },
  {
    name: 'watchdog',
    value: '<SECONDS>',
    help: 'free those who wait for a mount whose program shows no sign of life for so long',
    parse: seconds,
    preset: { value: WATCHDOG_S },
    takers: ['start', 'mount'],
  },
  {
    name: 'docker',
    value: '[SOCKET]',
    help: 'run containers with the Docker engine at this socket (default: that of $DOCKER_HOST, or /var/run/docker.sock)',
    takers: ['start'],
  },
  {
    name: 'engine',
    value: '<NAME>',
    help: 'what speaks with the kernel (default: kernel, or fuse-native where the addon cannot be loaded)',
    choices: ['kernel', 'fuse-native'],
    takers: ['start', 'mount'],
  },
  { name: 'no-name-cache', help: 'have the kernel ask for each name of a path each time', takers: ['start', 'mount'] },
  { name: 'allow-other', help: 'let other users in, to look around', preset: { value: false }, takers: ['start', 'mount'] },
  {
    name: 'allow-group',
    value: '<NAME>',
    help: 'with --allow-other: a group whose members may do all that you may, as root if you are root',
    takers: ['start', 'mount'],
  },
  {
    name: 'addr',
    short: '-a',
    value: '<[HOST][:PORT]>',
    help: 'where to listen; :PORT is on all interfaces (default: on the loopback interface)',
    parse: parseListen,
    conflicts: ['if'],
    takers: ['start'],
  },
  {
    name: 'if',
    value: '<NAME[:PORT]>',
    help: `listen at the address of this interface, at port ${DEFAULT_PORT} unless another is given; 0 is a free one`,
    parse: parseInterface,
    takers: ['start'],
  },
  {
    name: 'port',
    value: '<PORT>',
    help: `listen at this port, where -a and --if name none (default: a free one, with --if ${DEFAULT_PORT})`,
    parse: parsePort,
    takers: ['start'],
  },
  {
    name: 'advertise',
    value: '<HOST[:PORT]>',
    help: 'the address that others are told to dial, where it is not the one listened at: behind NAT, in a container',
    parse: parseAdvertised,
    takers: ['start'],
  },
  {
    name: 'join',
    short: '-j',
    value: '<URL>',
    help: 'join the circuit of the server that printed this URL; may be given several times',
    parse: parseUrl,
    preset: { value: [], shown: 'none' },
    many: true,
    takers: ['start'],
    reload: true,
  },
  {
    name: 'join-name',
    value: '<NAME>',
    help: 'join servers that this DNS name leads to: SRV records of _circuit._tcp.NAME, or NAME:PORT',
    takers: ['start'],
  },
  {
    name: 'discover',
    value: '<GROUP:PORT>',
    help: `find other servers by multicast; "" finds none (default: ${formatGroup(DEFAULT_GROUP)} on the loopback interface)`,
    parse: (text) => (text === '' ? 'none' : parseGroup(text)),
    empty: true,
    takers: ['start'],
  },
  {
    name: 'patience',
    value: '<SECONDS>',
    help: 'how much longer to wait for a server that cannot be reached before it is taken for dead',
    parse: numberOption('seconds', { min: 0, max: OPTION_MAX_S }),
    preset: { value: 0 },
    takers: ['start'],
  },
  {
    name: 'dial',
    short: '-d',
    value: '<URL>',
    help: 'the server to go through, by the URL that it has printed; given several times: the first that answers (default: $CIRCUIT)',
    parse: parseUrl,
    many: true,
    variable: 'CIRCUIT',
    takers: ['client'],
  },
  {
    name: 'key',
    value: '<FILE>',
    help: "file with the circuit's key (default: $CIRCUIT_KEY, else the user's own, made at the first start)",
    path: true,
    takers: ['start', 'client'],
    reload: true,
  },
  {
    name: 'hmac',
    value: '<FILE>',
    help: 'the same, as the original calls it (default: $CIRCUIT_HMAC)',
    conflicts: ['key'],
    path: true,
    takers: ['start', 'client'],
    reload: true,
  },
  {
    name: 'insecure',
    help: 'no key and no encryption: everyone who reaches the port may run programs',
    preset: { value: false },
    conflicts: ['key', 'hmac'],
    takers: ['start', 'client'],
  },
  {
    name: 'log-level',
    value: '<LEVEL>',
    help: 'log this and what is graver',
    choices: LOG_LEVELS,
    parse: oneOf(LOG_LEVELS),
    preset: { value: 'info' },
    takers: ['start', 'mount'],
    reload: true,
  },
  {
    name: 'log-format',
    value: '<FORMAT>',
    help: 'lines for people, JSON objects, or lines with the priorities of the journal (default: text on a terminal, journal under systemd, else json)',
    choices: LOG_FORMATS,
    parse: oneOf(LOG_FORMATS),
    takers: ['start', 'mount'],
    reload: true,
  },
  {
    name: 'metrics',
    value: '<[HOST]:PORT>',
    help: 'serve /metrics for Prometheus, /healthz and /readyz by HTTP there; on the loopback interface unless a host is named (default: off)',
    parse: parseMetricsAddress,
    takers: ['start'],
  },
];

/** The options of the table that a command takes, in its order. */
export function tableOptions(taker: Taker, names?: readonly string[]): readonly TableOption[] {
  const rows = OPTIONS.filter(({ name, takers }) => takers.includes(taker) && names?.includes(name) !== false);
  return rows.map((row) => new TableOption(row));
}

function oneOf(words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw new CircuitError('EINVAL', `expected ${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`);
  };
}
