/**
 * Carries out one command on an anchor.
 */
import { after } from '../base/after.js';
import type { Credentials, Awaitable } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { AnchorPath, ServerTree } from '../tree/server-tree.js';
import type { ElementKind } from '../base/kind.js';
import type { CommandText } from './reader.js';
import { type Action, COMMANDS, commandsFor, type PathReader } from './table.js';
import { splitWords } from './words.js';

/**
 * Carries a command out. A failure that only this side sees, text that cannot be understood, is reported to the anchor's server,
 * so that the file `error` tells of it like of any other.
 * @param circuitPath how paths in it are meant; as they stand if absent
 * @throws CircuitError EINVAL with what is wrong and what would be right; and the command's own errors
 */
export function execute(
  command: CommandText,
  tree: ServerTree,
  path: AnchorPath,
  credentials: Credentials,
  circuitPath?: PathReader,
): Awaitable<void> {
  const refuse = (error: unknown): Awaitable<never> =>
    after(tree.reportError(path, withoutJson(command.text), error, credentials), () => {
      throw error;
    });
  let action;
  try {
    action = understand(command);
  } catch (error) {
    return refuse(error);
  }
  if (action !== undefined) return action(tree, path, credentials, circuitPath);
  return after(tree.stat(path), ({ kind }) => refuse(unknown(command, kind)));
}

/** What to do; undefined for an unknown command. */
function understand(command: CommandText): Action | undefined {
  const [name, ...args] = splitWords(command.text);
  return COMMANDS.find((known) => known.name === name?.text)?.parse(args, command);
}

function unknown(command: CommandText, kind: ElementKind | undefined): CircuitError {
  const names = commandsFor(kind).map(({ name }) => name);
  return new CircuitError(
    'EINVAL',
    `unknown command "${splitWords(command.text)[0]?.text ?? ''}": this anchor takes ${names.join(', ')} now`,
  );
}

/** The command as it may be shown to all who may read `error`: values of Env are nobody's business. */
function withoutJson(text: string): string {
  return text.replace(/(^|\s)[{[][^]*$/, '$1{…}');
}
