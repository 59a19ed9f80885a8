/**
 * How wide text is on a terminal: in cells, as wcwidth(3) counts them. Text is shown only when its control characters have been escaped. Pure.
 */
import { eastAsianWidth } from 'get-east-asian-width';

const ASCII = /^[\x20-\x7e]*$/;
/** What goes with the character before it: combining marks, joiners, variation selectors, the vowels and finals of Hangul. */
const WITHOUT_CELL = /^(?!\u00ad)[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;

export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let cells = 0;
  for (const character of text) cells += cellsOfCharacter(character);
  return cells;
}

/** As much as fits, with `…` where something was left out. */
export function cutCells(text: string, columns: number): string {
  if (columns === Infinity || (ASCII.test(text) && text.length <= columns)) return text;
  if (columns < 1) return '';
  let cells = 0;
  let kept = ''; // what is shown if this is not all
  let all = '';
  for (const character of text) {
    cells += cellsOfCharacter(character);
    if (cells > columns) return `${kept}…`;
    all += character;
    if (cells < columns) kept = all;
  }
  return text;
}

/** At least so wide. */
export function padCells(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Its first part that fits into a line, and the rest. Something always fits. */
export function splitCells(text: string, columns: number): readonly [string, string] {
  if (ASCII.test(text)) return [text.slice(0, Math.max(1, columns)), text.slice(Math.max(1, columns))];
  let cells = 0;
  let length = 0;
  for (const character of text) {
    cells += cellsOfCharacter(character);
    if (cells > columns && length > 0) break;
    length += character.length;
  }
  return [text.slice(0, length), text.slice(length)];
}

function cellsOfCharacter(character: string): number {
  return WITHOUT_CELL.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
}
