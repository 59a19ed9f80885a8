/**
 * The examples of a page of the manual: blocks of commands with a marker in front, and what they print below; and sessions, which show both in one
 * block, as a terminal does.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What no command prints: it tells where the output of one block ends. */
export const END = '--- end of block ---';
/** What stands before a command in a session. */
const PROMPT = '$ ';

export interface Block {
  readonly example: string;
  readonly commands: string;
  /** What the page shows below it; nothing if it shows nothing. */
  readonly shown: string;
}

/** The text of a file of the checkout. */
export function readPage(page: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../${page}`, import.meta.url)), 'utf8');
}

/** By name, in the order of the page. The block of output may follow after a sentence, but belongs to the commands last above it. */
export function examplesOf(page: string): ReadonlyMap<string, readonly Block[]> {
  const marked = readPage(page).split(/^<!-- example: /m).slice(1); // prettier-ignore
  const examples = new Map<string, Block[]>();
  for (const part of marked) {
    const example = part.slice(0, part.indexOf(' '));
    const block = { example, commands: /^```sh\n(.*?)^```/ms.exec(part)?.[1] ?? '', shown: /^```text\n(.*?)^```/ms.exec(part)?.[1] ?? '' };
    examples.set(example, [...(examples.get(example) ?? []), block]);
  }
  return examples;
}

/** Sessions by name: one block for each command, which stands behind a prompt, with what the page shows below it. */
export function sessionsOf(page: string): ReadonlyMap<string, readonly Block[]> {
  const marked = [...readPage(page).matchAll(/^<!-- session: (\S+) -->\n```console\n(.*?)^```/gms)];
  return new Map(marked.map(([, name = '', text = '']) => [name, commandsOf(name, text)]));
}

function commandsOf(example: string, text: string): readonly Block[] {
  const typed = `\n${text}`.split(`\n${PROMPT}`).slice(1);
  return typed.map((lines) => {
    const [command = '', ...shown] = lines.replace(/\n$/, '').split('\n');
    return { example, commands: `${command}\n`, shown: shown.map((line) => `${line}\n`).join('') };
  });
}

/** All blocks of an example as one script, with a line between their outputs. */
export function scriptOf(blocks: readonly Block[], mount = '/circuit'): string {
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
