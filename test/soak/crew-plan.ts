/**
 * Which programs work at a job, in which styles and on which hosts. Pure: a part of the plan.
 */
import type { Random } from '../../src/cluster/membership/random.js';
import { pick } from './draw.js';

/** How a program sends or receives; `workers/` has one program for each group of them. */
export const SEND_STYLES = ['plain', 'repeat', 'once', 'packet', 'echo', 'trap', 'timeout'] as const;
export const RECV_STYLES = ['plain', 'repeat', 'once', 'packet', 'cat', 'timeout'] as const;
/** How a program holds a lock, or a message: `dies` is killed while it does, or while it waits. */
export const LOCK_STYLES = ['flock', 'append', 'command', 'watch', 'once', 'ask', 'dies'] as const;
export const TAKE_STYLES = ['plain', 'repeat', 'packet', 'loop', 'command', 'dies'] as const;
/** How a program reads a topic. */
export const TOPIC_STYLES = ['plain', 'packet', 'slow', 'repeat', 'next', 'last'] as const;
export type Style =
  | (typeof SEND_STYLES)[number]
  | (typeof RECV_STYLES)[number]
  | (typeof LOCK_STYLES)[number]
  | (typeof TAKE_STYLES)[number]
  | (typeof TOPIC_STYLES)[number];

export interface WorkerPlan {
  readonly name: string;
  readonly role: 'send' | 'recv' | 'select' | 'copy' | 'output' | 'lock' | 'take' | 'dead' | 'publish' | 'subscribe' | 'look';
  readonly host: number;
  readonly style: Style;
  /** Sizes of its messages, in turn. */
  readonly sizes: readonly number[];
  /** Between two messages. */
  readonly pace_ms: number;
  /** Between two signals, for the styles that have them. */
  readonly signal_ms: number;
}

export type JobKind = 'messages' | 'late' | 'selection' | 'stdin' | 'output' | 'tree' | 'locks' | 'takes' | 'topics';

/** One write(2) each, but for the largest. Those who use bash get small ones alone: bash writes long texts in pieces. */
const SMALL = [40, 100, 400];
/** Below the window of 1 MiB, beyond which a second reader may come too late for the first bytes. */
const OUTPUT_LINES = 150_000;
const LARGE = [40, 5_000, 60_000, 300_000];
/** Whether `workers/` has a bash script for that style, not one in Python. */
const BASH: readonly Style[] = ['echo', 'trap', 'timeout', 'cat', 'flock', 'append', 'loop', 'command'];

/** So many programs want one lock, or send and take through one channel. */
const CROWD = 20;
/** Of those at a channel; one more reads what is dead, and all others take. */
const CROWD_SENDERS = 4;

/** Each of the first once, and of the others as many as there is room for: those take the least time for a turn. */
const CROWD_STYLES: Readonly<Record<'locks' | 'takes', readonly [readonly Style[], readonly Style[]]>> = {
  locks: [LOCK_STYLES, ['watch']],
  takes: [TAKE_STYLES, ['packet', 'plain']],
};

export interface Site {
  readonly job: string;
  /** Where the element is. */
  readonly host: number;
  /** The other hosts. */
  readonly others: readonly number[];
}

export function isBash(style: Style): boolean {
  return BASH.includes(style);
}

export function planCrew(random: Random, kind: JobKind, { job, host, others }: Site): readonly WorkerPlan[] {
  const [first = 1, second = 2, third = 3] = others;
  let count = 0;
  const worker = (role: WorkerPlan['role'], at: number, style: Style, sizes: readonly number[] = SMALL): WorkerPlan => {
    const [pace_ms, signal_ms] = [pick(random, [2, 10, 40]), pick(random, [5, 30, 200])];
    return { name: `${job}w${count++}`, role, host: at, style, sizes, pace_ms, signal_ms };
  };
  switch (kind) {
    case 'messages': {
      const receivers = [pick(random, RECV_STYLES), pick(random, RECV_STYLES)].slice(0, 1 + random.below(2));
      const sizes = receivers.some((style) => style === 'cat' || style === 'timeout' || style === 'packet') ? SMALL : LARGE;
      // Where a packet reader's read ends that meets a message of several writes, nobody has promised.
      const senders = receivers.includes('packet')
        ? (['packet', 'packet'] as const)
        : [pick(random, SEND_STYLES), pick(random, SEND_STYLES)];
      return [
        ...senders.map((style) => worker('send', first, style, isBash(style) || style === 'packet' ? SMALL : sizes)),
        ...receivers.map((style) => worker('recv', second, style)),
      ];
    }
    case 'late':
      return [
        worker('send', first, 'repeat', SMALL),
        worker('send', first, 'once', SMALL),
        worker('send', first, 'timeout', SMALL),
        worker('recv', second, 'plain'),
      ];
    case 'selection':
      return [worker('send', first, 'plain'), worker('send', second, 'repeat'), worker('select', second, 'plain')];
    case 'stdin':
      return [worker('copy', first, 'repeat', [1_000_000, 3_000_000]), worker('copy', second, 'plain', [200_000])];
    case 'output':
      return [worker('output', first, 'plain', [OUTPUT_LINES]), worker('output', second, 'plain', [20_000])];
    case 'locks':
      return [
        worker('lock', first, 'flock'),
        worker('lock', second, 'append'),
        worker('lock', third, 'watch'),
        worker('lock', second, 'once'),
        worker('lock', third, 'dies'),
        worker('lock', first, 'command'),
        worker('lock', pick(random, [host, first]), 'ask'),
      ];
    case 'takes': {
      const sizes = pick(random, [SMALL, SMALL, LARGE]);
      const others: readonly Style[] = sizes === SMALL ? ['loop', 'packet', 'command'] : ['plain', 'repeat'];
      return [
        worker('send', first, 'plain', sizes),
        worker('send', third, 'repeat', sizes),
        worker('take', second, 'repeat'),
        worker('take', third, 'dies'),
        ...others.map((style) => worker('take', pick(random, [host, first, second]), style)),
        worker('dead', second, 'plain'),
      ];
    }
    case 'topics':
      return [
        worker('publish', first, pick(random, ['plain', 'packet', 'once', 'echo'])),
        worker('subscribe', second, 'packet'),
        worker('subscribe', second, 'plain'),
        worker('subscribe', third, 'slow'),
        worker('subscribe', pick(random, [host, first, third]), 'repeat'),
        worker('look', second, 'next'),
        worker('look', third, 'last'),
      ];
    case 'tree':
      return [];
  }
}

/** Twenty programs of one job on all hosts, which hardly pause: one of each style, and more of those that take the least time for a turn. */
export function planCrowdOf(random: Random, kind: 'locks' | 'takes', { job, host, others }: Site): readonly WorkerPlan[] {
  const [styles, swift] = CROWD_STYLES[kind];
  const senders = kind === 'locks' ? [] : Array.from({ length: CROWD_SENDERS }, () => ['send', 'plain'] as const);
  const dead = kind === 'locks' ? [] : [['dead', 'plain'] as const];
  const role = kind === 'locks' ? 'lock' : 'take';
  const workers = [...senders, ...dead, ...styles.map((style) => [role, style] as const)];
  while (workers.length < CROWD) workers.push([role, pick(random, swift)]);
  return workers.map(([role, style], at) => {
    const signal_ms = pick(random, [5, 30, 200]);
    return { name: `${job}w${at}`, role, style, host: pick(random, [host, ...others]), sizes: SMALL, pace_ms: 1, signal_ms };
  });
}
