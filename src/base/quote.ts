/**
 * Text from outside, fit to be shown and to be copied into a shell: names and paths may hold anything that a terminal or a shell would act on.
 */

/** Nothing of this means anything to a shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;
/** Control characters (C0, DEL, C1), line separators, and the marks that turn the direction of writing around (UAX #9), U+061C among them. */
const UNSHOWABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

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

/** JSON text that says the same and that no terminal acts on: the same characters as JSON's own escapes. Those that lay it out stay. */
export function escapeInJson(json: string): string {
  return json.replace(UNSHOWABLE, (character) =>
    character === '\n' || character === '\t' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value as JSON to be shown. @param indent one level; without it all is on one line */
export function shownJson(value: unknown, indent?: string): string {
  return escapeInJson(JSON.stringify(value ?? null, undefined, indent));
}
