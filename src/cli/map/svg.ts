/**
 * A circuit as SVG: servers around a circle, lines between those that hold a connection. It stands alone, or in a page; it loads nothing. Pure.
 */
import { cutCells } from '../terminal/cells.js';
import { type CircuitMap, degreesOf, type MapServer } from './model.js';
import { Markup, markup } from './markup.js';
import { COLOURS, DARK_COLOURS } from './colours.js';
import { calmness, count, elementsText, loadWords, titleOf } from './words.js';

/** Units of the drawing. */
const SIZE = 800;
const MIDDLE = SIZE / 2;
const RADIUS = 200;
/** Names stand upright beside so many servers, along the radius beside so many; beside more of them nobody could read them. */
const UPRIGHT_UP_TO = 12;
const NAMED_UP_TO = 48;
const NAME_CELLS = 12;
/** What of the drawing is shown: left, top, width, height. */
const VIEWS = { few: '0 100 800 600', radial: '30 30 740 740', many: '190 190 420 420' } as const;
const DOT_RADIUS = 15;
const SMALL_DOT_RADIUS = 3;
const GAP = 14;

const STYLE = new Markup(`
.circuit-map { ${COLOURS} }
@media (prefers-color-scheme: dark) { .circuit-map { ${DARK_COLOURS} } }
.circuit-map text { fill: var(--ink); font: 27px system-ui, sans-serif; unicode-bidi: isolate; }
.circuit-map .more { fill: var(--soft); font-size: 22px; }
.circuit-map .radial text { font-size: 20px; }
.circuit-map .link { stroke: var(--line); stroke-width: 2; }
.circuit-map .many .link { stroke-width: 1; stroke-opacity: 0.25; }
.circuit-map circle { stroke: var(--ground); stroke-width: 3; }
.circuit-map .many circle { stroke-width: 0; }
.circuit-map .calm { fill: var(--calm); }
.circuit-map .busy { fill: var(--busy); }
.circuit-map .over { fill: var(--over); }
.circuit-map .silent { fill: var(--ground); stroke: var(--silent); }
.circuit-map .many .silent { fill: var(--silent); }
.circuit-map .self circle { stroke: var(--ink); stroke-width: 5; }
.circuit-map .self .name { font-weight: 700; }
`);

interface Spot {
  readonly x: number;
  readonly y: number;
  /** Where it lies from the middle, in degrees, clockwise from the right. */
  readonly angle: number;
}

/** A whole document. */
export function svgDocument(map: CircuitMap): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svgOf(map).text}\n`;
}

export function svgOf(map: CircuitMap): Markup {
  const { servers, links } = map;
  const spots = servers.map((_, at) => spotOf(at, servers.length));
  const degrees = degreesOf(map);
  const lines = links.flatMap(([a, b]) => lineBetween(spots[a], spots[b]));
  const dots = servers.flatMap((server, at) => dotOf(server, spots[at], degrees[at] ?? 0, servers.length));
  const density = servers.length > NAMED_UP_TO ? 'many' : servers.length > UPRIGHT_UP_TO ? 'radial' : 'few';
  return markup`<svg xmlns="http://www.w3.org/2000/svg" class="circuit-map" viewBox="${VIEWS[density]}" role="img" aria-labelledby="map-title map-description">
<title id="map-title">${titleOf(map)}</title>
<desc id="map-description">${descriptionOf(map)}</desc>
<style>${STYLE}</style>
<g class="${density}">
${lines}${dots}</g>
</svg>`;
}

/** The picture in words, as far as they can be listened to; a page has the table. */
function descriptionOf({ servers, links }: CircuitMap): string {
  const what = `Servers around a circle, a line between each two that hold a connection: ${count(links.length, 'line', 'lines')}.`;
  if (servers.length > NAMED_UP_TO) return what;
  return `${what} ${servers.map((server) => `${server.name}: ${loadWords(server)}`).join('; ')}.`;
}

/** Clockwise from the top. */
function spotOf(at: number, of: number): Spot {
  if (of === 1) return { x: MIDDLE, y: MIDDLE, angle: 90 };
  const angle = (360 * at) / of - 90;
  const radians = (angle * Math.PI) / 180;
  return { x: tenth(MIDDLE + RADIUS * Math.cos(radians)), y: tenth(MIDDLE + RADIUS * Math.sin(radians)), angle };
}

function lineBetween(from: Spot | undefined, to: Spot | undefined): Markup[] {
  if (from === undefined || to === undefined) return [];
  return [markup`<line class="link" x1="${from.x}" y1="${from.y}" x2="${to.x}" y2="${to.y}"/>\n`];
}

function dotOf(server: MapServer, spot: Spot | undefined, degree: number, of: number): Markup[] {
  if (spot === undefined) return [];
  const { x, y } = spot;
  const isMany = of > NAMED_UP_TO;
  const words = [server.name, server.id, ...(server.isSelf ? ['asked for this map'] : []), loadWords(server), ...(server.told === undefined ? [] : [elementsText(server)]), count(degree, 'link', 'links')];
  const radius = isMany ? SMALL_DOT_RADIUS : of > UPRIGHT_UP_TO ? DOT_RADIUS / 2 : DOT_RADIUS;
  const label = isMany ? [] : [of > UPRIGHT_UP_TO ? radialLabel(server, spot, radius) : uprightLabel(server, spot)];
  return [
    markup`<g${server.isSelf ? markup` class="self"` : ''}><title>${words.join(', ')}</title><circle class="${calmness(server)}" cx="${x}" cy="${y}" r="${radius}"/>${label}</g>\n`,
  ];
} // prettier-ignore

/** Beside a server on the left or right, above or below it else. */
function uprightLabel(server: MapServer, { x, y, angle }: Spot): Markup {
  const [across, down] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const anchor = across > 0.2 ? 'start' : across < -0.2 ? 'end' : 'middle';
  const distance = DOT_RADIUS + GAP;
  const left = tenth(x + (anchor === 'middle' ? 0 : Math.sign(across) * distance));
  // Two lines of text, whose baselines these are.
  const top = tenth(y + (anchor === 'middle' ? (down < 0 ? -distance - 26 : distance + 22) : 0));
  return markup`<text class="name" x="${left}" y="${top}" text-anchor="${anchor}">${cutCells(server.name, NAME_CELLS)}</text><text class="more" x="${left}" y="${tenth(top + 26)}" text-anchor="${anchor}">${loadWords(server)}</text>`;
} // prettier-ignore

/** Along the radius, and never upside down. */
function radialLabel(server: MapServer, { x, y, angle }: Spot, radius: number): Markup {
  const isLeft = Math.cos((angle * Math.PI) / 180) < -0.001;
  const turn = tenth(isLeft ? angle + 180 : angle);
  const shift = (radius + GAP / 2) * (isLeft ? -1 : 1);
  return markup`<text class="name" x="${tenth(x + shift)}" y="${y}" text-anchor="${isLeft ? 'end' : 'start'}" dominant-baseline="central" transform="rotate(${turn} ${x} ${y})">${cutCells(server.name, NAME_CELLS)}</text>`;
} // prettier-ignore

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
