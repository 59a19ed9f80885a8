/**
 * Anti-entropy: compares two views whose digests differ. First the bucket hashes, then the entries of differing buckets, then what one side lacks.
 *
 * It repairs rumors lost while links moved, and merges circuits that meet. A bucket that changed a moment ago is left for the next time, unless two
 * circuits meet: no news is under way between them.
 */
import { MEMBERSHIP_RUMORS_MAX, MEMBERSHIP_ENTRIES_MAX } from '../../base/limits.js';
import { BUCKETS } from './identity-table.js';
import type { ViewUpdates } from './view-updates.js';
import type { PeerLink } from './peer-links.js';
import type { Buckets, Entries, Rumors, Want } from './gossip-message.js';
import { ALIVE, DEAD, incarnationOf, isLive, type Rumor, stateOf, versionOf } from './record.js';
import type { Self } from './self.js';
import type { Digest } from './view.js';

export class Reconciliation {
  readonly #self: Self;
  readonly #updates: ViewUpdates;

  constructor(self: Self, updates: ViewUpdates) {
    this.#self = self;
    this.#updates = updates;
  }

  equal(digest: Digest): boolean {
    const own = this.#self.view.digest;
    return own.low === digest.low && own.high === digest.high;
  }

  begin(link: PeerLink): void {
    this.#self.counters.comparisons++;
    const hashes = Array.from({ length: BUCKETS }, (_, bucket) => this.#self.view.bucketHash(bucket));
    this.#self.effects.send(link.token, { kind: 'buckets', hashes });
  }

  buckets(link: PeerLink, { hashes }: Buckets): void {
    const { view, now_ms } = this.#self;
    const differing = new Set<number>();
    for (const [bucket, { low, high }] of hashes.entries()) {
      const own = view.bucketHash(bucket);
      const isSettled = link.strange || now_ms - view.bucketChanged_ms(bucket) >= this.#self.parameters.settled_ms;
      if ((own.low !== low || own.high !== high) && isSettled) differing.add(bucket);
    }
    link.strange = false;
    const lists = new Map<number, (readonly [string, number])[]>();
    for (const bucket of differing) lists.set(bucket, []);
    for (const [number, version] of view.entries()) {
      if (isLive(version)) lists.get(view.identities.bucket(number))?.push([this.#self.idOf(number), incarnationOf(version)]);
    }
    let [parts, entries]: [number[], (readonly [string, number])[]] = [[], []];
    for (const [bucket, list] of lists) {
      if (entries.length + list.length > MEMBERSHIP_ENTRIES_MAX && parts.length > 0) {
        this.#self.effects.send(link.token, { kind: 'entries', buckets: parts, entries });
        [parts, entries] = [[], []];
      }
      parts.push(bucket);
      entries.push(...list);
    }
    if (parts.length > 0) this.#self.effects.send(link.token, { kind: 'entries', buckets: parts, entries });
  }

  entries(link: PeerLink, { buckets, entries }: Entries): void {
    const { view } = this.#self;
    const asked = new Set(buckets);
    const theirs = new Map(entries);
    const want: string[] = [];
    const newer: Rumor[] = [];
    for (const [id, incarnation] of entries) {
      const number = view.identities.find(id);
      const version = versionOf(incarnation, ALIVE);
      if (number < 0 || view.version(number) === 0) want.push(id);
      else if (stateOf(view.version(number)) >= DEAD && view.version(number) > version) newer.push(this.#self.rumor(number, false));
      else this.#updates.hear({ id, version }, link, true);
    }
    for (const [number, version] of [...view.entries()]) {
      if (!isLive(version) || !asked.has(view.identities.bucket(number))) continue;
      if ((theirs.get(this.#self.idOf(number)) ?? 0) < incarnationOf(version)) newer.push(this.#self.rumor(number, true));
    }
    this.#tell(link, newer);
    if (want.length > 0) this.#self.effects.send(link.token, { kind: 'want', ids: want });
  }

  want(link: PeerLink, { ids }: Want): void {
    const { view } = this.#self;
    const numbers = ids.map((id) => view.identities.find(id)).filter((number) => number >= 0 && view.version(number) !== 0);
    this.#tell(link, numbers.map((number) => this.#self.rumor(number, true))); // prettier-ignore
  }

  /** Takes the differences found. The peer is told of servers it holds alive that are dead here. */
  found(link: PeerLink, { rumors }: Rumors): void {
    const { view } = this.#self;
    const newer: Rumor[] = [];
    for (const rumor of rumors) {
      const number = this.#updates.hear(rumor, link, true);
      const own = number < 0 ? 0 : view.version(number);
      if (own > rumor.version && isLive(rumor.version) && stateOf(own) >= DEAD) newer.push(this.#self.rumor(number, false));
    }
    this.#tell(link, newer);
  }

  #tell(link: PeerLink, rumors: readonly Rumor[]): void {
    for (let from = 0; from < rumors.length; from += MEMBERSHIP_RUMORS_MAX) {
      this.#self.effects.send(link.token, { kind: 'rumors', rumors: rumors.slice(from, from + MEMBERSHIP_RUMORS_MAX), compared: true });
    }
  }
}
