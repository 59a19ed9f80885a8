/**
 * Servers that form a cluster by themselves, one a host: ours, and agents of serf (Debian's, with the timing of a local network, and a key as ours).
 * Both tell on their output, in lines, whom they know: that is what is waited for.
 */
import { readFileSync } from 'node:fs';
import type { Host } from '../../test/lib/hosts/host.js';
import type { Program } from '../../test/lib/hosts/program.js';
import { requireProgram } from '../program.js';

export interface Agent {
  /** Of this start, not of the host: no later one has it. */
  readonly id: string;
  /** What is killed when it crashes. */
  readonly pid: number;
  readonly program: Program;
  /** Ends it in order: the others are told. */
  readonly leave: () => Promise<void>;
}

/** `gone`: one that leaves right after it has come may be taken for one that is down. */
export type Told = 'joined' | 'gone' | 'down';

/** How agents of a kind are started, and what they say of each other. */
export interface AgentKind {
  readonly name: string;
  /** Resolves when it says that it runs. The first one of a cluster finds the others never; they find it. */
  readonly start: (host: Host, first: Host) => Promise<Agent>;
  readonly says: (id: string, what: Told) => RegExp;
}

const OUR_WORDS = { joined: 'has joined', gone: '(has left|is down)', down: 'is down' } as const;

export const CIRCUIT: AgentKind = {
  name: 'circuit',
  start: async (host) => {
    const daemon = await host.start();
    return { id: daemon.id, pid: daemon.pid, program: daemon.program, leave: () => daemon.stop() };
  },
  says: (id, what) => new RegExp(`server ${id} .* ${OUR_WORDS[what]}`),
};

const SERF_WORDS = { joined: 'Join', gone: '(Leave|Failed)', down: 'Failed' } as const;
let serfs = 0;

/** @throws AbsentError */
export function serfKind(): AgentKind {
  requireProgram('serf', 'serf');
  return {
    name: 'serf',
    start: async (host, first) => {
      const id = `${host.name}-${++serfs}`;
      const key = readFileSync(host.key, 'utf8').trim();
      const join = host === first ? [] : [`-join=${first.address}`];
      const program = host.spawn(['serf', 'agent', `-node=${id}`, `-bind=${host.address}`, `-encrypt=${key}`, ...join]);
      await program.says(/Serf agent running/);
      return { id, pid: program.pid, program, leave: () => program.stop('SIGINT') };
    },
    says: (id, what) => new RegExp(`EventMember${SERF_WORDS[what]}: ${id} `),
  };
}
