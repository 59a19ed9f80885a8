/**
 * What the workers of a round note, a JSON object a line, in files outside the mounts: each operation when it begins and when it has ended.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `ok`, a name of an errno, `killed` for a program that a signal ended, or `unknown` to who notes it. */
export type Result = string;

interface Common {
  readonly at_ms: number;
  readonly worker: string;
}

/** The worker is about to send this message; an attempt, so no other one has its ID, whatever becomes of it. */
export interface SendBegun extends Common {
  readonly op: 'send begun';
  readonly id: string;
}
export interface Sent extends Common {
  readonly op: 'sent';
  readonly id: string;
  readonly result: Result;
  /** How many calls of write(2) it took: what several were needed for may be cut short by an error. */
  readonly calls: number;
}
export interface Received extends Common {
  readonly op: 'received';
  readonly result: Result;
  readonly bytes: number;
  /** The ID that its text begins with, if it does. */
  readonly id?: string;
  /** Whether it is what the sender of that ID meant, to the last byte. */
  readonly whole: boolean;
  /** What it begins with. */
  readonly head?: string;
}
/** Bytes that went through a process and what came out, as checksums. */
export interface Summed extends Common {
  readonly op: 'summed';
  readonly result: Result;
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}
/** What one host saw just after a command had returned on another one. */
export interface Looked extends Common {
  readonly op: 'looked';
  readonly what: string;
  readonly expected: string;
  /** `unknown` for an answer that says nothing, such as an error. */
  readonly saw: string;
}
/** Another call, which has nothing to show but whether it went well. */
export interface Called extends Common {
  readonly op: 'called';
  readonly what: string;
  readonly result: Result;
}
/** A claim to a lock, which no other one has the ID of, is about to be made. */
export interface Asked extends Common {
  readonly op: 'asked';
  readonly id: string;
}
/** It has been told that it holds the lock. */
export interface Granted extends Common {
  readonly op: 'granted';
  readonly id: string;
  /** The fencing number, where the program could read it. */
  readonly token?: number;
}
/** It is about to give the lock back, or to be killed, or has been told that it has lost it. */
export interface LetGo extends Common {
  readonly op: 'let go';
  readonly id: string;
  readonly result: Result;
}
/** It was not granted; `killed` is noted before. */
export interface Refused extends Common {
  readonly op: 'refused';
  readonly id: string;
  readonly result: Result;
}
/** A message was read through `take`, and is held. */
export interface Took extends Common {
  readonly op: 'took';
  readonly id?: string;
  readonly bytes: number;
  readonly whole: boolean;
  readonly head?: string;
}
/** What becomes of it: a word is about to be written, the file to be closed, or the program to be killed. */
export interface Settling extends Common {
  readonly op: 'settling';
  readonly id: string;
  readonly how: 'done' | 'back' | 'closed' | 'killed';
}
/** The word was written, or could not be. */
export interface Settled extends Common {
  readonly op: 'settled';
  readonly id: string;
  readonly how: 'done' | 'back';
  readonly result: Result;
}
/** So many messages were in the hands of lost holders when the conductor gave up waiting for them. */
export interface Left extends Common {
  readonly op: 'left';
  readonly count: number;
}
/** A file of a topic has been opened, or of `last` and `next` is about to be. */
export interface Opened extends Common {
  readonly op: 'opened';
  readonly file: TopicFile;
}
/** A message of a topic was read. */
export interface Saw extends Common {
  readonly op: 'saw';
  readonly file: TopicFile;
  readonly id?: string;
  readonly bytes: number;
  readonly whole: boolean;
  readonly head?: string;
}
/** A subscriber was told that it has missed messages. */
export interface Overtaken extends Common {
  readonly op: 'overtaken';
}
/** The last message of a topic, which the conductor publishes. */
export const END_ID = 'end';
export type TopicFile = 'sub' | 'next' | 'last';
export type Entry =
  | SendBegun
  | Sent
  | Received
  | Summed
  | Looked
  | Called
  | Asked
  | Granted
  | LetGo
  | Refused
  | Took
  | Settling
  | Settled
  | Left
  | Opened
  | Saw
  | Overtaken;

/** All that is in a directory, in the order of time. The last line of a worker that was killed may be half a line. */
export function readJournals(directory: string): readonly Entry[] {
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
  const entries = files.flatMap((name) => parseJournal(readFileSync(join(directory, name), 'utf8')));
  return entries.sort((a, b) => a.at_ms - b.at_ms);
}

/** @throws SyntaxError for a whole line that is not JSON: the worker is at fault then */
export function parseJournal(text: string): readonly Entry[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Entry);
}
