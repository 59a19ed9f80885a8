/**
 * What one program asks another over a session: the calls and notes on a server's tree of anchors, their arguments and their answers.
 *
 * Both come from outside and are checked before anything is done with them. Arguments are tuples, in the order of this table; a reader or writer
 * is named by a handle that the asking side chooses, so that the first read or write can travel with the open.
 */
import * as v from 'valibot';
import { Data, END, NONBLOCK, PACKET, RESERVE, RESUME } from '../wire/session/bulk.js';
import type { Caller, CallOptions } from '../wire/session/session-handler.js';
import type { Batch, Credentials } from '../base/bytes.js';
import { CircuitError, type ErrorCode, ERRORS } from '../base/error.js';
import {
  DEPTH_MAX,
  FRAME_NAME_MAX,
  NAME_MAX_BYTES,
  PACKETS_AHEAD_MAX,
  TOPIC_BATCH_MAX,
  TREE_ENTRIES_MAX,
  WIRE_BYTES_MAX,
} from '../base/limits.js';

const text = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(text, v.maxLength(32));
const name = v.pipe(text, v.maxLength(NAME_MAX_BYTES));
/** Of the name of a file or command. */
const word = v.pipe(text, v.maxLength(FRAME_NAME_MAX));
const path = v.pipe(v.array(v.pipe(text, v.maxBytes(NAME_MAX_BYTES))), v.maxLength(DEPTH_MAX + 1));
/** One with a name that is too long is of no file, which its reads and writes say: there is no answer to a note. */
const openPath = v.pipe(v.array(text), v.maxLength(DEPTH_MAX + 1));
const flag = v.boolean();
const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= WIRE_BYTES_MAX);
const credentials = v.object({ uid: count, gid: count, pid: count, server: v.optional(id) });
const handle = count;
const kind = v.nullable(v.pipe(text, v.maxLength(32)));
const entries = <T extends v.GenericSchema>(
  each: T,
): v.SchemaWithPipe<readonly [v.ArraySchema<T, undefined>, v.MaxLengthAction<v.InferOutput<T>[], number, undefined>]> =>
  v.pipe(v.array(each), v.maxLength(TREE_ENTRIES_MAX));

/** How a read is meant, as bits (END: the end is wanted with the last bytes); those of a write, in `wire/session/bulk.ts`, are the same. */
export const TRANSFER = { END, NONBLOCK, PACKET, RESERVE, RESUME } as const;

/** How a file is opened, as bits. */
export const OPEN = { WRITE: 1, TRUNCATE: 2, APPEND: 4, LAZY: 8, PASSIVE: 16, SHARED: 32 } as const;

/** A `TreeSnapshot`. */
const snapshot = v.object({
  names: entries(name),
  parents: entries(v.pipe(v.number(), v.integer())),
  serials: entries(count),
  changed_ms: entries(v.number()),
  kinds: entries(kind),
  children: entries(count),
  more: flag,
  lease_ms: count,
  version: count,
});

const member = v.object({ id, address: v.pipe(text, v.maxLength(300)), host: v.pipe(text, v.maxLength(300)), joined_ms: v.number() });

interface Row {
  readonly args: v.GenericSchema;
  readonly answer: v.GenericSchema;
}

const nothing = v.nullish(v.unknown());

/** Calls: operation, arguments, answer. `target` is the ID of the server whose tree is meant; who is asked passes the call on if that is another. */
const CALLS = {
  /** [target, path, most entries, children of the anchor from this serial on] */
  tree: { args: v.tuple([id, path, count, count]), answer: snapshot },
  mkdir: { args: v.tuple([id, path, credentials]), answer: nothing },
  rmdir: { args: v.tuple([id, path, credentials]), answer: nothing },
  /** [target, path, kind, spec, credentials] */
  make: { args: v.tuple([id, path, v.pipe(text, v.maxLength(32)), v.unknown(), credentials]), answer: nothing },
  /** [target, path, recursive, credentials] */
  scrub: { args: v.tuple([id, path, flag, credentials]), answer: nothing },
  /** [target, path, verb, arguments, credentials] */
  perform: { args: v.tuple([id, path, word, v.array(text), credentials]), answer: nothing },
  peek: { args: v.tuple([id, path]), answer: v.unknown() },
  error: { args: v.tuple([id, path]), answer: text },
  /** [target, path, operation, code, sentence, credentials] */
  report: { args: v.tuple([id, path, text, word, text, credentials]), answer: nothing },
  /** [target, offset, most bytes] */
  log: { args: v.tuple([id, count, count]), answer: v.object({ size: count, bytes }) },
  env: { args: v.tuple([id]), answer: v.record(text, text) },
  metrics: { args: v.tuple([id]), answer: text },
  /** [target, name]: how the server fares inside, as JSON */
  profile: { args: v.tuple([id, v.pipe(text, v.maxLength(32))]), answer: text },
  /** [handle]: answered when it is open. @throws what the open has failed with */
  opened: { args: v.tuple([handle]), answer: nothing },
  /** [handle, most bytes, flags]: answered with a DATA frame */
  read: { args: v.tuple([handle, count, count]), answer: v.instance(Data) },
  /** [handle, most bytes, most packets ahead, flags]: a packet, and those that are sent ahead */
  receive: {
    args: v.tuple([handle, count, count, count]),
    answer: v.pipe(v.array(bytes), v.minLength(1), v.maxLength(PACKETS_AHEAD_MAX + 1)),
  },
  /**
   * [handle, from, most bytes, flags]: messages of a topic from that number on, or from where the reader stands (0): [topic, number of the first, its
   * bytes, offset of the part of it that is here, messages]
   */
  follow: {
    args: v.tuple([handle, count, count, count]),
    answer: v.tuple([count, count, count, count, v.pipe(v.array(bytes), v.maxLength(TOPIC_BATCH_MAX))]),
  },
  /** [handle, most bytes, flags]: of `take`, the next bytes of the message that is held, or of the next one; the end, if it follows them; its tries */
  take: { args: v.tuple([handle, count, count]), answer: v.tuple([bytes, flag, count]) },
  /** [handle]: of `take`, the message that is held is done */
  done: { args: v.tuple([handle]), answer: nothing },
  /** [handle]: of `take`, it is the next message again */
  back: { args: v.tuple([handle]), answer: nothing },
  /** [handle]: whether a read or write would be answered at once */
  probe: { args: v.tuple([handle]), answer: flag },
  /** [handle]: answered when a read or write would be answered at once */
  ready: { args: v.tuple([handle]), answer: nothing },
  /** [handle]: answered when there is room for a write that was not taken whole */
  room: { args: v.tuple([handle]), answer: nothing },
  /** [handle]: by the end that serves a writer: answered by the one that writes; by a third server, when that for which it writes has answered */
  alive: { args: v.tuple([handle]), answer: nothing },
  /** Answered at once: whatever was to be said before has been said. */
  sync: { args: v.tuple([]), answer: nothing },
  /** [version]: answered with the live servers when they are no longer those of that version */
  members: { args: v.tuple([count]), answer: v.object({ version: count, members: v.array(member) }) },
  /** What was leased is no longer true; answered when it is forgotten. */
  recall: { args: v.tuple([]), answer: nothing },
} as const satisfies Readonly<Record<string, Row>>;

/** Notes: what needs no answer. */
const NOTES = {
  /**
   * [handle, target, path, file, flags, credentials]: opens a file under a number that the asking side chooses. What it fails with is what the
   * first read or write fails with, so that both travel together.
   */
  open: v.tuple([handle, id, openPath, word, count, credentials]),
  /** [handle, bytes, ended]: so many more of the bytes that were read have reached who reads them; ended: the end, too, and the handle is closed */
  ack: v.tuple([handle, count, flag]),
  /** [handle, packets]: so many more of the packets that were sent ahead have reached who reads them */
  taken: v.tuple([handle, count]),
  /** [handle]: of who serves the reader: others wait for packets that it was sent ahead */
  spare: v.tuple([handle]),
  /** [handle]: what was read and not acknowledged is not wanted */
  requeue: v.tuple([handle]),
  /** [handle]: the room that is kept for packets of this writer is not used */
  forgo: v.tuple([handle]),
  close: v.tuple([handle]),
  /** [handle]: the writer gives up in the middle */
  abort: v.tuple([handle]),
  /** [handle]: the writer was interrupted and has gone: what it wrote is to be taken back unless it has been received */
  withdraw: v.tuple([handle]),
} as const satisfies Readonly<Record<string, v.GenericSchema>>;

export type CallName = keyof typeof CALLS;
export type CallArguments<C extends CallName> = v.InferOutput<(typeof CALLS)[C]['args']>;
export type CallAnswer<C extends CallName> = v.InferOutput<(typeof CALLS)[C]['answer']>;
export type NoteName = keyof typeof NOTES;
export type NoteArguments<N extends NoteName> = v.InferOutput<(typeof NOTES)[N]>;

/** The number of arguments of each call; `docs/protocol.md` names them, and a test compares. */
export const CALL_ARITIES: ReadonlyMap<string, number> = new Map(
  Object.entries(CALLS).map(([call, { args }]) => [call, args.items.length]),
);

/** The same of each note. */
export const NOTE_ARITIES: ReadonlyMap<string, number> = new Map(Object.entries(NOTES).map(([note, args]) => [note, args.items.length]));

/** As they are sent: a caller's credentials may be part of something larger. */
export function credentialsOf({ uid, gid, pid, server }: Credentials): Credentials {
  return server === undefined ? { uid, gid, pid } : { uid, gid, pid, server };
}

/** Asks, and checks the answer. A cancelled call is abandoned unless the options say otherwise. @throws CircuitError EIO for an invalid answer */
export async function ask<C extends CallName>(
  caller: Caller,
  name: C,
  args: CallArguments<C>,
  options: CallOptions = {},
): Promise<CallAnswer<C>> {
  const answer = await caller.call(name, args, options.unsettled === undefined ? { ...options, abandon: true } : options);
  const { success, output } = v.safeParse(CALLS[name].answer, answer);
  if (!success) throw new CircuitError('EIO', `the other server gave an invalid answer to ${name}`);
  return output;
}

/** As `follow` answers. */
export function batchOf([stream, seq, size, offset, messages]: CallAnswer<'follow'>): Batch {
  return { stream, seq, size, offset, messages };
}

export function tell<N extends NoteName>(caller: Caller, name: N, args: NoteArguments<N>, how?: { readonly lazy?: boolean }): void {
  caller.note(name, args, how);
}

export function isCall(name: string): name is CallName {
  return Object.hasOwn(CALLS, name);
}

export function isNote(name: string): name is NoteName {
  return Object.hasOwn(NOTES, name);
}

/** @throws CircuitError EINVAL; ENAMETOOLONG for a name in a path */
export function checkCall<C extends CallName>(name: C, args: unknown): CallArguments<C> {
  return check(CALLS[name].args, name, args) as CallArguments<C>;
}

/** @throws CircuitError EINVAL */
export function checkNote<N extends NoteName>(name: N, args: unknown): NoteArguments<N> {
  return check(NOTES[name], name, args) as NoteArguments<N>;
}

function check(schema: v.GenericSchema, name: string, args: unknown): unknown {
  const { success, output, issues } = v.safeParse(schema, args);
  if (success) return output;
  if (issues.some(({ type }) => type === 'max_bytes')) throw new CircuitError('ENAMETOOLONG');
  throw new CircuitError('EINVAL', `invalid arguments of ${name}`);
}

/** A code as it came over the wire. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
