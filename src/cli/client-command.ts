/**
 * The frame of every client command: what `--help` shows of it, the options by which a server is found, and the paths of anchors.
 */
import { Command } from 'commander';
import type { Credentials, Awaitable } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { Anchor, Circuit } from '../api/index.js';
import { namesOf } from '../api/paths.js';
import type { AnchorPath, ServerTree } from '../tree/server-tree.js';
import { dialOptions } from './options/dialling.js';

/** An anchor as examples name it. */
export const EXAMPLE_SERVER = '/X317c2314a386a9db';
export const EXAMPLE_ANCHOR = `${EXAMPLE_SERVER}/hello`;

/** A command by its name, made only when it is wanted: all of them take 8 ms in a process that has just started. */
export type CommandMaker = readonly [name: string, make: () => Command];

export interface Shown {
  readonly name: string;
  /** As commander has them: `<ANCHOR>`, `[PATH]`. */
  readonly arguments: string;
  /** As `--help` shows them, if that is more than commander knows of them. */
  readonly usage?: string;
  readonly help: string;
  /** What can be typed, a line each. */
  readonly examples: readonly string[];
}

export function clientCommand({ name, arguments: words, usage, help, examples }: Shown): Command {
  const lines = examples.map((example) => `  ${example}`).join('\n');
  const command = new Command(name).description(help).addHelpText('after', `\n${examples.length > 1 ? 'Examples' : 'Example'}:\n${lines}`);
  if (words !== '') command.arguments(words);
  if (usage !== undefined) command.usage(`[options] ${usage}`);
  for (const option of dialOptions()) command.addOption(option);
  return command;
}

/** A path as the user wrote it, and where it leads. */
export interface Located {
  readonly text: string;
  readonly anchor: Anchor;
  /** What the handles of the API do not suffice for: the table of commands, and bytes that are taken only when they have been printed. */
  readonly tree: ServerTree;
  readonly path: AnchorPath;
  /** In whose name all is done. */
  readonly asker: Credentials;
}

/** @throws CircuitError EINVAL for the root, ENOENT if there is no such server */
export function locate(circuit: Circuit, text: string): Located {
  try {
    const [id, ...path] = namesOf(text, circuit);
    if (id === undefined || id === 'host')
      throw new CircuitError('EINVAL', 'no server is named: expected /X…, /self or /host/NAME, and "circuit ls /" shows them');
    return { text, anchor: circuit.walk(text), tree: circuit.tree(id), path, asker: circuit.credentials };
  } catch (error) {
    throw naming(text, error);
  }
}

/** Does something at a path, which the error tells if it fails. */
export async function at<T>(located: Located, act: (located: Located) => Awaitable<T>): Promise<T> {
  try {
    return await act(located);
  } catch (error) {
    throw naming(located.text, error);
  }
}

function naming(text: string, error: unknown): unknown {
  if (!(error instanceof CircuitError) || error.code === 'EINTR' || error.message.includes(text)) return error;
  return new CircuitError(error.code, `${text}: ${error.message}`, { cause: error });
}
