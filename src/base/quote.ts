/**
 * Text from outside, fit to be shown and to be copied into a shell: names and paths may hold anything that a terminal or a shell would act on.
 */

/** Nothing of this means anything to a shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;
/** Control characters of ASCII and Latin-1, line separators, and the marks that turn the direction of writing around. */
const UNSHOWABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A word for sh that stands for `text`; with control characters in it, for bash and the sh of POSIX.1-2024 (`$'…'`). */
export function shellQuote(text: string): string {
  if (PLAIN.test(text)) return text;
  if (text.search(UNSHOWABLE) < 0) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${escapeControls(text.replace(/[\\']/g, String.raw`\$&`))}'`;
}

/** The same text on one line that no terminal acts on: its control characters as the octal escapes of printf(1), byte by byte. */
export function escapeControls(text: string): string {
  return text.replace(UNSHOWABLE, (character) =>
    [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  );
}
