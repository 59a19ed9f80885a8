/**
 * A name server: answers questions about the records that were set in it, over UDP and TCP.
 */
import { isIP } from 'node:net';
import * as v from 'valibot';
import { type Address, formatAddress, parseAddress } from '../../base/address.js';
import type { ByteReader, ByteWriter } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import type { ControlFile } from '../../base/name.js';
import type { Element, ElementEvents } from '../element.js';
import { checkFields, checkSpec, text } from '../fields.js';
import { keyOf, parseName } from './domain-name.js';
import { Answers } from './answers.js';
import { Guests } from './guests.js';
import { Listener } from './listener.js';
import { parseRecord } from './record.js';
import { Records } from './records.js';
import { respond } from './respond.js';

export interface NameServerPeek {
  /** ADDRESS:PORT at which it answers. */
  readonly Address: string;
  /** Of each name, in lower case and with its final dot, the records in zone-file syntax. */
  readonly Records: Readonly<Record<string, readonly string[]>>;
}

/** Reachable from this host only, at a free port. */
const DEFAULT_ADDRESS = '127.0.0.1:0';

const FIELDS = { address: v.optional(text, DEFAULT_ADDRESS) };
const SCHEMA = v.object(FIELDS);

/** @param spec `{address?}`: an IP address of this host and a port. @throws CircuitError EINVAL, EBUSY if the port is in use, EACCES */
export async function makeNameServer(spec: unknown, events: ElementEvents): Promise<NameServer> {
  const given = spec === undefined ? {} : spec;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new CircuitError('EINVAL', 'mkdns: invalid spec: expected ADDRESS:PORT, or nothing');
  checkFields('mkdns', FIELDS, given);
  const address = parseAddress(checkSpec('mkdns', SCHEMA, given).address);
  if (isIP(address.host) === 0)
    throw new CircuitError(
      'EINVAL',
      `mkdns: invalid IP address "${address.host}": expected ADDRESS:PORT, as in 127.0.0.1:5353; port 0 takes a free one`,
    );
  const records = new Records();
  const guests = new Guests();
  const answers = new Answers(records, guests);
  const listener = await Listener.open(address, (query, transport, asker) =>
    transport === 'tcp'
      ? respond(query, transport, records, guests.from(asker, performance.now(), Math.floor(Date.now() / 1000)))
      : answers.to(query, asker, performance.now()),
  );
  return new NameServer(listener, records, answers, events);
}

export class NameServer implements Element {
  readonly kind = 'dns';
  readonly busy = false;
  readonly #listener: Listener;
  readonly #records: Records;
  readonly #answers: Answers;
  readonly #events: ElementEvents;

  constructor(listener: Listener, records: Records, answers: Answers, events: ElementEvents) {
    this.#listener = listener;
    this.#records = records;
    this.#answers = answers;
    this.#events = events;
  }

  /** Where it answers. */
  get address(): Address {
    return this.#listener.address;
  }

  peek(): NameServerPeek {
    return { Address: formatAddress(this.address), Records: this.#records.texts() };
  }

  openReader(file: ControlFile): ByteReader {
    throw new CircuitError('ENOENT', `a name server has no file "${file}" to read`);
  }

  openWriter(file: ControlFile): ByteWriter {
    throw new CircuitError('ENOENT', `a name server has no file "${file}" to write`);
  }

  /** `set` a record, or `unset` a name. @throws CircuitError EINVAL; EAGAIN if it is full */
  perform(verb: string, [argument = '']: readonly string[]): void {
    if (verb === 'set') this.#records.set(parseRecord(argument));
    else if (verb === 'unset') this.#records.unset(keyOf(parseName(argument)));
    else throw new CircuitError('EINVAL', `invalid command of a name server, ${verb}: expected "set RECORD" or "unset NAME"`);
    this.#answers.forget();
    this.#events.changed();
  }

  scrub(): void {
    this.#listener.close();
  }
}
