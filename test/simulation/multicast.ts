/**
 * A multicast domain: every server hears what any other says, but for what is lost. Servers speak and answer by the daemon's own rules (`Beacon`); what is
 * left out are bytes and seals.
 */
import { formatAddress, parseAddress } from '../../src/base/address.js';
import type { Announcement } from '../../src/cluster/discovery/announcement.js';
import { Beacon, type Known } from '../../src/cluster/discovery/beacon.js';
import { isLive, LEFT, stateOf } from '../../src/cluster/membership/record.js';
import type { Random } from '../../src/cluster/membership/random.js';
import { ANNOUNCEMENT_BYTES, QUESTION_BYTES } from './cost.js';
import type { Host, Network } from './network.js';
import type { Server } from './server.js';

type Datagram =
  | { readonly kind: 'announcement'; readonly announcement: Announcement; readonly nonce: string | undefined }
  | { readonly kind: 'question'; readonly nonce: string };

export class Multicast {
  readonly #network: Network;
  readonly #random: Random;
  readonly #voices = new Set<Voice>();
  /** Fraction of datagrams that a server does not hear. */
  loss = 0;
  /** Returns whether nothing that the one host says is heard by the other. */
  deaf: ((from: Host, to: Host) => boolean) | undefined;
  /** Datagrams sent so far. */
  said = 0;

  constructor(network: Network, random: Random) {
    this.#network = network;
    this.#random = random;
  }

  /** A server that has just started takes part. */
  enter(server: Server): void {
    const voice = new Voice(this, server, this.#random);
    this.#voices.add(voice);
    server.onChange = () => voice.changed();
    voice.greet();
  }

  send(from: Server, datagram: Datagram): void {
    this.said++;
    from.cost.packets++;
    from.cost.bytes += datagram.kind === 'question' ? QUESTION_BYTES : ANNOUNCEMENT_BYTES;
    const { events } = this.#network;
    events.after(this.#network.latency_ms[1], () => {
      for (const voice of this.#voices) {
        const { server } = voice;
        if (!server.running) this.#voices.delete(voice);
        else if (server !== from && this.#passes(from.host, server.host)) server.enqueue(() => voice.hear(datagram));
      }
    });
  }

  /** Puts an announcement into the domain that nobody made: a lie, or a replayed one. */
  forge(from: Host, announcement: Announcement): void {
    for (const voice of this.#voices) {
      if (this.#passes(from, voice.server.host))
        voice.server.enqueue(() => voice.hear({ kind: 'announcement', announcement, nonce: undefined }));
    }
  }

  after(at_ms: number, run: () => void): void {
    this.#network.events.at(at_ms, run);
  }

  #passes(from: Host, to: Host): boolean {
    if (this.deaf?.(from, to) === true || !this.#network.passes(from, to)) return false;
    return this.loss === 0 || !this.#random.chance(this.loss);
  }
}

/** One server in the domain. */
class Voice {
  readonly server: Server;
  readonly #domain: Multicast;
  readonly #random: Random;
  readonly #beacon: Beacon;
  #wake_ms = Infinity;

  constructor(domain: Multicast, server: Server, random: Random) {
    this.#domain = domain;
    this.server = server;
    this.#random = random;
    const known: Known = {
      digest: () => server.core.digest,
      members: () => server.core.size,
      slowdown: () => 1,
      known: ({ id }) => standing(server, id ?? ''),
    };
    this.#beacon = new Beacon(known, () => random.between(0, 1), server.now_ms);
    this.#arm();
  }

  greet(): void {
    const nonce = this.#random.uint32().toString(16);
    this.#beacon.asks(nonce);
    this.#domain.send(this.server, { kind: 'question', nonce });
    this.#announce(undefined);
  }

  changed(): void {
    this.#beacon.changed(this.server.now_ms);
    this.#arm();
  }

  hear(datagram: Datagram): void {
    const { now_ms, identity } = this.server;
    if (datagram.kind === 'question') this.#beacon.asked(datagram.nonce, now_ms);
    else if (datagram.announcement.id !== identity.id) {
      const { announcement, nonce } = datagram;
      const hint = this.#beacon.heard(announcement, nonce, now_ms);
      if (hint !== undefined) this.server.feed({ kind: 'hint', ...hint, address: formatAddress(hint.address) });
    }
    this.#arm();
  }

  #announce(nonce: string | undefined): void {
    const { core, identity } = this.server;
    const announcement = { id: identity.id, address: parseAddress(identity.address), digest: core.digest, members: core.size };
    this.#domain.send(this.server, { kind: 'announcement', announcement, nonce });
  }

  #arm(): void {
    const { wake_ms } = this.#beacon;
    if (wake_ms >= this.#wake_ms) return;
    this.#wake_ms = wake_ms;
    this.#domain.after(this.server.event_ms(wake_ms) + this.server.late_ms(), () => {
      if (this.#wake_ms !== wake_ms) return;
      this.server.enqueue(() => {
        this.#wake_ms = Infinity;
        for (const nonce of this.#beacon.due(this.server.now_ms)) this.#announce(nonce);
        this.#arm();
      });
    });
  }
}

function standing({ core }: Server, id: string): 'alive' | 'dead' | 'unknown' | 'left' {
  const { view } = core.state;
  const version = view.version(view.identities.find(id));
  if (version === 0) return 'unknown';
  if (isLive(version)) return 'alive';
  return stateOf(version) === LEFT ? 'left' : 'dead';
}
