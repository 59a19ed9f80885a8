/**
 * What happens on this server, for its file `events`: the newest events are held, and whoever reads is never waited for.
 */
import type { ByteReader, ReaderMode } from '../base/bytes.js';
import type { CircuitEvent, EventDetails, EventName } from '../base/event.js';
import { EVENTS_HELD, EVENTS_HELD_MAX_BYTES } from '../base/limits.js';
import { shownJson } from '../base/quote.js';
import { LineRing } from '../stream/line-ring.js';
import type { Member } from '../tree/server-tree.js';
import type { MemberChange } from '../api/circuit.js';

export class Events {
  readonly #server: string;
  readonly #host: string;
  readonly #ring = new LineRing(EVENTS_HELD, EVENTS_HELD_MAX_BYTES);
  #sequence = 0;

  constructor({ id, host }: Pick<Member, 'id' | 'host'>) {
    this.#server = id;
    this.#host = host;
  }

  /** Something has happened at an anchor here. @param path circuit path, beginning with the server's ID */
  tell(what: EventName, path: string, details: EventDetails = {}): void {
    this.#push({ server: this.#server, host: this.#host, path, what, ...details });
  }

  /** Tells of the servers that come and go, as this one sees it, until the signal. */
  async follow(changes: AsyncIterable<MemberChange>, signal: AbortSignal): Promise<void> {
    try {
      for await (const { type, member } of changes) {
        const { id, host, address } = member;
        this.#push({ server: id, host, path: `/${id}`, what: type, address });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  openReader(mode?: ReaderMode): ByteReader {
    return this.#ring.openReader(mode);
  }

  #push(event: Omit<CircuitEvent, 'seq' | 'time'>): void {
    this.#ring.push(Buffer.from(`${shownJson({ seq: ++this.#sequence, time: new Date().toISOString(), ...event })}\n`));
  }
}
