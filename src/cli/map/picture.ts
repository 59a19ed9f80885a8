/**
 * A circuit as a picture for a terminal: servers around an ellipse, each with its name and load, and lines between those that hold a connection. Pure.
 */
import { escapeControls } from '../../base/quote.js';
import { loadText } from '../figures.js';
import { cutCells, widthOf } from '../terminal/cells.js';
import { type Line, line, type Span, type Style, styled } from '../terminal/line.js';
import { Canvas } from './canvas.js';
import type { CircuitMap, MapServer } from './model.js';
import { styleOf } from './words.js';

/** With more servers there would be more lines than can be told apart. */
const PICTURE_UP_TO = 40;
const LABEL_FROM = 10;
const CANVAS_FROM = 16;
/** A cell is twice as high as wide. */
const ASPECT = 2;
/** How much taller the ellipse is than what the servers take of it: the first and last ones do not meet. */
const TALLER = 1.2;

interface Node {
  readonly server: MapServer;
  readonly column: number;
  readonly row: number;
  readonly isRight: boolean;
}

/** Undefined: there are too many servers, or too few columns. */
export function pictureOf(map: CircuitMap, columns: number): readonly Line[] | undefined {
  const { servers, links } = map;
  if (servers.length > PICTURE_UP_TO || servers.length < 2) return undefined;
  const onRight = Math.ceil(servers.length / 2);
  const rows = onRight * spacingFor(onRight) + 1;
  const labels = servers.map(({ name, told }) => `${escapeControls(name)} ${told === undefined ? '?' : loadText(told.figures)}`);
  const label = Math.min(Math.max(...labels.map(widthOf)), Math.floor((columns - CANVAS_FROM) / 2) - 2);
  if (label < LABEL_FROM) return undefined;
  const width = Math.max(CANVAS_FROM, Math.min(rows * ASPECT * 2, columns - 2 * (label + 2)));
  const nodes = placed(servers, onRight, width, rows);
  const canvas = new Canvas(width, rows);
  for (const [a, b] of links) {
    const [from, to] = [nodes[a], nodes[b]];
    if (from !== undefined && to !== undefined) canvas.line(from.column, from.row, to.column, to.row);
  }
  return Array.from({ length: rows }, (_, row) => {
    const here = nodes.flatMap((node, at) => (node.row === row ? [{ node, text: cutCells(labels[at] ?? '', label) }] : []));
    return lineOf(canvas.row(row), label + 2, here);
  });
}

/** Clockwise from the top: the first half on the right, the others on the left. */
function placed(servers: readonly MapServer[], onRight: number, width: number, rows: number): readonly Node[] {
  const [middle, half] = [(rows - 1) / 2, (rows / 2) * TALLER];
  return servers.map((server, at) => {
    const isRight = at < onRight;
    const [place, of] = isRight ? [at, onRight] : [servers.length - 1 - at, servers.length - onRight];
    const row = Math.min(rows - 1, Math.floor(((place + 0.5) * rows) / of));
    const reach = Math.sqrt(Math.max(0, 1 - ((row - middle) / half) ** 2)) * ((width - 1) / 2);
    return { server, isRight, row, column: Math.round((width - 1) / 2 + (isRight ? reach : -reach)) };
  });
}

/** At most one server on each side: what is outside of it is its label, and hides no line. */
function lineOf(cells: readonly string[], margin: number, here: readonly { readonly node: Node; readonly text: string }[]): Line {
  const left = here.find(({ node }) => !node.isRight);
  const right = here.find(({ node }) => node.isRight);
  const from = left?.node.column ?? -1;
  const to = right?.node.column ?? cells.length;
  const between = cells.slice(from + 1, to).join('');
  const before = left === undefined ? [' '.repeat(margin)] : [' '.repeat(margin + from - 1 - widthOf(left.text)), ...labelled(left), ' ', mark(left.node.server)];
  const after = right === undefined ? [] : [mark(right.node.server), ' ', ...labelled(right)];
  return line(...before, styled('dim', between.trimEnd() === between || right !== undefined ? between : between.trimEnd()), ...after);
} // prettier-ignore

function labelled({ node, text }: { readonly node: Node; readonly text: string }): readonly Span[] {
  const style: Style | undefined = node.server.isSelf ? 'title' : styleOf(node.server);
  return [styled(style, text)];
}

function mark(server: MapServer): Span {
  return styled(styleOf(server) ?? 'good', server.told === undefined ? '○' : server.isSelf ? '◉' : '●');
}

function spacingFor(onSide: number): number {
  return onSide <= 4 ? 3 : onSide <= 10 ? 2 : 1;
}
