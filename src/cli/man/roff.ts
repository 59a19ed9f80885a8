/**
 * Text as man(7) takes it. Pure.
 */

/** What no line of a page is read as: a request, an escape, a hyphen where a dash of the command line is meant. */
export function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[^\n\x20-\x7e]/gu, (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`);
  return escaped.replace(/^(?=[.'])/gm, '\\&');
}

/** A heading. */
export function section(name: string, ...body: readonly string[]): string {
  return `.SH ${name.toUpperCase()}\n${body.join('').replace(/^\.PP\n/, '')}`;
}

export function paragraph(text: string): string {
  return `.PP\n${lines(text)}`;
}

/** A term, bold, and what it means. */
export function item(term: string, text: string): string {
  return `.TP\n.B ${quoted(term)}\n${lines(text)}`;
}

/** As it is typed. */
export function code(text: string): string {
  return `.PP\n.RS 4\n.nf\n${lines(text)}.fi\n.RE\n`;
}

export function title(name: string, volume: number, { version, date }: { readonly version: string; readonly date: string }): string {
  return `.TH ${quoted(name.toUpperCase())} ${volume} ${date} ${quoted(`circuit ${version}`)} "Circuit manual"\n`;
}

function quoted(text: string): string {
  return `"${roff(text).replace(/^\\&/, '').replaceAll('"', '\\(dq')}"`;
}

/** Sentences begin lines: that is how their ends are known. */
function lines(text: string): string {
  return `${roff(text.trim())}\n`;
}
