/**
 * The operation log of a server as a script for sh: what was done, in order, to be done again on another server. What cannot be done again, or must
 * not, stands there as a comment.
 */
import { escapeControls, shellQuote, shownJson } from '../base/quote.js';

/** An operation as the log has it: docs/files.md. */
interface Logged {
  readonly seq: number;
  readonly time: string;
  readonly server: string;
  readonly uid: number;
  readonly pid: number;
  readonly operation: string;
  readonly path: string;
  readonly args?: unknown;
  readonly result: string;
}

/** Anchors that `mkdir` has made, by their names. */
type Made = Map<string, Made>;

/** Their first argument is JSON in any case. */
const TAKE_JSON: readonly string[] = ['mkproc', 'mkdkr', 'mkselect'];

/** Makes lines of a script from lines of the log. */
export class LogScript {
  readonly #server: string;
  #made: Made = new Map();
  #last = 0;

  /** @param server ID of the server whose log it is */
  constructor(server: string) {
    this.#server = server;
  }

  /** How it begins. @param here the directory of the server that is meant if none is given, as a word for sh */
  head(here: string): string {
    return `#!/bin/sh
# What was done on the server ${this.#server}, in order, as its log has it: who asked, when, and what came of it.
# To do the same on another server, whose directory is the argument (${here} unless given):
#     bash log.sh /circuit/host/web-2
# Messages, input and the values of Env are not recorded. What failed is here as a comment.
server=${here}
[ $# -eq 0 ] || server=$1
`;
  }

  /** The next line of the log. */
  add(line: string): string {
    const entry = parse(line);
    if (entry === undefined) return '';
    const missing = entry.seq > this.#last + 1 ? `\n# ${this.#last + 1} to ${entry.seq - 1}: no longer in the log\n` : '';
    this.#last = entry.seq;
    const { seq, time, server, uid, pid, result } = entry;
    const head = comment(`${seq} ${time}, asked by uid ${uid}, pid ${pid} of ${server}: ${result}`);
    const lines = this.#commands(entry);
    const done = result === 'ok' ? lines : lines.map((text) => (text.startsWith('#') ? text : comment(text)));
    return `${missing}\n${head}\n${done.map((text) => `${text}\n`).join('')}`;
  }

  #commands(entry: Logged): readonly string[] {
    const { operation, path, args } = entry;
    const [server, ...names] = path.split('/').slice(1);
    if (server !== this.#server) return [comment(`${operation} ${path}`)];
    const done = entry.result === 'ok';
    if (operation === 'mkdir') {
      if (done) this.#make(names);
      return [`mkdir ${directory(names)}`];
    }
    if (operation === 'rmdir' || (operation === 'scrub' && isWords(args) && args[0] === '-r')) {
      if (done) this.#forget(names, operation === 'rmdir');
      if (operation === 'rmdir') return [`rmdir ${directory(names)}`];
    }
    if (operation === 'held') return [comment(`${path} was held back: nobody read its ${isWords(args) ? args.join(' ') : 'output'}`)];
    if (names.length === 0 && operation !== 'scrub') return [comment(`not done again, it is the server's own: ${told(operation, args)}`)];
    if (typeof args === 'string') return [comment(`cannot be done again, the log has only the beginning: ${operation} ${args}`)];
    return operation.startsWith('mk') ? this.#making(operation, names, args) : [write(told(operation, args), [...names, 'ctl'])];
  }

  /** An anchor that was not made by hand comes with its element, and goes with it. */
  #making(operation: string, names: readonly string[], args: unknown): readonly string[] {
    const { spec, left } = withoutEnv(args);
    const note = left.length === 0 ? [] : [comment(`left out, as the values are not recorded: Env ${left.join(' ')}`)];
    const words = specWords(operation, spec);
    const text = (where: string): string => [operation, ...(where === '' ? [] : ['-C', where]), ...words].join(' ');
    const own = this.#isMade(names);
    const line = own ? text('') : text(shellQuote(names.join('/')));
    return [...note, write(line, own ? [...names, 'ctl'] : ['ctl'], operation === 'mkselect' ? this.#server : undefined)];
  }

  #make(names: readonly string[]): void {
    let at = this.#made;
    for (const name of names) {
      const next = at.get(name) ?? new Map<string, Made>();
      at.set(name, next);
      at = next;
    }
  }

  #isMade(names: readonly string[]): boolean {
    let at: Made | undefined = this.#made;
    for (const name of names) at = at?.get(name);
    return at !== undefined;
  }

  /** What lies below is gone, and it, too, if it is to be. */
  #forget(names: readonly string[], itself: boolean): void {
    let at: Made | undefined = this.#made;
    for (const name of names.slice(0, -1)) at = at?.get(name);
    const last = names.at(-1);
    if (last === undefined) this.#made = new Map();
    else if (itself) at?.delete(last);
    else at?.get(last)?.clear();
  }
}

function parse(line: string): Logged | undefined {
  try {
    return JSON.parse(line) as Logged;
  } catch {
    return undefined; // the log has become shorter meanwhile, and this is the rest of a line
  }
}

/** On one line, whatever it says. */
function comment(text: string): string {
  return `# ${escapeControls(text)}`;
}

function told(operation: string, args: unknown): string {
  return [operation, ...(isWords(args) ? args.map(shellQuote) : args === undefined ? [] : [shownJson(args)])].join(' ');
}

/** What an element is made of, as words for `ctl`. */
function specWords(operation: string, spec: unknown): readonly string[] {
  if (spec === undefined || spec === null) return [];
  const fields: unknown[] = typeof spec === 'object' ? Object.values(spec) : [];
  const isPlain = fields.length < 2 && fields.every((value) => typeof value === 'string' || typeof value === 'number');
  if (TAKE_JSON.includes(operation) || typeof spec !== 'object' || !isPlain) return [shownJson(spec)];
  return fields.map((value) => shellQuote(String(value)));
}

/** Without `Env`, and what that had. */
function withoutEnv(spec: unknown): { readonly spec: unknown; readonly left: readonly string[] } {
  if (typeof spec !== 'object' || spec === null || !('Env' in spec)) return { spec, left: [] };
  const { Env, ...others } = spec;
  return { spec: others, left: Array.isArray(Env) ? Env.map(String) : [String(Env)] };
}

function isWords(args: unknown): args is readonly string[] {
  return Array.isArray(args) && args.every((word) => typeof word === 'string');
}

function directory(names: readonly string[]): string {
  return ['"$server"', ...names.map(shellWord)].join('/');
}

/** A command written into a file. @param id paths that begin with this server's ID are meant on the other server */
function write(text: string, file: readonly string[], id?: string): string {
  const parts = id === undefined ? [text] : text.split(`"/${id}/`);
  const quoted = parts.map((part, index) => (index === 0 ? part : `/${part}`)).map(single);
  const word = quoted.join(`'"'"$server"`);
  // The echo of some shells looks into backslashes.
  return `${text.includes('\\') ? "printf '%s\\n'" : 'echo'} ${word} > ${directory(file)}`;
}

function single(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A word for any sh, which shows nothing that a terminal would act on. */
function shellWord(text: string): string {
  const shown = escapeControls(text);
  if (shown === text) return /^[\w@+=:,.-]+$/.test(text) ? text : single(text);
  return `"$(printf ${single(escapeControls(text.replaceAll('\\', '\\\\').replaceAll('%', '%%')))})"`;
}
