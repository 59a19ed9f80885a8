/**
 * Hints: what discovery found leads to a dial, sooner or later, or never. Hints are untrusted, stale and too many: when a thousand servers start at once
 * each hears of each, and a dial for each hint would be a million handshakes, most of them to servers that rumors tell of a moment later.
 *
 * Owns the hints that wait, and decides which of them is dialled when. A server without a view joins through one address at a time. Any other dials
 * two at most, after a random lag, so that of the many that hear the same one goes first and spares the others their dials.
 */
import { DISCOVERY_DIALS_PER_SECOND, DISCOVERY_HINTS_PENDING_MAX, MEMBERSHIP_HINT_DIALS_MAX } from '../../base/limits.js';
import { sameDigest } from './codec.js';
import type { Dials } from './dials.js';
import type { Join } from './join.js';
import type { Overlay } from './overlay.js';
import type { Hint } from './protocol.js';
import type { Self } from './self.js';
import type { Timer } from './timer-queue.js';
import { dialsFirst } from './turns.js';
import type { Digest } from './view.js';

/** The random lag grows by this much with each member. */
const LAG_MS_PER_MEMBER = 10;
const GAP_MS = 1000 / DISCOVERY_DIALS_PER_SECOND;

interface Pending {
  hint: Hint;
  /** When it was first heard; of a member with another digest, since when that is so. */
  readonly since_ms: number;
}

export class Hints {
  readonly #self: Self;
  readonly #dials: Dials;
  readonly #overlay: Overlay;
  readonly #join: Join;
  /** Servers outside the view, by ID, or by address without one. */
  readonly #strangers = new Map<string, Pending>();
  /** Live members whose digest differs, by ID. */
  readonly #differing = new Map<string, Pending>();
  /** When an address was last dialled, oldest first. Bounded by the rate of dials times the pause. */
  readonly #dialled_ms = new Map<string, number>();
  /** Whether this server was alone when it last looked, and when it first was not. */
  #wasAlone = true;
  #joined_ms = Number.NEGATIVE_INFINITY;
  /** The own digest, and when it last changed. */
  #digest: Digest | undefined;
  #changed_ms = Number.NEGATIVE_INFINITY;
  /** Those of the live members, when they were last asked for, until the view changes. */
  #addresses: ReadonlySet<string> | undefined;
  /** No dial before that: the random lag, drawn once for all hints that are due. */
  #gate_ms: number | undefined;
  /** Nor before that. */
  #next_ms = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(self: Self, dials: Dials, overlay: Overlay, join: Join) {
    this.#self = self;
    this.#dials = dials;
    this.#overlay = overlay;
    this.#join = join;
  }

  /** Takes what discovery found. A newer hint about the same server replaces the older one, but keeps its place. */
  heard(hint: Hint): void {
    if (hint.id === this.#self.id || hint.address === this.#self.addressOf(this.#self.number)) return;
    this.#watch();
    const key = hint.id ?? hint.address;
    const isMember = this.#isMember(hint);
    if (isMember) this.#strangers.delete(key);
    else this.#differing.delete(key);
    const list = isMember ? this.#differing : this.#strangers;
    if (!this.#matters(hint, isMember)) return void list.delete(key);
    const pending = list.get(key) ?? { hint, since_ms: this.#self.now_ms };
    pending.hint = hint;
    if (!list.has(key) && list.size >= DISCOVERY_HINTS_PENDING_MAX) return;
    list.set(key, pending);
    this.#wakeAt(this.#due_ms(pending, isMember));
  }

  /** A dial has ended, or a wait: decides anew. */
  look(): void {
    const { now_ms, view, random, parameters } = this.#self;
    this.#watch();
    this.#forgetDialled();
    const { due, next_ms } = this.#due();
    if (due.length === 0) this.#gate_ms = undefined;
    if (due.length === 0) return this.#wakeAt(next_ms);
    const isAlone = view.live === 1;
    // The outcome of a dial wakes it.
    if (isAlone ? !this.#join.isFree : this.underWay >= MEMBERSHIP_HINT_DIALS_MAX) return;
    const lag_ms = isAlone ? 0 : random.between(0, Math.min(parameters.hintMax_ms, view.live * LAG_MS_PER_MEMBER));
    this.#gate_ms ??= now_ms + lag_ms;
    const open_ms = Math.max(isAlone ? now_ms : this.#gate_ms, this.#next_ms);
    if (now_ms < open_ms) return this.#wakeAt(open_ms);
    this.#gate_ms = undefined;
    this.#next_ms = now_ms + GAP_MS;
    const pending = this.#pick(due, isAlone);
    if (pending !== undefined) this.#dial(pending, isAlone);
    this.#wakeAt(this.#next_ms);
  }

  /** Dials for hints under way. */
  get underWay(): number {
    return this.#dials.count('hint') + this.#join.hinted;
  }

  #dial({ hint }: Pending, isAlone: boolean): void {
    const key = hint.id ?? hint.address;
    this.#strangers.delete(key);
    this.#differing.delete(key);
    this.#dialled_ms.delete(hint.address);
    this.#dialled_ms.set(hint.address, this.#self.now_ms);
    if (isAlone) this.#join.hint(hint);
    else this.#overlay.bridge(hint.address, hint.id, 'hint');
  }

  /** Any of those that are due. One that is alone prefers those who say that they are not, whatever their number, which may be a lie. */
  #pick(due: readonly Pending[], isAlone: boolean): Pending | undefined {
    const better = isAlone ? due.filter(({ hint }) => (hint.members ?? 2) > 1) : due;
    const from = better.length > 0 ? better : due;
    return from[this.#self.random.below(from.length)];
  }

  /** The hints that may be dialled now, and when the next one may. Forgets those that have become pointless. */
  #due(): { readonly due: readonly Pending[]; readonly next_ms: number } {
    const due: Pending[] = [];
    let next_ms = Number.POSITIVE_INFINITY;
    for (const list of [this.#strangers, this.#differing]) {
      for (const [key, pending] of list) {
        const isMember = this.#isMember(pending.hint);
        if (isMember !== (list === this.#differing) || !this.#matters(pending.hint, isMember)) {
          list.delete(key);
          continue;
        }
        const due_ms = this.#due_ms(pending, isMember);
        if (due_ms <= this.#self.now_ms) due.push(pending);
        else next_ms = Math.min(next_ms, due_ms);
      }
    }
    return { due, next_ms };
  }

  #due_ms({ hint, since_ms }: Pending, isMember: boolean): number {
    const { id, view, health, parameters } = this.#self;
    const { hintTurn_ms, hintNews_ms, hintCompare_ms, hintPause_ms } = parameters;
    const free_ms = (this.#dialled_ms.get(hint.address) ?? Number.NEGATIVE_INFINITY) + hintPause_ms;
    // Links compare views by themselves; and while the own view changes, a difference is but news under way.
    if (isMember) return Math.max(free_ms, Math.max(since_ms, this.#changed_ms) + health.grace(hintCompare_ms));
    if (!dialsFirst({ id, members: view.live }, { id: hint.id, members: hint.members }))
      return Math.max(free_ms, since_ms + health.grace(hintTurn_ms));
    if (view.live === 1 || hint.members === undefined) return Math.max(free_ms, since_ms);
    // As a rule it has joined through another member, and the news is under way.
    return Math.max(free_ms, Math.max(since_ms, this.#joined_ms) + health.grace(hintNews_ms));
  }

  /** Whether the hint may ever be a reason to dial. */
  #matters({ id, digest }: Hint, isMember: boolean): boolean {
    if (isMember) return digest !== undefined && !sameDigest(digest, this.#self.view.digest);
    return id === undefined || !this.#self.hasLeft(id);
  }

  /** Whether it is one, or, if it does not speak for itself, whether one is at that address, be it another server than there once was. */
  #isMember({ address, id, members }: Hint): boolean {
    const { view } = this.#self;
    if (id !== undefined && view.isLive(view.identities.find(id))) return true;
    if (id !== undefined && members !== undefined) return false;
    this.#addresses ??= new Set(
      [...view.entries()].filter(([number]) => view.isLive(number)).map(([number]) => this.#self.addressOf(number)),
    );
    return this.#addresses.has(address);
  }

  /** Notes changes of the own view. */
  #watch(): void {
    const { view, now_ms } = this.#self;
    const { digest } = view;
    if (this.#wasAlone && view.live > 1) this.#joined_ms = now_ms;
    this.#wasAlone = view.live === 1;
    if (this.#digest?.low === digest.low && this.#digest.high === digest.high) return;
    this.#digest = digest;
    this.#addresses = undefined;
    this.#changed_ms = now_ms;
  }

  #forgetDialled(): void {
    for (const [address, dialled_ms] of this.#dialled_ms) {
      if (this.#self.now_ms - dialled_ms < this.#self.parameters.hintPause_ms) return;
      this.#dialled_ms.delete(address);
    }
  }

  /** Looks at that time, unless it does so earlier. */
  #wakeAt(at_ms: number): void {
    if (at_ms === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timer.at_ms <= at_ms)) return;
    this.#self.timers.cancel(this.#timer);
    this.#timer = this.#self.timers.at(at_ms, 'hint', () => {
      this.#timer = undefined;
      this.look();
    });
  }
}
