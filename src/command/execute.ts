/**
 * Carries out one command on an anchor.
 */
import { after } from '../base/after.js';
import type { Credentials, Awaitable } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { didYouMean } from '../base/nearest.js';
import type { AnchorPath, ServerTree } from '../tree/server-tree.js';
import type { ElementKind } from '../base/kind.js';
import { type Action, type ActionOptions, COMMANDS, commandsFor } from './table.js';
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
  const refuse = (error: unknown): Awaitable<never> =>
    after(tree.reportError(path, withoutJson(command), error, credentials), () => {
      throw error;
    });
  let action;
  try {
    action = understand(command);
  } catch (error) {
    return refuse(error);
  }
  if (action !== undefined) return action(tree, path, credentials, options);
  return after(tree.stat(path, options), ({ kind }) => refuse(unknown(command, kind)));
}

/** What to do; undefined for an unknown command. */
function understand(command: Command): Action | undefined {
  const [name, ...args] = command.words;
  return COMMANDS.find((known) => known.name === showBytes(name.bytes))?.parse(args, command);
}

function unknown({ words: [name] }: Command, kind: ElementKind | undefined): CircuitError {
  const names = commandsFor(kind).map((row) => row.name);
  const shown = showBytes(name.bytes);
  return new CircuitError('EINVAL', `unknown command "${shown}"${didYouMean(shown, names)}: this anchor takes ${names.join(', ')} now`);
}

/** The command as it may be shown to all who may read `error`: values of Env are nobody's business. */
function withoutJson({ bytes }: Command): string {
  return showBytes(bytes).replace(/(^|[\s'"])[{[][^]*$/, '$1{…}');
}
