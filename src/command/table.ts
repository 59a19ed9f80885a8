/**
 * The one table of commands, for `ctl` and for the command line: `echo mkchan 3 > /circuit/X…/charlie/ctl` is `circuit mkchan /X…/charlie 3`.
 */
import { CircuitError } from '../base/error.js';
import type { ElementKind } from '../base/kind.js';
import { withBelow } from './below.js';
import { withCircuitPaths } from './clauses.js';
import { parseJson } from './json.js';
import { processSpec } from './program-options.js';
import type { CommandRow } from './row.js';
import { type Source, textOf, type Word } from './word.js';
import type { JsonOf } from './word-scanner.js';

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'mkproc',
    arguments: '[OPTION…] [--] PATH [ARG…] | {"Path":…,"Args":[…],"Env":[…],"Dir":…}',
    json: '{',
    takes: 'none',
    help: 'start a program here',
    example: 'mkproc /bin/ls -l /',
    jsonExample: `mkproc '{"Path":"/bin/ls","Args":["-l","/"],"Env":["LANG=C"],"ClearEnv":false,"Dir":"/","Overflow":"hold","Buffer":1048576,"Scrub":false}'`,
    parse: (words: readonly Word[], source: Source) => {
      const spec = processSpec(words, source);
      if (spec === undefined) throw usage('mkproc');
      return (tree, path, credentials, options) => tree.makeElement(path, 'proc', spec, credentials, options);
    },
  },
  {
    name: 'mkdkr',
    arguments: '{"Image":…,"Path":…,"Args":[…],…}',
    json: '{[',
    takes: 'none',
    help: 'start a Docker container here',
    example: `mkdkr '{"Image":"debian","Path":"/bin/ls","Args":["-l","/"]}'`,
    jsonExample: `mkdkr '{"Image":"debian","Path":"/bin/ls","Args":["/"],"Env":["LANG=C"],"Dir":"/","Memory":1000000000,"CpuShares":3,"CpusetCpus":"0,1","Lxc":["lxc.cgroup.blkio.weight = 500"],"Volume":["/webapp","/src:/opt:ro"],"Network":"none","Ports":["8080:80"],"Name":"web-1","Scrub":false}'`,
    parse: (words: readonly Word[], source: Source) => {
      const [json] = words;
      if (json === undefined || words.length > 1) throw usage('mkdkr');
      const spec = parseJson(json, source);
      return (tree, path, credentials, options) => tree.makeElement(path, 'docker', spec, credentials, options);
    },
  },
  {
    name: 'mkchan',
    arguments: 'CAPACITY | {"Capacity":…,"Tries":…}',
    json: '{',
    takes: 'none',
    help: 'make a channel that holds so many messages; what was taken and came back so many times is dead',
    example: 'mkchan 3',
    jsonExample: `mkchan '{"Capacity":100,"Tries":5}'`,
    parse: (words: readonly Word[], source: Source) => {
      const [word] = words;
      const [capacity] = exactly(words, 1, 'mkchan');
      const numbered = { capacity: /^[+-]?\d+$/.test(capacity) ? Number(capacity) : capacity };
      const spec = word?.json === true ? asUsersName(parseJson(word, source)) : numbered;
      return (tree, path, credentials, options) => tree.makeElement(path, 'chan', spec, credentials, options);
    },
  },
  {
    name: 'mklock',
    arguments: '[SLOTS]',
    takes: 'none',
    help: 'make a lock that so many hold at once, one unless told otherwise',
    example: 'mklock',
    parse: (words: readonly Word[]) => {
      if (words.length > 1) throw usage('mklock');
      const slots = words[0] === undefined ? 1 : textOf(words[0]);
      const spec = { slots: /^[+-]?\d+$/.test(String(slots)) ? Number(slots) : slots };
      return (tree, path, credentials, options) => tree.makeElement(path, 'lock', spec, credentials, options);
    },
  },
  {
    name: 'mktopic',
    arguments: '[KEEP]',
    takes: 'none',
    help: 'make a topic that holds so many of its newest messages, one unless told otherwise',
    example: 'mktopic',
    parse: (words: readonly Word[]) => {
      if (words.length > 1) throw usage('mktopic');
      const keep = words[0] === undefined ? 1 : textOf(words[0]);
      const spec = { keep: /^[+-]?\d+$/.test(String(keep)) ? Number(keep) : keep };
      return (tree, path, credentials, options) => tree.makeElement(path, 'topic', spec, credentials, options);
    },
  },
  {
    name: 'mkdns',
    arguments: '[ADDRESS:PORT]',
    takes: 'none',
    help: 'make a name server, at 127.0.0.1 and a free port unless told otherwise',
    example: 'mkdns 127.0.0.1:5353',
    parse: (words: readonly Word[]) => {
      if (words.length > 1) throw usage('mkdns');
      const spec = words[0] === undefined ? {} : { address: textOf(words[0]) };
      return (tree, path, credentials, options) => tree.makeElement(path, 'dns', spec, credentials, options);
    },
  },
  {
    name: 'mk@join',
    arguments: '',
    takes: 'none',
    help: 'subscribe to the servers that join, beginning with the present ones',
    example: 'mk@join',
    parse: make('@join', 'mk@join'),
  },
  {
    name: 'mk@leave',
    arguments: '',
    takes: 'none',
    help: 'subscribe to the servers that leave or die',
    example: 'mk@leave',
    parse: make('@leave', 'mk@leave'),
  },
  {
    name: 'mkselect',
    arguments: '[{"op":"r"|"w","file":PATH},…]',
    json: '{[',
    takes: 'none',
    help: 'wait for the first of several files that is ready: recv, take, send, wait, lock, next and sub',
    example: `mkselect '[{"op":"r","file":"/X317c2314a386a9db/a/recv"},{"op":"w","file":"/X317c2314a386a9db/b/send"}]'`,
    parse: (words: readonly Word[], source: Source) => {
      const [clauses, ...others] = words;
      if (clauses === undefined || others.length > 0) throw usage('mkselect');
      const spec = parseJson(clauses, source);
      return (tree, path, credentials, options) =>
        tree.makeElement(path, 'select', withCircuitPaths(spec, options?.circuitPath), credentials, options);
    },
  },
  {
    name: 'scrub',
    arguments: '[-r]',
    takes: 'anchor',
    help: 'abandon the element; with -r also everything below',
    example: 'scrub',
    parse: (words: readonly Word[]) => {
      const recursive = words.length > 0;
      if (recursive && exactly(words, 1, 'scrub')[0] !== '-r') throw usage('scrub');
      return (tree, path, credentials, options) => tree.scrub(path, { recursive }, credentials, options);
    },
  },
  {
    name: 'signal',
    arguments: 'NAME',
    takes: ['proc', 'docker'],
    help: 'send a signal to the process and its group, or to the first process of the container',
    example: 'signal TERM',
    anchorLast: true,
    parse: perform('signal', 1),
  },
  {
    name: 'drain',
    arguments: '',
    takes: ['proc', 'docker'],
    help: 'let unread output go, from now on, and free a process held back by it',
    example: 'drain',
    parse: perform('drain', 0),
  },
  {
    name: 'close',
    arguments: '',
    takes: 'chan',
    help: 'no more messages; buffered ones can still be received',
    example: 'close',
    parse: perform('close', 0),
  },
  {
    name: 'set',
    arguments: 'RECORD',
    takes: 'dns',
    help: 'add a resource record, in zone-file syntax',
    example: 'set miek.nl. 3600 IN MX 10 mx.miek.nl.',
    parse: (words: readonly Word[], source: Source) => {
      const [first, ...more] = words;
      if (first === undefined) throw usage('set');
      // Quotes and backslashes of a record that stands there as several words are its own.
      const record = textOf(more.length === 0 ? first : { bytes: source.bytes.subarray(first.offset) });
      return (tree, path, credentials, options) => tree.perform(path, 'set', [record], credentials, options);
    },
  },
  {
    name: 'unset',
    arguments: 'NAME',
    takes: 'dns',
    help: 'remove all records of a name',
    example: 'unset miek.nl.',
    parse: perform('unset', 1),
  },
  {
    name: 'abort',
    arguments: '',
    takes: 'select',
    help: 'give up: nothing was won, or it goes back',
    example: 'abort',
    parse: perform('abort', 0),
  },
  {
    name: 'join',
    arguments: 'URL',
    takes: 'server',
    help: 'make one circuit of this one and that of the server with this URL',
    example: 'join circuit://10.0.0.1:11022',
    parse: perform('join', 1),
  },
  {
    name: 'suicide',
    arguments: '',
    takes: 'server',
    help: 'stop this server',
    example: 'suicide',
    parse: perform('suicide', 0),
  },
];

/** Tells the lexer which commands take JSON. */
export const jsonOf: JsonOf = (name) => COMMANDS.find((row) => row.name === name)?.json;

/** A channel's fields as a user names them; servers say them in another way among themselves. @throws CircuitError EINVAL */
function asUsersName(spec: unknown): unknown {
  const own = ['capacity', 'tries'].find((name) => typeof spec === 'object' && spec !== null && name in spec);
  if (own === undefined) return spec;
  throw new CircuitError('EINVAL', `mkchan: unknown field "${own}": expected Capacity and Tries`);
}

/** A command that makes an element of which there is nothing to say. */
function make(kind: ElementKind, name: string): CommandRow['parse'] {
  return (words) => {
    exactly(words, 0, name);
    return (tree, path, credentials, options) => tree.makeElement(path, kind, undefined, credentials, options);
  };
}

/** A command that the element itself carries out. */
function perform(verb: string, count: number): CommandRow['parse'] {
  return (words) => {
    const args = exactly(words, count, verb);
    return (tree, path, credentials, options) => tree.perform(path, verb, args, credentials, options);
  };
}

/** The words as text. @throws CircuitError EINVAL unless there are so many */
function exactly(words: readonly Word[], count: 0, name: string): readonly [];
function exactly(words: readonly Word[], count: 1, name: string): readonly [string];
function exactly(words: readonly Word[], count: number, name: string): readonly string[];
function exactly(words: readonly Word[], count: number, name: string): readonly string[] {
  if (words.length !== count) throw usage(name);
  return words.map(textOf);
}

function usage(name: string): CircuitError {
  const row = COMMANDS.find((command) => command.name === name);
  return new CircuitError('EINVAL', `usage: ${name} ${row === undefined ? '' : withBelow(row)}`.trimEnd());
}
