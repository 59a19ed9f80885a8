/**
 * The cost of messages and connections on the wire, estimated from the size of their encoding; a test compares it with the real encoding.
 */
import type { GossipMessage } from '../../src/cluster/membership/gossip-message.js';
import type { Rumor } from '../../src/cluster/membership/record.js';

/** Ethernet's payload minus the headers of IP and TCP with timestamps. */
const SEGMENT_BYTES = 1448;
/** IPv4 and TCP with timestamps. */
export const HEADERS_BYTES = 52;
/** WebSocket with its mask, TLS 1.3 record with its tag. */
const FRAMING_BYTES = 6 + 22;
/** TCP and TLS handshake with a pre-shared key, WebSocket upgrade, both hellos: packets and bytes sent by each end. */
export const DIALLER = { packets: 6, bytes: 1300 } as const;
export const LISTENER = { packets: 5, bytes: 900 } as const;

/** Datagrams of discovery, with the headers of IPv4 and UDP. */
export const QUESTION_BYTES = 1024 + 28;
export const ANNOUNCEMENT_BYTES = 330 + 28;

export interface Cost {
  packets: number;
  bytes: number;
}

export function addMessage(cost: Cost, payload_bytes: number): void {
  const whole_bytes = payload_bytes + FRAMING_BYTES;
  const packets = Math.ceil(whole_bytes / SEGMENT_BYTES);
  cost.packets += packets;
  cost.bytes += whole_bytes + packets * HEADERS_BYTES;
}

function rumorBytes({ identity, window_s }: Rumor): number {
  if (identity === undefined) return 12 + (window_s === undefined ? 0 : 1);
  return 12 + 2 + identity.address.length + identity.host.length + 9;
}

function rumorsBytes(rumors: readonly Rumor[]): number {
  let bytes = 3;
  for (const rumor of rumors) bytes += rumorBytes(rumor);
  return bytes;
}

export function messageBytes(message: GossipMessage): number {
  switch (message.kind) {
    case 'ping':
    case 'pong':
      return 13;
    case 'rumors':
    case 'snapshot':
      return rumorsBytes(message.rumors);
    case 'buckets':
      return 517;
    case 'entries':
      return 8 + message.buckets.length + message.entries.length * 9;
    case 'want':
      return 5 + message.ids.length * 8;
    case 'ask':
      return 11;
    case 'answer':
      return 12;
    case 'bye':
      return 2;
  }
}
