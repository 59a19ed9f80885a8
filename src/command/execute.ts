/**
 * Carries out one command on an anchor.
 */
import { after } from '../base/after.js';
import type { Credentials, Awaitable } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { didYouMean } from '../base/nearest.js';
import type { AnchorPath, ServerTree } from '../tree/server-tree.js';
import type { ElementKind } from '../base/kind.js';
import { BELOW, takeBelow } from './below.js';
import { commandsFor } from './offered.js';
import type { Action, ActionOptions } from './row.js';
import { COMMANDS } from './table.js';
import { type Command, showBytes } from './word.js';

/**
 * Carries a command out. A failure that only this side sees, text that cannot be understood, is reported to the anchor's server,
 * so that the file `error` tells of it like of any other.
 * @throws CircuitError EINVAL with what is wrong and what would be right; and the command's own errors
 */
export function execute(
  command: Command,
  tree: ServerTree,
  path: AnchorPath,
  credentials: Credentials,
  options?: ActionOptions,
): Awaitable<void> {
  const refuse = (error: unknown, asked = withoutJson(command)): Awaitable<never> =>
    after(tree.reportError(path, asked, error, credentials), () => {
      throw error;
    });
  let meant;
  try {
    meant = understand(command);
  } catch (error) {
    return refuse(error);
  }
  if (meant === undefined) return after(tree.stat(path, options), ({ kind }) => refuse(unknown(command, kind)));
  const { action, below, name } = meant;
  if (below.length === 0) return action(tree, path, credentials, options);
  // The anchor below may be gone again with what could not be made: who wrote here looks here.
  const refuseBelow = (error: unknown): Awaitable<never> => refuse(error, `${name} ${BELOW} ${below.join('/')}`);
  try {
    const made = action(tree, [...path, ...below], credentials, options);
    return made instanceof Promise ? made.catch(refuseBelow) : made;
  } catch (error) {
    return refuseBelow(error);
  }
}

interface Meant {
  readonly name: string;
  readonly action: Action;
  /** Names of the anchor that is meant, from the one that was asked. */
  readonly below: readonly string[];
}

/** What to do, and where; undefined for an unknown command. */
function understand(command: Command): Meant | undefined {
  const [first, ...args] = command.words;
  const name = showBytes(first.bytes);
  const row = COMMANDS.find((known) => known.name === name);
  if (row === undefined) return undefined;
  const { below, rest } = row.takes === 'none' ? takeBelow(args, name) : { below: [], rest: args };
  return { name, below, action: row.parse(rest, command) };
}

function unknown({ words: [name] }: Command, kind: ElementKind | undefined): CircuitError {
  const names = commandsFor(kind).map((row) => row.name);
  const shown = showBytes(name.bytes);
  return new CircuitError(
    'EINVAL',
    `unknown command "${shown}"${didYouMean(shown, names)}: expected what this anchor takes now: ${names.join(', ')}`,
  );
}

/** The command as it may be shown to all who may read `error`: values of Env are nobody's business. */
function withoutJson({ bytes }: Command): string {
  return showBytes(bytes).replace(/(^|[\s'"])[{[][^]*$/, '$1{…}');
}
