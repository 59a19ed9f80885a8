/**
 * The examples of a page of the manual: blocks of commands with a marker in front, and what they print below.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What no command prints: it tells where the output of one block ends. */
export const END = '--- end of block ---';

export interface Block {
  readonly example: string;
  readonly commands: string;
  /** What the page shows below it; nothing if it shows nothing. */
  readonly shown: string;
}

/** By name, in the order of the page. The block of output may follow after a sentence, but belongs to the commands last above it. */
export function examplesOf(page: string): ReadonlyMap<string, readonly Block[]> {
  const marked = readFileSync(fileURLToPath(new URL(`../../../${page}`, import.meta.url)), 'utf8').split(/^<!-- example: /m).slice(1); // prettier-ignore
  const examples = new Map<string, Block[]>();
  for (const part of marked) {
    const example = part.slice(0, part.indexOf(' '));
    const block = { example, commands: /^```sh\n(.*?)^```/ms.exec(part)?.[1] ?? '', shown: /^```text\n(.*?)^```/ms.exec(part)?.[1] ?? '' };
    examples.set(example, [...(examples.get(example) ?? []), block]);
  }
  return examples;
}

/** All blocks of an example as one script, with a line between their outputs. */
export function scriptOf(blocks: readonly Block[], mount: string): string {
  return blocks.map(({ commands }) => `${commands.replaceAll('/circuit/', `${mount}/`)}echo '${END}'\n`).join('');
}

/** `…` stands for what differs each time: alone on a line for any lines, else for any text. */
export function pattern(shown: string): RegExp {
  const lines = shown.split('\n').map((line) => (line === '…' ? '(?:.*\n)*?' : `${line.trimEnd().split('…').map(escape).join('.*')} ?\n`));
  return new RegExp(`^${lines.join('').replace(/\n$/, '')}$`);
}

function escape(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
