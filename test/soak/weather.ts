/**
 * Carries out the faults of a round at their times, notes when each was there, and makes all well again at the end: one that stays is nobody's excuse.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bed } from '../lib/hosts/bed.js';
import type { Circuit } from '../lib/hosts/circuit.js';
import type { HostDaemonOptions } from '../lib/hosts/host-daemon.js';
import type { Disturbance } from './excuses.js';
import type { FaultPlan } from './plan.js';

/** Longer than most silences that are made here. */
export const DAEMON: HostDaemonOptions = { args: ['--patience', '5'] };

export class Weather {
  readonly disturbances: Disturbance[] = [];
  readonly #bed: Bed;
  readonly #circuit: Circuit;
  /** Hosts whose server is down or about to be: nothing else is done to them. */
  readonly #down = new Set<number>();

  constructor(bed: Bed, circuit: Circuit) {
    this.#bed = bed;
    this.#circuit = circuit;
  }

  /** Resolves when all of them are over. */
  async run(faults: readonly FaultPlan[], log: (what: string) => void): Promise<void> {
    await Promise.all(faults.map((fault) => this.#carryOut(fault, log)));
    await this.#bed.heal();
  }

  async #carryOut(fault: FaultPlan, log: (what: string) => void): Promise<void> {
    await delay(fault.at_ms);
    if (this.#down.has(fault.host)) return;
    const begin_ms = Date.now();
    log(`${fault.kind} web-${fault.host}${'other' in fault ? ` and web-${fault.other}` : ''}, ${fault.for_ms} ms`);
    await this.#begin(fault);
    log(`${fault.kind} web-${fault.host} is over`);
    const { kind, host } = fault;
    const more = 'other' in fault ? { other: fault.other } : 'percent' in fault ? { percent: fault.percent } : {};
    this.disturbances.push({ kind, host, ...more, begin_ms, end_ms: Date.now() });
  }

  /** Begins it, and ends it when its time has come. */
  async #begin(fault: FaultPlan): Promise<void> {
    const { host, for_ms } = fault;
    switch (fault.kind) {
      case 'cut':
        await this.#bed.cut(host);
        await delay(for_ms);
        return this.#bed.heal(host);
      case 'oneWay':
        return this.#during(for_ms, await this.#bed.faults.oneWay([host], [fault.other]));
      case 'split':
        return this.#during(
          for_ms,
          await this.#bed.faults.oneWay([host], [fault.other]),
          await this.#bed.faults.oneWay([fault.other], [host]),
        );
      case 'loss':
        return this.#during(for_ms, await this.#bed.faults.loss(host, fault.percent));
      case 'reset':
        return this.#bed.resetConnections(host);
      case 'hup':
        this.#circuit.daemon(host).kill('SIGHUP');
        return;
      case 'stop': {
        const daemon = this.#circuit.daemon(host);
        daemon.kill('SIGSTOP');
        await delay(for_ms);
        daemon.kill('SIGCONT');
        return;
      }
      case 'kill':
      case 'unmount':
        return this.#restart(host, for_ms, fault.kind);
    }
  }

  async #during(for_ms: number, ...names: readonly string[]): Promise<void> {
    await delay(for_ms);
    for (const name of names) await this.#bed.faults.end(name);
  }

  /** A server that was killed is away for a time; one whose mount was taken away mounts again, and is then stopped in order. */
  async #restart(host: number, for_ms: number, kind: 'kill' | 'unmount'): Promise<void> {
    this.#down.add(host);
    const daemon = this.#circuit.forget(host);
    daemon.kill('SIGCONT');
    if (kind === 'kill') await daemon.crash();
    else await this.#bed.host(host).run('umount --lazy /circuit');
    await delay(for_ms);
    await daemon.stop();
    await this.#circuit.add(host, DAEMON);
    this.#down.delete(host);
  }
}
