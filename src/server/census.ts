/**
 * What is counted of a server only when somebody asks: its anchors and elements, its sessions, its mount.
 */
import type { Counter, Gauge, Registry } from 'prom-client';
import type { ElementKind } from '../base/kind.js';

export interface Census {
  readonly anchors: number;
  readonly elements: ReadonlyMap<ElementKind, number>;
  /** Processes that run, those whose elements were scrubbed included. */
  readonly processes: number;
  /** Containers that run. */
  readonly containers: number;
  /** Live servers of the circuit, this one included. */
  readonly members: number;
  /** What membership has done since the start, by name; none without a network. */
  readonly membership: Readonly<Record<string, number>>;
  readonly messages?: Messages;
  readonly held?: HeldCensus;
  readonly network?: NetworkCensus | undefined;
  readonly mount?: MountCensus | undefined;
}

/** Messages of all channels since the start. */
export interface Messages {
  readonly sent: number;
  readonly received: number;
}

/** What is held of all locks and channels now. */
export interface HeldCensus {
  /** Holders of locks, and claims that wait. */
  readonly holders: number;
  readonly waiting: number;
  /** Messages that somebody works on, and those that came back too often. */
  readonly taken: number;
  readonly dead: number;
}

export interface NetworkCensus {
  /** Members that are suspected to be dead. */
  readonly suspected: number;
  /** Sessions that peers have begun here, and how often one went on over another connection. */
  readonly sessions: number;
  readonly resumed: number;
  /** Readers and writers that peers have open. */
  readonly streams: number;
  /** Calls of peers that wait. */
  readonly blocked: number;
  readonly received_bytes: number;
  readonly sent_bytes: number;
}

export interface MountCensus {
  /** Callers that wait for an answer. */
  readonly blocked: number;
  /** Requests that the kernel has for the engine and that are not answered; undefined where that is not told. */
  readonly queue: number | undefined;
}

interface Make {
  readonly Gauge: typeof Gauge;
  readonly Counter: typeof Counter;
}

/** The part that a server without network or mount does not have. */
export function registerCensus(registry: Registry, census: () => Census, make: Make): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number | undefined): void => {
    const self: Gauge = new make.Gauge({ name, help, registers, collect: () => setOr(self, value()) });
  };
  const counter = (name: string, help: string, values: () => Readonly<Record<string, number>>): void => {
    const self: Counter = new make.Counter({
      ...{ name, help, labelNames: ['direction'], registers },
      collect: () => {
        self.reset();
        for (const [direction, value] of Object.entries(values())) self.inc({ direction }, value);
      },
    });
  };
  gauge('circuit_members_suspected', 'Live servers that give no sign of life at the moment', () => census().network?.suspected ?? 0);
  gauge('circuit_sessions', 'Sessions that servers and clients have begun here', () => census().network?.sessions ?? 0);
  const resumed: Counter = new make.Counter({
    ...{ name: 'circuit_sessions_resumed_total', help: 'How often a session went on over another connection', registers },
    collect: () => {
      resumed.reset();
      resumed.inc(census().network?.resumed ?? 0);
    },
  });
  gauge('circuit_open_streams', 'Readers and writers that servers and clients have open', () => census().network?.streams ?? 0);
  counter('circuit_stream_bytes_total', 'Bytes of streams and messages between this server and others', () => {
    const { received_bytes = 0, sent_bytes = 0 } = census().network ?? {};
    return { received: received_bytes, sent: sent_bytes };
  });
  counter('circuit_messages_total', 'Messages of all channels', () => ({ sent: 0, received: 0, ...census().messages }));
  gauge('circuit_messages_taken', 'Messages of all channels that were taken and are not done', () => census().held?.taken ?? 0);
  gauge('circuit_messages_dead', 'Messages of all channels that came back too often', () => census().held?.dead ?? 0);
  gauge('circuit_lock_holders', 'Holders of all locks', () => census().held?.holders ?? 0);
  gauge('circuit_lock_waiters', 'Claims that wait for a lock', () => census().held?.waiting ?? 0);
  const blocked: Gauge = new make.Gauge({
    ...{ name: 'circuit_blocked_callers', help: 'Calls that wait for an answer, by where they come from', labelNames: ['from'], registers },
    collect: () => {
      blocked.set({ from: 'session' }, census().network?.blocked ?? 0);
      blocked.set({ from: 'mount' }, census().mount?.blocked ?? 0);
    },
  });
  gauge('circuit_mount_requests', 'Requests of the kernel that the mount has not answered', () => census().mount?.queue);
}

function setOr(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.reset();
  else gauge.set(value);
}
