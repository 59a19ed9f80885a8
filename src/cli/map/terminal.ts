/**
 * `circuit map` for a terminal, or a file of plain text: the picture, or with many servers a mark for each, and a table. Pure.
 */
import { cutCells } from '../terminal/cells.js';
import { type Line, line, styled } from '../terminal/line.js';
import { ageOf, tableText } from '../ps/table.js';
import { loadText } from '../figures.js';
import { type CircuitMap, type MapServer, neighboursOf } from './model.js';
import { pictureOf } from './picture.js';
import { calmness, elementsText, strainOf, styleOf, titleOf } from './words.js';

const HEAD = ['', 'SERVER', 'ID', 'ADDRESS', 'UP', 'LOAD', 'ELEMENTS', 'LINKED TO'] as const;
/** Of more servers than this the table on a terminal has the most loaded ones. */
const TABLE_UP_TO = 40;
const NAMED_NEIGHBOURS = 6;
/** Marks a line, between them a blank. */
const MARKS_A_LINE = 50;
const MARKS = { calm: '.', busy: 'o', over: '#', silent: '?' } as const;

/** @param isBounded a person reads it: no more than some screens of it */
export function mapLines(map: CircuitMap, columns: number, isBounded: boolean): readonly Line[] {
  const picture = pictureOf(map, columns) ?? marksOf(map, columns);
  return [line(styled('title', titleOf(map))), line(), ...picture, line(), ...tableOf(map, isBounded)];
}

/** One mark a server. */
function marksOf({ servers }: CircuitMap, columns: number): readonly Line[] {
  const many = Math.max(1, Math.min(MARKS_A_LINE, Math.floor(columns / 2)));
  const lines = Array.from({ length: Math.ceil(servers.length / many) }, (_, row) =>
    line(
      ...servers
        .slice(row * many, (row + 1) * many)
        .flatMap((server) => [styled(server.isSelf ? 'title' : styleOf(server), markOf(server)), ' ']),
    ),
  );
  return [...lines, line(styled('dim', '@ this one   . calm   o busy   # more to do than processors   ? did not answer'))];
}

function markOf(server: MapServer): string {
  return server.isSelf ? '@' : MARKS[calmness(server)];
}

function tableOf(map: CircuitMap, isBounded: boolean): readonly Line[] {
  const { servers, at } = map;
  const isCut = isBounded && servers.length > TABLE_UP_TO;
  const places = [...servers.keys()];
  const shown = isCut ? places.sort((a, b) => strain(map, b) - strain(map, a) || a - b).slice(0, TABLE_UP_TO) : places;
  const neighbours = neighboursOf(map);
  const rows = shown.map((place) => {
    const server = servers[place];
    if (server === undefined) return [];
    const { id, name, address, joined, isSelf, told } = server;
    const load = told === undefined ? '-' : loadText(told.figures);
    const names = (neighbours[place] ?? []).map((other) => cutCells(servers[other]?.name ?? '', 20));
    const linked = names.slice(0, NAMED_NEIGHBOURS).join(' ') + (names.length > NAMED_NEIGHBOURS ? ` +${names.length - NAMED_NEIGHBOURS}` : '');
    return [isSelf ? '*' : '', name, id, address, ageOf(joined.toISOString(), at.getTime()), load, elementsText(server), linked === '' ? '-' : linked];
  });
  const [head = '', ...texts] = tableText(HEAD, rows, Infinity);
  return [
    line(styled('head', head)),
    ...texts.map((text, row) => line(styled(styleFor(servers[shown[row] ?? -1]), text))),
    ...(isCut ? [line(styled('dim', `… ${servers.length - shown.length} more, with less to do: --json and --html have all`))] : []),
  ];
} // prettier-ignore

function styleFor(server: MapServer | undefined): ReturnType<typeof styleOf> {
  return server && styleOf(server);
}

function strain({ servers }: CircuitMap, place: number): number {
  const server = servers[place];
  return server === undefined ? 0 : Math.min(strainOf(server), Number.MAX_VALUE);
}
