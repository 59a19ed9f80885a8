/**
 * What the workers of a round note, a JSON object a line, in files outside the mounts: each operation when it begins and when it has ended.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `ok`, a name of an errno, or `killed` for a program that a signal ended. */
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
export type Entry = SendBegun | Sent | Received | Summed | Looked | Called;

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
