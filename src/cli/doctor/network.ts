/**
 * What `circuit doctor` makes of the network: multicast, ports, the key, and whether a server answers. Pure, as its neighbour for the machine.
 */
import { adviceOnCode } from '../../cluster/discovery/advice.js';
import { failure, type Finding, ok, warning } from './finding.js';

export interface InterfaceSeen {
  readonly name: string;
  readonly address: string;
  /** Whether what was sent to the group came back; the system's error code, or `silent` if it did not come. */
  readonly result: 'heard' | 'silent' | (string & {});
}

export interface MulticastSeen {
  /** GROUP:PORT. */
  readonly group: string;
  readonly interfaces: readonly InterfaceSeen[];
}

const SILENT = 'a firewall drops it: allow UDP to that group and port, or join servers with -j URL';

/** A line an interface. No failure: servers can be joined by their URLs. */
export function judgeMulticast({ group, interfaces }: MulticastSeen): readonly Finding[] {
  if (interfaces.length === 0) {
    return [
      warning('multicast', `no interface can do multicast, so servers do not find each other at ${group}`, 'join servers with -j URL'),
    ];
  }
  return interfaces.map(({ name, address, result }) => {
    if (result === 'heard') return ok('multicast', `${group} works on ${name} (${address})`);
    const remedy = result === 'silent' ? SILENT : adviceOnCode(result);
    return warning('multicast', `${group} does not work on ${name} (${address}, ${result})`, remedy);
  });
}

/** Error code of listening at a free port of the loopback interface; undefined if that went well. */
export function judgePorts(error: string | undefined): readonly Finding[] {
  if (error === undefined) return [ok('ports', 'a free port of the loopback interface can be listened at')];
  const remedy =
    error === 'EMFILE' ? 'raise "ulimit -n"' : 'bring the interface up with "ip link set lo up", or name an address with -a HOST:PORT';
  return [failure('ports', `no port of the loopback interface can be listened at (${error})`, remedy)];
}

export interface KeySeen {
  readonly file: string;
  /** Whether it was named, by --key or CIRCUIT_KEY, or as the original calls them. */
  readonly named: boolean;
  /** What it holds; undefined if it is not there; or why it cannot be used, in a sentence that says what to do. */
  readonly state: { readonly identities: readonly string[] } | { readonly error: string } | undefined;
}

export function judgeKey({ file, named, state }: KeySeen): readonly Finding[] {
  if (state === undefined) {
    if (named)
      return [
        failure('key', `the key file ${file} is not there`, `copy the circuit's key there, or make one with "circuit keygen ${file}"`),
      ];
    return [ok('key', `${file} is not there yet; the first start makes it`)];
  }
  if ('error' in state) return [failure('key', 'the key cannot be used', state.error)];
  return [ok('key', `${file} holds ${state.identities.join(', ')}`)];
}

/** The server that answered, or why none did. */
export type ServerSeen =
  { readonly id: string; readonly host: string; readonly address: string; readonly servers: number } | { readonly error: string };

/** A warning: one may come here to find out why a first server does not start. */
export function judgeServer(seen: ServerSeen): readonly Finding[] {
  if ('error' in seen) return [warning('server', 'no server answers', seen.error)];
  const { id, host, address, servers } = seen;
  return [
    ok('server', `${id} on ${host} answers at ${address}; ${servers === 1 ? 'it is the only one' : `${servers} servers in its circuit`}`),
  ];
}
