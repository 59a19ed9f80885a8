/**
 * Tells the service manager how the daemon is doing, as sd_notify(3) says: ready, reloading, stopping, a sentence for `systemctl status`, and at
 * half of its watchdog's time that the event loop turns. Without NOTIFY_SOCKET nobody is told.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { addonProblem, native } from '../../../native/index.js';
import type { Circuit } from '../../api/circuit.js';
import { OPTION_MAX_S } from '../../base/limits.js';
import { escapeControls } from '../../base/quote.js';
import type { MountKeeper } from './mount-keeper.js';

/** When to try again while the manager does not read, in ms. */
const RETRY_MS = 100;
/** By its path: a search could lead to the own mount. */
const NOTIFY_PROGRAM = '/usr/bin/systemd-notify';
/** How long it waits, by itself, for a manager that does not read; the last word is waited for as long. */
const LAST_WORD_MS = 5_000;

type Environment = Readonly<Record<string, string | undefined>>;

export class ServiceManager {
  readonly #socket: string;
  /** Datagrams for which there was no room. */
  #waiting: string[] = [];
  #phase: 'starting' | 'ready' | 'stopping' = 'starting';
  #status = '';

  constructor(env: Environment) {
    const { NOTIFY_SOCKET: socket = '' } = env;
    this.#socket = socket;
    const interval_ms = socket === '' ? undefined : keepAlive_ms(env, process.pid);
    // A timer, so that a loop that does not turn says nothing.
    if (interval_ms !== undefined) setInterval(() => this.#keepAlive(), interval_ms).unref();
  }

  ready(): void {
    this.#phase = 'ready';
    this.#tell('READY=1', `STATUS=${this.#status}`);
  }

  /** How it is, in a sentence; told when it is ready, and when the sentence is another one. */
  status(sentence: string): void {
    const status = escapeControls(sentence); // a line break would begin another assignment
    if (status === this.#status) return;
    this.#status = status;
    if (this.#phase === 'ready') this.#tell(`STATUS=${status}`);
  }

  /** Around what reads settings again: systemd waits for its end (`Type=notify-reload`). */
  reload(work: () => void): void {
    const isReady = this.#phase === 'ready';
    if (isReady) this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    try {
      work();
    } finally {
      if (isReady) this.#tell('READY=1');
    }
  }

  stopping(): void {
    this.#phase = 'stopping';
    this.#tell('STOPPING=1', 'STATUS=stopping');
  }

  /** Resolves when the programs that tell it have ended, or the manager takes too long: for the end of this process. */
  async told(): Promise<void> {
    await Promise.race([notified, delay(LAST_WORD_MS, undefined, { ref: false })]);
  }

  #keepAlive(): void {
    if (this.#waiting.length === 0) this.#tell('WATCHDOG=1');
  }

  #tell(...assignments: readonly string[]): void {
    if (this.#socket === '') return;
    const isFirst = this.#waiting.length === 0;
    // Of sentences that wait only the latest counts.
    if (assignments.every((one) => one.startsWith('STATUS='))) this.#waiting = this.#waiting.filter((one) => !one.startsWith('STATUS='));
    this.#waiting.push(assignments.join('\n'));
    if (isFirst) this.#drain();
  }

  #drain(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        if (addonProblem() === undefined) native.sendDatagram(this.#socket, next);
        else notifyByProgram(next);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return void setTimeout(() => this.#drain(), RETRY_MS).unref();
        // A manager that has gone away is no reason to stop.
      }
      this.#waiting.shift();
    }
  }
}

/** What was handed to programs so far: one after another, since their order means something. */
let notified: Promise<unknown> = Promise.resolve();

/** By systemd's own program, since Node has no such sockets. Where that is not there nobody is told. */
function notifyByProgram(text: string): void {
  notified = notified.then(async () => {
    const child = spawn(NOTIFY_PROGRAM, text.split('\n'), { stdio: 'ignore', cwd: '/' });
    await once(child, 'exit').catch(() => undefined);
  });
}

/** How often WATCHDOG=1 is wanted of the process with this ID, in ms: sd_watchdog_enabled(3) says at half of the time. Undefined: never. */
export function keepAlive_ms({ WATCHDOG_USEC: limit = '', WATCHDOG_PID: meant = '' }: Environment, pid: number): number | undefined {
  const isMeant = meant === '' || meant === String(pid);
  const half_ms = /^\d+$/.test(limit) ? Number(limit) / 2000 : 0;
  return isMeant && half_ms > 0 ? Math.min(half_ms, OPTION_MAX_S * 1000) : undefined;
}

/** How many servers there are, and where they are mounted. */
export async function reportStatus(
  manager: ServiceManager,
  circuit: Circuit,
  mount: Pick<MountKeeper, 'directory' | 'lost'> | undefined,
): Promise<void> {
  let place = mount === undefined ? 'without a mount' : `mounted at ${mount.directory}`;
  const report = (): void => {
    const count = circuit.members().length;
    manager.status(`${count} ${count === 1 ? 'server' : 'servers'}, ${place}`);
  };
  const unmounted = (): void => {
    place = 'without a mount';
    report();
  };
  mount?.lost.then(unmounted, unmounted);
  report();
  const changes = circuit.changes();
  while ((await changes.next()).done !== true) report();
}
