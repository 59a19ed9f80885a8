/**
 * The records of a name server, and what they answer to a question (RFC 1034 sections 3.6 and 4.3.2, RFC 2308, RFC 4592, RFC 6604).
 *
 * Pure. There are no zones to be set up: every name that is not there is said not to exist. Where a SOA record was set, the negative answers below it
 * carry it, so that resolvers remember them.
 */
import { CircuitError } from '../../base/error.js';
import { DNS_CNAMES_MAX, DNS_NAME_MAX_BYTES, DNS_RECORDS_MAX_BYTES } from '../../base/limits.js';
import { ancestorsOf, keyOf } from './domain-name.js';
import { type ResourceRecord, sameData, TYPE } from './record.js';

export interface AnswerRecord {
  /** The name that was asked for, or that a CNAME led to, as it is spelt there. */
  readonly owner: string;
  readonly record: ResourceRecord;
}

export interface Found {
  /** Where the answer ends, nothing has that name. */
  readonly exists: boolean;
  readonly answers: readonly AnswerRecord[];
  /** The SOA record that stands above what was not found. */
  readonly soa?: ResourceRecord | undefined;
}

/** Types that may stand beside a CNAME: RRSIG and NSEC (RFC 4034 section 2.5). */
const BESIDE_CNAME: ReadonlySet<number> = new Set([46, 47]);

export class Records {
  readonly #byName = new Map<string, readonly ResourceRecord[]>();
  /** How many names with records are at a name or below it: those that have none themselves exist too (RFC 8020). */
  readonly #under = new Map<string, number>();
  #size_bytes = 0;

  /** Of each name, in the order in which they were set. */
  texts(): Record<string, readonly string[]> {
    return Object.fromEntries(Array.from(this.#byName, ([key, records]) => [key, records.map(({ text }) => text)]));
  }

  /** Adds a record; one that says the same is replaced. @throws CircuitError EINVAL beside a CNAME, or if the name has too many; EAGAIN if all have */
  set(record: ResourceRecord): void {
    const { key } = record;
    const before = this.#byName.get(key) ?? [];
    const others = before.filter((other) => !sameData(other, record));
    checkCname(record, others);
    const after = others.length < before.length ? before.map((other) => (sameData(other, record) ? record : other)) : [...before, record];
    if (wireSize(after) > DNS_NAME_MAX_BYTES)
      throw new CircuitError(
        'EINVAL',
        `too much for one name: expected at most ${DNS_NAME_MAX_BYTES} bytes, as one answer may have to hold all of them`,
      );
    const size_bytes = this.#size_bytes + textSize(key, after) - textSize(key, before);
    if (size_bytes > DNS_RECORDS_MAX_BYTES)
      throw new CircuitError(
        'EAGAIN',
        `the name server is full: expected at most ${DNS_RECORDS_MAX_BYTES} bytes of records, as text; unset some, or make another one`,
      );
    this.#size_bytes = size_bytes;
    this.#byName.set(key, after);
    if (before.length === 0) this.#count(key, 1);
  }

  /** Removes all records of a name. */
  unset(name: string): void {
    const key = keyOf(name);
    const before = this.#byName.get(key);
    if (before === undefined) return;
    this.#size_bytes -= textSize(key, before);
    this.#byName.delete(key);
    this.#count(key, -1);
  }

  /** @param key a name as a key; one that is spelt with escapes is never there */
  find(key: string, type: number): Found {
    const answers: AnswerRecord[] = [];
    for (let owner = key; ;) {
      const here = this.#at(keyOf(owner));
      // Of a name with several types the first answers for any: an answer with all would be a gift to whoever forges sources (RFC 8482).
      const wanted = type === TYPE.ANY ? here?.[0]?.type : type;
      const fitting = here?.filter((record) => record.type === wanted) ?? [];
      answers.push(...fitting.map((record) => ({ owner, record })));
      if (fitting.length > 0) return { exists: true, answers };
      const cname = here?.find((record) => record.type === TYPE.CNAME);
      if (cname?.target === undefined) {
        const soa = this.#soaAbove(keyOf(owner));
        // Where a CNAME leads out of what is known here, it is not for us to say that there is nothing.
        return { exists: here !== undefined || (answers.length > 0 && soa === undefined), answers, soa };
      }
      if (answers.length >= DNS_CNAMES_MAX || answers.some((answer) => answer.record === cname)) return { exists: true, answers };
      answers.push({ owner, record: cname });
      owner = cname.target;
    }
  }

  /** What a name has; nothing for one between others; undefined if it does not exist, and no wildcard stands for it. */
  #at(key: string): readonly ResourceRecord[] | undefined {
    if (this.#under.has(key)) return this.#byName.get(key) ?? [];
    const encloser = ancestorsOf(key).find((ancestor) => this.#under.has(ancestor));
    if (encloser === undefined) return undefined;
    // A wildcard that has no records itself, but names below it, stands for others all the same: with nothing (RFC 4592 section 3.3.1).
    const wildcard = encloser === '.' ? '*.' : `*.${encloser}`;
    return this.#under.has(wildcard) ? (this.#byName.get(wildcard) ?? []) : undefined;
  }

  #soaAbove(key: string): ResourceRecord | undefined {
    const zone = [key, ...ancestorsOf(key)].find((name) => this.#byName.get(name)?.some(({ type }) => type === TYPE.SOA));
    return zone === undefined ? undefined : this.#byName.get(zone)?.find(({ type }) => type === TYPE.SOA);
  }

  #count(key: string, change: 1 | -1): void {
    for (const name of [key, ...ancestorsOf(key)]) {
      const count = (this.#under.get(name) ?? 0) + change;
      if (count === 0) this.#under.delete(name);
      else this.#under.set(name, count);
    }
  }
}

/** A name with a CNAME has nothing else (RFC 1034 section 3.6.2). @throws CircuitError EINVAL */
function checkCname(record: ResourceRecord, others: readonly ResourceRecord[]): void {
  const disturbing = others.filter(({ type }) => !BESIDE_CNAME.has(type));
  const stands = record.type === TYPE.CNAME ? disturbing[0] : disturbing.find(({ type }) => type === TYPE.CNAME);
  if (stands === undefined || BESIDE_CNAME.has(record.type)) return;
  throw new CircuitError('EINVAL', `a CNAME stands alone, but ${record.key} has "${stands.text.replaceAll('\t', ' ')}": unset it first`);
}

function wireSize(records: readonly ResourceRecord[]): number {
  return records.reduce((sum, { wire }) => sum + 2 + wire.length, 0);
}

function textSize(key: string, records: readonly ResourceRecord[]): number {
  return records.reduce((sum, { text }) => sum + text.length, records.length > 0 ? key.length : 0);
}
