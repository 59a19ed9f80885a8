/**
 * One bar with its name and what is said of it: the value, for a peer the ratio, and whether an aim is met.
 */
import type { Scale } from './scale.js';
import { BAR, BOLD, GAP, MARGIN, ROW, SIZES, WIDTH } from './style.js';
import { line, round, type Span, text } from './svg.js';
import type { Measured, PrintedAim, PrintedFigure } from './tables.js';
import { shorten, widthOf } from './text.js';

export interface Row {
  readonly kind: 'ours' | 'peer';
  readonly name: string;
  readonly measured: Measured | undefined;
  /** Where the aims are. */
  readonly bounds: readonly number[];
  readonly said: readonly Span[];
}

/** Where bars and texts stand, the same in a whole section. */
export interface Columns {
  readonly label: number;
  readonly bars: number;
}

/** Of a name. */
const LABEL_WIDTH = 260;

/** The circuit's first. */
export function rowsOf({ unit, ours, peers, aims }: PrintedFigure): readonly Row[] {
  const verdicts = (name?: string): readonly Span[] => aims.filter(({ ratioTo }) => ratioTo === name).map(verdictOf);
  const value = ({ printed }: Measured): Span => ({ text: `${printed} ${unit}` });
  return [
    { kind: 'ours', name: 'circuit', measured: ours, bounds: aims.flatMap(({ bound }) => bound ?? []), said: [value(ours), ...verdicts()] },
    ...peers.map(({ name, measured, absent = '', ratio }): Row => {
      if (measured === undefined) return { kind: 'peer', name, measured, bounds: [], said: [{ kind: 'faint', text: absent }] };
      const ratios = ratio === undefined ? [] : [{ kind: 'faint', text: ratio }];
      return { kind: 'peer', name, measured, bounds: [], said: [value(measured), ...ratios, ...verdicts(name)] };
    }),
  ];
}

function verdictOf({ text: bound, met }: PrintedAim): Span {
  return met ? { kind: 'met', text: `✓ met: ${bound}` } : { kind: 'missed', text: `✗ missed: ${bound}` };
}

/** Names and texts take what the longest needs, bars the rest. What only says why there is no bar stands in its place. */
export function columnsOf(rows: readonly Row[]): Columns {
  const names = rows.map(({ name }) => widthOf(name, SIZES.text));
  const texts = rows.map(({ measured, said }) => (measured === undefined ? 0 : widthOfAll(said)));
  const label = Math.ceil(Math.min(LABEL_WIDTH, Math.max(...names)) + GAP);
  return { label, bars: Math.floor(WIDTH - 2 * MARGIN - label - GAP - Math.max(...texts)) };
}

function widthOfAll(said: readonly Span[]): number {
  return said.reduce((sum, { text: each }) => sum + widthOf(each, SIZES.text * BOLD) + GAP, -GAP);
}

/** @param top of the row */
export function drawRow({ kind, name, measured, bounds, said }: Row, top: number, { label }: Columns, scale: Scale): readonly string[] {
  const left = MARGIN + label;
  const base = top + ROW - 5;
  const drawn = [text(MARGIN, base, [{ kind: kind === 'ours' ? '' : 'faint', text: shorten(name, SIZES.text, label - GAP) }])];
  if (measured === undefined) {
    const fitting = said.map((span) => ({ ...span, text: shorten(span.text, SIZES.text, WIDTH - MARGIN - left) }));
    return [...drawn, text(left, base, fitting)];
  }
  const { x, isCut } = scale.at(measured.value);
  const width = round(Math.max(1, x));
  const y = top + (ROW - BAR) / 2;
  drawn.push(`<rect class="${kind}" x="${left}" y="${y}" width="${width}" height="${BAR}"/>`);
  if (isCut) drawn.push(`<path class="cut" d="M${round(left + width - 16)} ${y + BAR + 1}l6 ${-BAR - 2}m4 0l-6 ${BAR + 2}"/>`);
  const aims = bounds.map((bound) => round(left + scale.at(bound).x));
  for (const aim of aims) drawn.push(line('aim', [aim, top], [aim, top + ROW - 1]));
  return [...drawn, text(round(Math.max(left + width, ...aims) + GAP), base, said)]; // no aim goes through it
}
