/**
 * What `recv` and `send` mean by a selection: the end that it has won.
 */
import { CircuitError } from '../base/error.js';
import { type ControlFile, isWinningEnd } from '../base/name.js';
import { Selection } from '../api/selection.js';
import { at, type Located } from './client-command.js';

/**
 * The file that a command opens: the one of its name, but for these two of a selection the end that was won, once there is one.
 * @throws CircuitError ENOENT if that is for the other command; what the selection fails with; the signal's reason
 */
export async function fileFor(command: ControlFile, located: Located, signal: AbortSignal): Promise<ControlFile> {
  if (command !== 'recv' && command !== 'send') return command;
  return at(located, async ({ anchor }) => {
    const element = await anchor.get({ signal });
    if (!(element instanceof Selection)) return command;
    const { file, commit } = await element.wait({ signal });
    const meant = commit.startsWith('read.') ? 'recv' : 'send';
    if (meant === command && isWinningEnd(commit)) return commit;
    throw new CircuitError('ENOENT', `${file} has won: "circuit ${meant}" goes on with it`);
  });
}
