/**
 * Carries out one command on an anchor.
 */
import { after } from '../base/after.js';
import type { Asker, Awaitable } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { AnchorPath, Place } from '../client/place.js';
import type { CommandText } from './reader.js';
import { type Action, COMMANDS } from './table.js';
import { splitWords } from './words.js';

/**
 * Carries a command out. A failure that only this side sees, text that cannot be understood, is reported to the anchor's server,
 * so that the file `error` tells of it like of any other.
 * @throws CircuitError EINVAL with what is wrong and what would be right; and the command's own errors
 */
export function execute(command: CommandText, place: Place, path: AnchorPath, asker: Asker): Awaitable<void> {
  let action;
  try {
    action = understand(command);
  } catch (error) {
    return after(place.reportError(path, command.text, error, asker), () => {
      throw error;
    });
  }
  return action(place, path, asker);
}

function understand(command: CommandText): Action {
  const [name, ...args] = splitWords(command.text);
  const row = COMMANDS.find((known) => known.name === name?.text);
  if (row !== undefined) return row.parse(args, command);
  throw new CircuitError('EINVAL', `unknown command "${name?.text ?? ''}": "cat ctl" shows those that this anchor takes now`);
}
