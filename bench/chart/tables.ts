/**
 * Reads back the Markdown that `report.ts` prints, from a saved run or a page that quotes it: each section with its figures, their peers and aims.
 */
import { TABLE_HEAD } from '../report.js';

export interface Measured {
  readonly value: number;
  /** As it stands in the table. */
  readonly printed: string;
}

export interface Peer {
  readonly name: string;
  readonly measured?: Measured;
  /** Why nothing was measured. */
  readonly absent?: string;
  /** Of the circuit's value to this one, as printed. */
  readonly ratio?: string;
}

export interface PrintedAim {
  /** As printed: `≤ 1 ×`. */
  readonly text: string;
  /** The peer to whose value it is a ratio; of the circuit's value itself if absent. */
  readonly ratioTo?: string;
  /** What the circuit's value is to be at most, or at least. Absent if the peer has no value. */
  readonly bound?: number;
  readonly met: boolean;
}

export interface PrintedFigure {
  readonly name: string;
  readonly unit: string;
  readonly ours: Measured;
  readonly peers: readonly Peer[];
  readonly aims: readonly PrintedAim[];
}

export interface Section {
  readonly title: string;
  readonly figures: readonly PrintedFigure[];
}

/** Stands for a peer that a figure does not have, and for a value that a peer does not have. */
const NONE = '–';
const COLUMNS = 7;
const [HEAD] = TABLE_HEAD.split('\n');

/** All sections that have a figure. @throws Error with the number of a line that cannot be understood */
export function sectionsOf(markdown: string): readonly Section[] {
  const sections: { readonly title: string; readonly figures: PrintedFigure[] }[] = [];
  let title = '';
  let table: PrintedFigure[] | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    title = /^#+ (.*)$/.exec(line)?.[1] ?? title;
    if (line === HEAD) sections.push({ title, figures: (table = []) });
    else if (!line.startsWith('|')) table = undefined;
    else if (table !== undefined && !line.startsWith('|-')) addRow(table, line, `line ${index + 1}`);
  }
  return sections.filter(({ figures }) => figures.length > 0);
}

/** What names a section in the name of a file. */
export function slugOf({ title }: Section): string {
  return title
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** A row with a figure begins it; one without adds a peer to the last. */
function addRow(figures: PrintedFigure[], line: string, place: string): void {
  const cells = line.split('|').slice(1, -1).map((cell) => cell.trim()); // prettier-ignore
  if (cells.length !== COLUMNS) throw new Error(`${place}: a row of ${cells.length} cells; expected ${COLUMNS}`);
  const [heading = '', ours = '', ...peer] = cells;
  const figure = heading === '' ? figures.pop() : figureOf(heading, ours, place);
  if (figure === undefined) throw new Error(`${place}: a peer before any figure; expected a figure in the first cell`);
  figures.push(withPeer(figure, peer));
}

function figureOf(heading: string, ours: string, place: string): PrintedFigure {
  const comma = heading.lastIndexOf(', ');
  const measured = measuredOf(ours);
  if (comma < 0 || measured === undefined) throw new Error(`${place}: not a figure; expected "NAME, UNIT" and a number`);
  return { name: heading.slice(0, comma), unit: heading.slice(comma + 2), ours: measured, peers: [], aims: [] };
}

function withPeer(figure: PrintedFigure, [name = '', its = '', ratio = '', aim = '', verdict = '']: readonly string[]): PrintedFigure {
  const measured = measuredOf(its);
  const peer = { name, ...(measured === undefined ? { absent: its } : { measured }), ...(/^\d/.test(ratio) && { ratio }) };
  return {
    ...figure,
    peers: name === NONE ? figure.peers : [...figure.peers, peer],
    aims: aim === '' ? figure.aims : [...figure.aims, aimOf(aim, verdict === 'met', peer)],
  };
}

function aimOf(text: string, met: boolean, { name, measured }: Peer): PrintedAim {
  const number = measuredOf(text.replace(/[≤≥×\s]/g, ''))?.value;
  if (!text.endsWith('×')) return { text, met, ...(number !== undefined && { bound: number }) };
  const bound = number !== undefined && measured !== undefined ? number * measured.value : undefined;
  return { text, met, ratioTo: name, ...(bound !== undefined && { bound }) };
}

function measuredOf(printed: string): Measured | undefined {
  return /^[\d,]+(\.\d+)?(e[+-]\d+)?$/.test(printed) ? { value: Number(printed.replaceAll(',', '')), printed } : undefined;
}
