/**
 * Discovery on the network of one interface: announcements, questions, answers. Pure: datagrams in, datagrams and hints out. The socket's owner calls
 * `step` at `wake_ms`.
 */
import type { Address } from '../../base/address.js';
import { isLoopback } from '../../base/ip.js';
import { type Announcement, decode, encodeAnnouncement, encodeQuestion } from './announcement.js';
import { Answers } from './answers.js';
import type { Hint, Standing } from './hint.js';
import type { LocalInterface } from './interfaces.js';
import { type Keys, openSeal, sealIdentity } from './seal.js';
import { SourceBudget } from './source-budget.js';
import { Trickle } from './trickle.js';

/** What a server knows and announces, queried anew each time. */
export interface Speaker {
  /** A host of `0.0.0.0` stands for the address of the interface on which it is announced. */
  self(): Pick<Announcement, 'id' | 'address'>;
  /** Digest of this server's view, 8 bytes. */
  digest(): Uint8Array;
  keys(): Keys;
  known(hint: Hint): Standing;
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
  readonly #trickle: Trickle;
  readonly #answers: Answers;
  readonly #budget = new SourceBudget();

  /** @param random uniform in [0, 1) */
  constructor(local: LocalInterface, speaker: Speaker, random: () => number, now_ms: number) {
    this.local = local;
    this.#speaker = speaker;
    this.#trickle = new Trickle(random, now_ms);
    this.#answers = new Answers(random);
  }

  /** When to call `step` next. */
  get wake_ms(): number {
    return Math.min(this.#trickle.wake_ms, this.#answers.wake_ms ?? Infinity);
  }

  /** The question that a starting server asks. */
  question(nonce: string): Buffer {
    this.#answers.answered(nonce); // the question loops back; others are to answer it
    return encodeQuestion(nonce, this.#speaker.keys().speak);
  }

  /** Takes a datagram from this network. What does not even look sealed is no burden, and takes nothing of its source's budget. */
  hear(datagram: Buffer, source: string, now_ms: number): Heard {
    if (sealIdentity(datagram) === undefined) return NOTHING;
    if (!this.#budget.take(source, now_ms)) return { kind: 'flood' };
    const seal = openSeal(datagram, this.#speaker.keys());
    if (seal === undefined) return NOTHING;
    if (seal.verdict === 'other') return { kind: 'other', identity: seal.identity };
    if (seal.verdict === 'forged') return { kind: 'forged' };
    const message = decode(datagram);
    if (message?.type === 'announcement') return this.#hearAnnouncement(message.announcement, message.nonce, now_ms);
    if (message !== undefined && this.#address() !== undefined) this.#answers.asked(message.nonce, now_ms);
    return NOTHING;
  }

  /** This server's view changed. */
  changed(now_ms: number): void {
    this.#trickle.inconsistent(now_ms);
  }

  /** The datagrams to send now. */
  step(now_ms: number): readonly Buffer[] {
    const address = this.#address();
    const nonces: readonly (string | undefined)[] = [...(this.#trickle.step(now_ms) ? [undefined] : []), ...this.#answers.due(now_ms)];
    if (address === undefined) return [];
    const announcement = { ...this.#speaker.self(), address, digest: this.#speaker.digest() };
    return nonces.map((nonce) => encodeAnnouncement(announcement, this.#speaker.keys().speak, nonce));
  }

  #hearAnnouncement({ id, address, digest }: Announcement, nonce: string | undefined, now_ms: number): Heard {
    if (id === this.#speaker.self().id) return NOTHING;
    if (nonce !== undefined) this.#answers.answered(nonce);
    // Another machine's loopback address would lead back to this one.
    if (isLoopback(address.host) && !this.local.loopback) return NOTHING;
    const hint = { address, id, digest };
    const standing = this.#speaker.known(hint);
    if (standing === 'left') return NOTHING;
    if (standing === 'alive' && Buffer.compare(digest, this.#speaker.digest()) === 0) this.#trickle.consistent();
    else this.#trickle.inconsistent(now_ms);
    return { kind: 'hint', hint };
  }

  /** The address to announce here; undefined if nobody on this network could reach it. */
  #address(): Address | undefined {
    const { address } = this.#speaker.self();
    if (address.host === '0.0.0.0') return { ...address, host: this.local.address };
    return isLoopback(address.host) && !this.local.loopback ? undefined : address;
  }
}
