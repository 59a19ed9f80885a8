/**
 * The environment of a process.
 */
import type { Command } from './command.js';
import type { Identity } from './identity.js';

/** What is between the server and whoever started it, and no business of its children. */
const OWN = /^(NOTIFY_SOCKET|WATCHDOG_.*|LISTEN_.*|CIRCUIT_(KEY|HMAC)|NODE_.*)$/;
/** What a program of another user has of the server's: nothing that could tell of the server or its user. */
const FOR_OTHERS = ['PATH', 'LANG', 'TZ'];

/** What the server's environment gives to its processes, as KEY=value by key: filtered once, since it can be large and does not change. */
export class InheritedEnvironment {
  readonly #all: ReadonlyMap<string, string>;
  readonly #forOthers: ReadonlyMap<string, string>;

  constructor(server: NodeJS.ProcessEnv) {
    const all = Object.entries(server).filter(([key]) => !OWN.test(key));
    this.#all = asPairs(all);
    this.#forOthers = asPairs(all.filter(([key]) => FOR_OTHERS.includes(key)));
  }

  /** As KEY=value: what is inherited, or of another user, and what the command adds; that alone with `ClearEnv`. */
  of({ Env, ClearEnv }: Pick<Command, 'Env' | 'ClearEnv'>, identity?: Identity): string[] {
    const variables = new Map(ClearEnv ? [] : identity === undefined ? this.#all : this.#forOthers);
    const set = (pair: string): unknown => variables.set(pair.slice(0, pair.indexOf('=')), pair);
    if (!ClearEnv) asPairs(Object.entries(identity?.variables ?? {})).forEach(set);
    Env.forEach(set);
    return [...variables.values()];
  }
}

function asPairs(entries: readonly (readonly [string, string | undefined])[]): Map<string, string> {
  return new Map(entries.map(([key, value]) => [key, `${key}=${value ?? ''}`]));
}
