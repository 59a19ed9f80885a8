/**
 * Lines for a terminal: text with styles, and how they become bytes. Whatever the text is, the terminal acts on nothing in it. Pure.
 */
import { escapeControls } from '../../base/quote.js';
import { widthOf, cutCells } from './cells.js';

export type Style = 'title' | 'head' | 'dim' | 'good' | 'warning' | 'bad' | 'key';

export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

export interface Line {
  readonly spans: readonly Span[];
  /** Shown in reverse, over the whole width. */
  readonly selected?: boolean;
}

/** Attributes of console_codes(4) for each style: what remains without colour, and the colour. */
const ATTRIBUTES: Readonly<Record<Style, readonly [plain: string, colour: string]>> = {
  title: ['1', ''],
  head: ['1', '36'],
  dim: ['', '90'],
  good: ['', '32'],
  warning: ['1', '33'],
  bad: ['1', '31'],
  key: ['1', '36'],
};
const REVERSE = '7';
const RESET = '\u001b[0m';

export function line(...spans: readonly (string | Span)[]): Line {
  return { spans: spans.map((span) => (typeof span === 'string' ? { text: span } : span)) };
}

export function styled(style: Style | undefined, text: string): Span {
  return { text, style };
}

/** What it says, no wider than so many columns. */
export function plainText({ spans }: Line, columns: number): string {
  return cutCells(escapeControls(spans.map(({ text }) => text).join('')), columns);
}

/** The same with its styles. */
export function paint({ spans, selected = false }: Line, columns: number, hasColour: boolean): string {
  let painted = '';
  let left = columns;
  for (const [at, { text, style }] of spans.entries()) {
    const shown = escapeControls(text);
    const cells = widthOf(shown);
    // The last one that fits shows that something is left out.
    const isLast = cells > left || (cells === left && spans.slice(at + 1).some((span) => span.text !== ''));
    const part = isLast ? cutCells(cells > left ? shown : `${shown} `, left) : shown;
    painted += withAttributes(part, attributesOf(style, selected, hasColour));
    left -= widthOf(part);
    if (isLast) break;
  }
  return selected && left > 0 && left < Infinity ? painted + withAttributes(' '.repeat(left), REVERSE) : painted;
}

function attributesOf(style: Style | undefined, selected: boolean, hasColour: boolean): string {
  const [plain, colour] = style === undefined ? ['', ''] : ATTRIBUTES[style];
  return [plain, hasColour && !selected ? colour : '', selected ? REVERSE : ''].filter((each) => each !== '').join(';');
}

function withAttributes(text: string, attributes: string): string {
  return attributes === '' || text === '' ? text : `\u001b[${attributes}m${text}${RESET}`;
}
