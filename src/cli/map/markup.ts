/**
 * Text from outside in HTML and SVG: nothing in it is markup, and nothing turns the page's writing around. Pure.
 */
import { escapeControls } from '../../base/quote.js';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** What no XML document may have (XML 1.0 section 2.2), control characters aside: halves of surrogate pairs, and two that are no characters. */
const NOT_XML = /[\p{Cs}\ufffe\uffff]/gu;

/** Markup that is as it is meant. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | readonly Part[];

/** A template whose values are text, and escaped, or markup that was made by this. */
export function markup(texts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new Markup(texts.map((text, at) => text + (at < values.length ? partOf(values[at] ?? '') : '')).join(''));
}

function partOf(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(partOf).join('');
  return escapeControls(String(part)).replace(NOT_XML, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? ''); // prettier-ignore
}
