/**
 * The environment of a process.
 */
import { readFileSync } from 'node:fs';
import type { Command } from './command.js';
import type { Identity } from './identity.js';

/** What is between the server and whoever started it, and no business of its children. */
const OWN = /^(NOTIFY_SOCKET|WATCHDOG_.*|LISTEN_.*|CIRCUIT_(KEY|HMAC)|NODE_.*)$/;
/** What a program of another user has of the server's: nothing that could tell of the server or its user. */
const FOR_OTHERS = ['PATH', 'LANG', 'TZ'];
/** What Node's text has in place of bytes that are not UTF-8. */
const REPLACED = '\ufffd';

/** KEY=value; as bytes where these are not UTF-8. */
type Pair = string | Buffer;

/** What the server's environment gives to its processes, by key: filtered once, since it can be large and does not change. */
export class InheritedEnvironment {
  /** Names of variables that are not UTF-8 and whose bytes are not known: no process gets them. */
  readonly lost: readonly string[];
  readonly #all: ReadonlyMap<string, Pair>;
  readonly #forOthers: ReadonlyMap<string, Pair>;
  /** What most processes get: one list, which is encoded once. */
  readonly #plain: readonly Pair[];

  /** @param bytes the same variables as `environmentInBytes` has them */
  constructor(server: NodeJS.ProcessEnv, bytes: readonly Buffer[] = []) {
    const all = new Map<string, Pair>();
    const lost: string[] = [];
    const byText = new Map(bytes.map((pair) => [pair.toString(), pair]));
    for (const [key, value = ''] of Object.entries(server)) {
      const text = `${key}=${value}`;
      const pair = text.includes(REPLACED) ? byText.get(text) : text;
      if (OWN.test(key) || (key.includes(REPLACED) && bytes.length > 0)) continue;
      if (pair === undefined) lost.push(key);
      else all.set(key, pair);
    }
    // Names that are not UTF-8 look alike in Node, which finds no value for them.
    for (const pair of bytes) {
      const name = pair.subarray(0, pair.indexOf('='));
      if (name.toString().includes(REPLACED) && !OWN.test(name.toString())) all.set(`\0${name.toString('latin1')}`, pair);
    }
    this.lost = lost;
    this.#all = all;
    this.#plain = [...all.values()];
    this.#forOthers = new Map([...all].filter(([key]) => FOR_OTHERS.includes(key)));
  }

  /** As KEY=value: what is inherited, or of another user, and what the command adds; that alone with `ClearEnv`. */
  of({ Env, ClearEnv }: Pick<Command, 'Env' | 'ClearEnv'>, identity?: Identity): readonly Pair[] {
    if (Env.length === 0 && !ClearEnv && identity === undefined) return this.#plain;
    const variables = new Map<string, Pair>(ClearEnv ? [] : identity === undefined ? this.#all : this.#forOthers);
    const set = (pair: string): unknown => variables.set(pair.slice(0, pair.indexOf('=')), pair);
    if (!ClearEnv) for (const [key, value] of Object.entries(identity?.variables ?? {})) set(`${key}=${value}`);
    Env.forEach(set);
    return [...variables.values()];
  }
}

/** The environment with which this process was started, KEY=value each, by proc_pid_environ(5); empty where there is none. */
export function environmentInBytes(): readonly Buffer[] {
  try {
    const pairs = readFileSync('/proc/self/environ', 'latin1').split('\0');
    return pairs.filter((pair) => pair.includes('=')).map((pair) => Buffer.from(pair, 'latin1'));
  } catch {
    return [];
  }
}
