/**
 * What `recv`, `send` and `take` mean by a selection: the end that it has won.
 */
import type { WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { type ControlFile, isTaken, isWinningEnd, type WinningEnd } from '../base/name.js';
import { Selection } from '../api/selection.js';
import { at, type Located } from './client-command.js';

/** A command that goes on with what a selection has won. */
type GoingOn = 'recv' | 'send' | 'take';

/**
 * The file that a command opens: the one of its name, but for these two of a selection the end that was won, once there is one.
 * @throws CircuitError ENOENT if that is for another command; what the selection fails with; the signal's reason
 */
export async function fileFor(command: ControlFile, located: Located, signal: AbortSignal): Promise<ControlFile> {
  if (command !== 'recv' && command !== 'send') return command;
  return at(located, async ({ anchor }) => {
    const element = await anchor.get({ signal });
    return element instanceof Selection ? wonFor(command, element, { signal }) : command;
  });
}

/** The end that a selection has won, once there is one. @throws CircuitError ENOENT if that is for another command; as `wait` of the selection */
export async function wonFor(command: GoingOn, selection: Selection, options: WaitOptions): Promise<WinningEnd> {
  const { file, commit } = await selection.wait(options);
  if (!isWinningEnd(commit)) throw new CircuitError('EIO', `the selection has won "${commit}": expected read.N, write.N or take.N`);
  const meant = isTaken(commit) ? 'take' : commit.startsWith('read.') ? 'recv' : 'send';
  if (meant !== command) throw new CircuitError('ENOENT', `${file} has won: "circuit ${meant}" goes on with it`);
  return commit;
}
