/**
 * The configuration file that a package brings: each option of `circuit start` behind a `#`, with what it does. Pure.
 */
import type { OptionRow } from './row.js';
import { OPTIONS } from './table.js';

const COLUMNS = 100;
const HEAD = `# The server that circuit.service starts, and "circuit start" of root. For a line that you want, take the # before it away.
# circuit.conf(5) says how it is read; "circuit start --show-config" prints what holds, and why.
`;

export function sampleConfig(): string {
  const rows = OPTIONS.filter(({ takers }) => takers.includes('start'));
  return HEAD + rows.map((row) => `\n${commented(`${row.help.charAt(0).toUpperCase()}${row.help.slice(1)}`)}#${lineOf(row)}\n`).join('');
}

/** What it is without the line, or what a value looks like. */
function lineOf({ name, value, preset }: OptionRow): string {
  if (value === undefined) return `${name} = false`;
  const usual = preset === undefined || preset.shown !== undefined ? value : String(preset.value);
  return `${name} = ${usual}`;
}

function commented(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length < COLUMNS) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `# ${line}\n`).join('');
}
