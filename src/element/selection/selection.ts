/**
 * A selection: waits for several ends of channels, topics, processes … at once, on any server, and reserves the first that is ready.
 *
 * This is its interface: files, `peek`, the command `abort`, scrub. `race.ts` decides which clause wins; a reserved end holds what was won, and returns
 * it untouched unless it is opened and used.
 */
import type { Credentials, ByteReader, ByteWriter, ReaderMode, WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import type { ControlFile } from '../../base/name.js';
import { shownJson } from '../../base/quote.js';
import { WaitFile } from '../../stream/wait-file.js';
import type { Element, ElementEvents } from '../element.js';
import { checkClauses, type Clause } from './clause.js';
import { type ClauseState, Race, type SelectionPhase } from './race.js';
import type { Files, ReservedEnd } from './end.js';
import { ReadEnd } from './read-end.js';
import { WriteEnd } from './write-end.js';

/** Which clause has won, as the file `wait` prints it. */
export interface Winner {
  /** Its number, from 0. */
  readonly clause: number;
  readonly file: string;
  /** The selection's file for the end that was won: `read.0`, `write.1`, `take.2`. */
  readonly commit: string;
}

export interface SelectionPeek {
  readonly Phase: SelectionPhase;
  readonly Clauses: readonly { readonly Op: 'r' | 'w'; readonly File: string; readonly State: ClauseState; readonly Error?: string }[];
  readonly Winner: (Winner & { /** Whether its message was read or written, in part at least. */ readonly used: boolean }) | null;
}

interface Candidate {
  readonly clause: Clause;
  readonly end: ReadEnd | WriteEnd;
}

/**
 * Opens all clauses, and begins to wait.
 * @throws CircuitError EINVAL for invalid clauses; what opening one of them fails with, its number in the sentence
 */
export async function makeSelection(spec: unknown, events: ElementEvents, files: Files, credentials: Credentials): Promise<Selection> {
  const clauses = checkClauses(spec);
  const opened = await Promise.allSettled(clauses.map((clause) => openEnd(clause, files, credentials)));
  const candidates: Candidate[] = [];
  let failure: CircuitError | undefined;
  for (const [index, clause] of clauses.entries()) {
    const end = opened[index];
    if (end?.status === 'fulfilled') candidates.push({ clause, end: end.value });
    else failure ??= blamed(clause, index, end?.reason);
  }
  if (failure === undefined) return new Selection(candidates, events);
  for (const { end } of candidates) end.release(failure);
  throw failure;
}

async function openEnd({ server, path, name }: Clause, files: Files, credentials: Credentials): Promise<ReadEnd | WriteEnd> {
  return name === 'send'
    ? new WriteEnd(await files.openWriter(server, path, name, credentials))
    : new ReadEnd(await files.openReader(server, path, name, credentials));
}

export class Selection implements Element {
  readonly kind = 'select';
  readonly busy = false;
  readonly #candidates: readonly Candidate[];
  readonly #events: ElementEvents;
  readonly #race: Race;
  readonly #wait = new WaitFile('selection', () => undefined);
  /** Ends the waits of all clauses. */
  readonly #decided = new AbortController();
  #scrubbed = false;

  constructor(candidates: readonly Candidate[], events: ElementEvents) {
    this.#candidates = candidates;
    this.#events = events;
    this.#race = new Race(candidates.length);
    for (const [index, candidate] of candidates.entries()) void this.#compete(index, candidate);
  }

  peek(): SelectionPeek {
    const race = this.#race;
    return {
      Phase: race.phase,
      Clauses: this.#candidates.map(({ clause: { op, file } }, index) => {
        const error = race.failureOf(index);
        return { Op: op, File: file, State: race.stateOf(index), ...(error !== undefined && { Error: error.message }) };
      }),
      Winner: this.#won === undefined ? null : { ...this.#won.winner, used: this.#won.end.used },
    };
  }

  openReader(file: ControlFile, _asker: Credentials, mode?: ReaderMode): ByteReader {
    if (file === 'wait') return this.#wait.open();
    if (file === 'trywait') return this.#wait.open({ refusal: () => 'no clause is ready' });
    const end = this.#endAt(file);
    if (end instanceof ReadEnd) return end.openReader({ unacked: mode?.unacked === true });
    throw new CircuitError('ENOENT', `the selection has no file "${file}" to read now`);
  }

  openWriter(file: ControlFile, mode: WriterMode): ByteWriter {
    const end = this.#endAt(file);
    if (end instanceof WriteEnd) return end.openWriter(mode);
    throw new CircuitError('ENOENT', `the selection has no file "${file}" to write now`);
  }

  /** @throws CircuitError EINVAL, also if it is over; EBUSY while the end that was won is in use */
  perform(verb: string, args: readonly string[]): void {
    if (verb !== 'abort' || args.length > 0)
      throw new CircuitError('EINVAL', 'invalid command of a selection: expected "abort", without arguments');
    const { phase } = this.#race;
    const end = this.#won?.end;
    if (phase === 'failed' || phase === 'over' || (end?.used === true && !end.open)) {
      throw new CircuitError('EINVAL', 'the selection is over: nothing is left to abort');
    }
    if (end?.open === true) throw new CircuitError('EBUSY', `${this.#won?.winner.commit ?? ''} is in use: scrub the selection instead`);
    this.#end(new CircuitError('EIDRM', 'the selection was aborted'));
  }

  scrub(): void {
    if (this.#scrubbed) return;
    this.#scrubbed = true;
    this.#end(new CircuitError('EIDRM', 'the selection was scrubbed'));
  }

  get #won(): { readonly end: ReadEnd | WriteEnd; readonly winner: Winner } | undefined {
    const { winner } = this.#race;
    const candidate = winner === undefined ? undefined : this.#candidates[winner];
    if (winner === undefined || candidate === undefined) return undefined;
    const { op, file, name } = candidate.clause;
    const how = name === 'take' ? 'take' : op === 'r' ? 'read' : 'write';
    return { end: candidate.end, winner: { clause: winner, file, commit: `${how}.${winner}` } };
  }

  #endAt(file: ControlFile): ReservedEnd | undefined {
    const won = this.#won;
    return won?.winner.commit === file ? won.end : undefined;
  }

  async #compete(index: number, { clause, end }: Candidate): Promise<void> {
    try {
      await end.reserve(this.#decided.signal);
      if (this.#race.claim(index)) this.#win(index);
    } catch (error) {
      const failure = blamed(clause, index, error);
      end.release(failure);
      if (!this.#race.fail(index, failure)) return;
      this.#wait.fail(failure);
      this.#events.changed();
    }
  }

  #win(index: number): void {
    const lost = new CircuitError('EINTR', 'another clause has won');
    this.#decided.abort(lost);
    for (const [other, { end }] of this.#candidates.entries()) if (other !== index) end.release(lost);
    this.#wait.end(`${shownJson(this.#won?.winner)}\n`);
    this.#events.changed();
  }

  #end(error: CircuitError): void {
    this.#race.end();
    this.#decided.abort(error);
    for (const { end } of this.#candidates) end.release(error);
    this.#wait.fail(error);
    if (!this.#scrubbed) this.#events.changed();
  }
}

function blamed({ file }: Clause, index: number, reason: unknown): CircuitError {
  const { code, message } = CircuitError.from(reason);
  return new CircuitError(code, `clause ${index}, ${file}: ${message}`, { cause: reason });
}
