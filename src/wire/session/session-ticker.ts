/**
 * The time of all sessions of one side: a tick for those in which something goes on, and a look at all of them each second, each five if all are idle,
 * which is the tick of those whose calls only wait, closes the idle ones and gives up those that are broken for too long, or whose peer has ended. Two timers in all, and none
 * while there are no sessions.
 */
import { CircuitError } from '../../base/error.js';
import type { Clock } from '../../base/clock.js';
import type { Session } from './session.js';

/** A session with its connection, as time sees it. */
interface Timed {
  readonly session: Session;
  /** How long it may stay idle, and how long without a connection, in ms. */
  readonly idle_ms: number;
  readonly patience_ms: number;
  /** Since when it is without a connection, and since when it is known to be idle. */
  readonly broken_ms: number | undefined;
  idleSince_ms: number | undefined;
  /** Whether the peer is known to have ended. */
  readonly isGone: boolean;
  /** The connection is no good any more. */
  break(why: string): void;
}

const TICK_MS = 50;
const LOOK_MS = 1000;
/** Between two looks while nothing goes on. */
const IDLE_LOOK_MS = 5000;
/** A timer is as late as this only in a process that was stopped, or starved. */
const STALL_MS = 500;
/** How long a program that has ended may take to take along what it has started, which `circuit lock` does. */
const AFTERMATH_MS = 1000;

export class SessionTicker {
  readonly #clock: Clock;
  readonly #all = new Set<Timed>();
  readonly #awake = new Set<Timed>();
  #ticking = false;
  /** When the timer went off last, or was set. */
  #last_ms = 0;
  /** Calls off the next look, which comes `#look_ms` after the one before; undefined: there is none. */
  #callOffLook: (() => void) | undefined;
  #look_ms = LOOK_MS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(carried: Timed): void {
    this.#all.add(carried);
    this.#lookSoon();
  }

  remove(carried: Timed): void {
    this.#all.delete(carried);
    this.#awake.delete(carried);
    if (this.#all.size > 0) return;
    this.#callOffLook?.();
    this.#callOffLook = undefined;
  }

  /** Whether no timer has gone off for so long that this process cannot have run. */
  isLate(now_ms: number): boolean {
    return this.#callOffLook !== undefined && now_ms - this.#last_ms > this.#look_ms + STALL_MS;
  }

  /** Something goes on there. */
  wake(carried: Timed): void {
    if (this.#awake.has(carried) || carried.session.reason !== undefined) return;
    carried.idleSince_ms = undefined;
    this.#awake.add(carried);
    this.#lookSoon();
    if (this.#ticking) return;
    this.#ticking = true;
    this.#clock.after(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    const now_ms = this.#clock.now_ms();
    const stalled = this.#noticeStall(now_ms);
    for (const carried of this.#awake) {
      if (stalled) break; // what has arrived meanwhile is read before the next tick
      const { session } = carried;
      this.#tickOne(carried, now_ms);
      if (session.idle) carried.idleSince_ms = now_ms;
      if (session.idle || session.calm) this.#awake.delete(carried);
    }
    this.#ticking = this.#awake.size > 0;
    if (this.#ticking) this.#clock.after(TICK_MS, () => this.#tick());
  }

  #tickOne(carried: Timed, now_ms: number): void {
    if (!carried.session.tick(now_ms)) carried.break('the other end is silent');
  }

  #look(): void {
    const now_ms = this.#clock.now_ms();
    this.#noticeStall(now_ms);
    this.#callOffLook = undefined;
    for (const carried of this.#all) this.#lookAt(carried, now_ms);
    this.#lookOn();
  }

  /** Unless there is nothing to look at any more, or what was found has set the next look already. */
  #lookOn(): void {
    if (this.#all.size > 0 && this.#callOffLook === undefined) this.#lookIn(this.#isIdle ? IDLE_LOOK_MS : LOOK_MS);
  }

  /** Nothing goes on, and nothing is broken. */
  get #isIdle(): boolean {
    for (const { session, broken_ms } of this.#all) if (!session.idle || broken_ms !== undefined) return false;
    return true;
  }

  /** From now on there is something to look at. */
  #lookSoon(): void {
    if (this.#callOffLook !== undefined && this.#look_ms === LOOK_MS) return;
    const now_ms = this.#clock.now_ms();
    if (!this.isLate(now_ms)) this.#last_ms = now_ms; // otherwise the next timer notices
    this.#callOffLook?.();
    this.#lookIn(LOOK_MS);
  }

  #lookIn(delay_ms: number): void {
    this.#look_ms = delay_ms;
    this.#callOffLook = this.#clock.after(delay_ms, () => this.#look());
  }

  /** A timer goes off. If it is late, this process did not run, and all sessions are told. */
  #noticeStall(now_ms: number): boolean {
    const late = this.isLate(now_ms);
    this.#last_ms = now_ms;
    if (!late) return false;
    for (const carried of this.#all) {
      carried.session.stalled();
      this.wake(carried);
    }
    return true;
  }

  #lookAt(carried: Timed, now_ms: number): void {
    const { session, broken_ms, idle_ms, patience_ms } = carried;
    const silent_ms = broken_ms === undefined ? undefined : now_ms - broken_ms;
    if (silent_ms !== undefined && silent_ms >= AFTERMATH_MS && carried.isGone) {
      session.end(new CircuitError('EHOSTDOWN', `${session.peer.id} has ended`), { knows: true });
    } else if (silent_ms !== undefined && silent_ms >= patience_ms) {
      const reason = new CircuitError('EHOSTDOWN', `${session.peer.id} could not be reached for ${patience_ms / 1000} s`);
      session.end(reason, { knows: false, silent_ms });
    } else if (!session.idle) {
      if (session.calm && !this.#awake.has(carried)) this.#tickOne(carried, now_ms);
      if (!session.calm) this.wake(carried);
    } else {
      carried.idleSince_ms ??= now_ms;
      if (now_ms - carried.idleSince_ms < idle_ms) return;
      if (session.attached) session.finish();
      else session.end(new CircuitError('EHOSTDOWN', `the session with ${session.peer.id} was closed`));
    }
  }
}
