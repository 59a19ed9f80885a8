/**
 * How much room text takes, roughly and rather too much: which font a reader has is not known. The widths are those of DejaVu Sans, a wide one.
 */

/** Of one character, in multiples of the font's size. */
const WIDTHS: readonly (readonly [characters: RegExp, em: number])[] = [
  [/[ijlI|'.,:;!]/, 0.36],
  [/[\sftr()[\]/-]/, 0.44],
  [/[mwMW@%×÷≤≥–…✓✗]/, 1],
  [/[A-Z&]/, 0.78],
];
const EM_OTHERS = 0.64;

/** In pixels. */
export function widthOf(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += WIDTHS.find(([characters]) => characters.test(character))?.[1] ?? EM_OTHERS;
  return width * size;
}

/** The text in lines that fit, broken between words; a word that is too long is cut short. */
export function wrap(text: string, size: number, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && widthOf(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(shorten(word, size, width));
  }
  return lines;
}

/** The text itself if it fits, or its beginning and an ellipsis. */
export function shorten(text: string, size: number, width: number): string {
  if (widthOf(text, size) <= width) return text;
  let kept = text;
  while (kept !== '' && widthOf(`${kept}…`, size) > width) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}
