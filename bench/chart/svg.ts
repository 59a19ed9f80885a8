/**
 * The few elements of SVG that the pictures are made of.
 */
import { GAP } from './style.js';

/** A part of a text, in a class of the style. */
export interface Span {
  readonly kind?: string;
  readonly text: string;
}

export type Point = readonly [x: number, y: number];

export function text(x: number, y: number, spans: readonly Span[]): string {
  const parts = spans.map(({ kind = '', text: content }, index) => {
    const attributes = `${kind === '' ? '' : ` class="${kind}"`}${index === 0 ? '' : ` dx="${GAP}"`}`;
    return attributes === '' ? escape(content) : `<tspan${attributes}>${escape(content)}</tspan>`;
  });
  return `<text x="${x}" y="${y}">${parts.join('')}</text>`;
}

export function line(kind: string, [x1, y1]: Point, [x2, y2]: Point): string {
  return `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

export function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A tenth of a pixel is enough. */
export function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
