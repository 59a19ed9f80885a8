/**
 * `circuit start --show-config`: each option's value and where it came from, as a configuration file that would do the same. Pure.
 */
import { escapeControls } from '../../base/quote.js';
import { isKey } from './config-file.js';
import type { Setting, Settings } from './settings.js';

export function configText({ all, file }: Settings): string {
  const shown = all.flatMap((setting) => linesOf(setting));
  const width = Math.max(...shown.map(([line]) => line.length));
  const head = file === undefined ? '# no configuration file\n' : `# configuration file: ${escapeControls(file)}\n`;
  return head + shown.map(([line, where]) => `${line.padEnd(width)}  # ${where}\n`).join('');
}

type Shown = readonly [line: string, where: string];

/** What is not set stands there as a comment. */
function linesOf({ row, words, source, where }: Setting): readonly Shown[] {
  const { name, preset } = row;
  if (source !== 'preset')
    return words.map((word, at) => [`${name} = ${isKey(word) ? '(a key, not shown)' : quoted(word)}`, escapeControls(where[at] ?? '')]);
  const usual = preset === undefined || preset.shown !== undefined || preset.value === false ? '' : String(preset.value);
  return [[`${usual === '' ? '# ' : ''}${name} =${usual === '' ? '' : ` ${usual}`}`, 'default']];
}

/** As the file takes it back. */
function quoted(word: string): string {
  const text = escapeControls(word).replaceAll('$', '$$$$');
  return /^"|^\s|\s$|(^|\s)#/.test(word) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}
