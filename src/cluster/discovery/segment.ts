/**
 * Discovery on the network of one interface: announcements, questions, answers. Pure: datagrams in, datagrams and hints out. The socket's owner calls
 * `step` at `wake_ms`.
 */
import type { Address } from '../../base/address.js';
import { isLoopback } from '../../base/ip.js';
import { type Announcement, decode, encodeAnnouncement, encodeQuestion } from './announcement.js';
import { Beacon, type Known } from './beacon.js';
import type { Hint } from './hint.js';
import type { LocalInterface } from './interfaces.js';
import { type Keys, openSeal, sealIdentity } from './seal.js';
import { SourceBudget } from './source-budget.js';

/** What a server knows and announces, queried anew each time. */
export interface Speaker extends Known {
  /** A host of `0.0.0.0` stands for the address of the interface on which it is announced. */
  self(): Pick<Announcement, 'id' | 'address'>;
  keys(): Keys;
}

/** What a datagram turned out to be. */
export type Heard =
  | { readonly kind: 'hint'; readonly hint: Hint }
  /** Sealed with another key. */
  | { readonly kind: 'other'; readonly identity: string }
  | { readonly kind: 'forged' }
  /** Beyond the rate limit, and not inspected. */
  | { readonly kind: 'flood' }
  /** This server's own, a question, or malformed. */
  | { readonly kind: 'nothing' };

const NOTHING: Heard = { kind: 'nothing' };

export class Segment {
  readonly local: LocalInterface;
  readonly #speaker: Speaker;
  readonly #beacon: Beacon;
  readonly #budget = new SourceBudget();

  /** @param random uniform in [0, 1) */
  constructor(local: LocalInterface, speaker: Speaker, random: () => number, now_ms: number) {
    this.local = local;
    this.#speaker = speaker;
    this.#beacon = new Beacon(speaker, random, now_ms);
  }

  /** When to call `step` next. */
  get wake_ms(): number {
    return this.#beacon.wake_ms;
  }

  /** What a starting server says: a question, and its own announcement, so that of two that start at once each hears of the other. */
  greeting(nonce: string): readonly Buffer[] {
    this.#beacon.asks(nonce); // the question loops back; others are to answer it
    return [encodeQuestion(nonce, this.#speaker.keys().speak), ...this.#announce([undefined])];
  }

  /** Takes a datagram from this network. What does not even look sealed is no burden, and takes nothing of its source's budget. */
  hear(datagram: Buffer, source: string, now_ms: number): Heard {
    if (sealIdentity(datagram) === undefined) return NOTHING;
    if (!this.#budget.take(source, now_ms, this.#speaker.members())) return { kind: 'flood' };
    const seal = openSeal(datagram, this.#speaker.keys());
    if (seal === undefined) return NOTHING;
    if (seal.verdict === 'other') return { kind: 'other', identity: seal.identity };
    if (seal.verdict === 'forged') return { kind: 'forged' };
    const message = decode(datagram);
    if (message?.type === 'announcement') return this.#hearAnnouncement(message.announcement, message.nonce, now_ms);
    if (message !== undefined && this.#address() !== undefined) this.#beacon.asked(message.nonce, now_ms);
    return NOTHING;
  }

  /** This server's view changed. */
  changed(now_ms: number): void {
    this.#beacon.changed(now_ms);
  }

  /** The datagrams to send now. */
  step(now_ms: number): readonly Buffer[] {
    return this.#announce(this.#beacon.due(now_ms));
  }

  /** @param nonces of the questions that the announcements answer, if they answer one */
  #announce(nonces: readonly (string | undefined)[]): readonly Buffer[] {
    const address = this.#address();
    if (address === undefined) return [];
    const announcement = { ...this.#speaker.self(), address, digest: this.#speaker.digest(), members: this.#speaker.members() };
    return nonces.map((nonce) => encodeAnnouncement(announcement, this.#speaker.keys().speak, nonce));
  }

  #hearAnnouncement(announcement: Announcement, nonce: string | undefined, now_ms: number): Heard {
    if (announcement.id === this.#speaker.self().id) return NOTHING;
    // Another machine's loopback address would lead back to this one.
    if (isLoopback(announcement.address.host) && !this.local.loopback) return NOTHING;
    const hint = this.#beacon.heard(announcement, nonce, now_ms);
    return hint === undefined ? NOTHING : { kind: 'hint', hint };
  }

  /** The address to announce here; undefined if nobody on this network could reach it. */
  #address(): Address | undefined {
    const { address } = this.#speaker.self();
    if (address.host === '0.0.0.0') return { ...address, host: this.local.address };
    return isLoopback(address.host) && !this.local.loopback ? undefined : address;
  }
}
