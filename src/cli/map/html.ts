/**
 * A circuit as one page: the drawing, and a table that says the same in words. It loads nothing and runs nothing. Pure.
 */
import { ageOf } from '../ps/table.js';
import { loadText } from '../figures.js';
import { COLOURS, DARK_COLOURS } from './colours.js';
import { Markup, markup } from './markup.js';
import { type CircuitMap, type MapServer, neighboursOf } from './model.js';
import { svgOf } from './svg.js';
import { calmness, elementsText, titleOf } from './words.js';

/** The table becomes a list of cards where it would be too wide. */
const STYLE = new Markup(`
:root { color-scheme: light dark; ${COLOURS} }
@media (prefers-color-scheme: dark) { :root { ${DARK_COLOURS} } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
figure { margin: 0 auto; max-width: 46rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
figcaption ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; justify-content: center; list-style: none; margin: 0.5rem 0 0; padding: 0; color: var(--soft); font-size: 0.9rem; }
figcaption i { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 50%; margin-right: 0.4em; border: 2px solid transparent; background-clip: border-box; }
.calm { background: var(--calm); } .busy { background: var(--busy); } .over { background: var(--over); } figcaption .silent { border-color: var(--silent); }
figcaption .asked { border-color: var(--ink); }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--edge); }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
code { font-size: 0.95em; } .id { white-space: nowrap; }
.note { color: var(--soft); font-weight: 400; }
.bad { color: var(--silent); font-weight: 600; } .high { color: var(--over); font-weight: 600; }
td.calm, td.busy, td.over { background: none; }
@media (max-width: 52rem) {
  thead { position: absolute; clip-path: inset(50%); }
  table, tbody, tr, th, td { display: block; }
  tr { border: 1px solid var(--edge); border-radius: 0.5rem; margin: 0 0 0.75rem; padding: 0.5rem 0.75rem; }
  th, td { border: 0; padding: 0.1rem 0; }
  tbody th { font-size: 1.05rem; }
  td::before { content: attr(data-label); display: inline-block; min-width: 6.5rem; color: var(--soft); }
}
@media print { tr { break-inside: avoid; } }
`);
const HEAD = ['Server', 'ID', 'Address', 'Up', 'Load', 'Elements', 'Linked to', 'Version'] as const;
/** A page of a thousand servers must not name each as often. */
const NEIGHBOURS_NAMED = 12;

export function htmlPage(map: CircuitMap): string {
  const { servers } = map;
  const neighbours = neighboursOf(map);
  const rows = servers.map((server, at) => rowOf(map, server, neighbours[at] ?? []));
  const heads = HEAD.map((name) => markup`<th role="columnheader" scope="col">${name}</th>`);
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="color-scheme" content="light dark"/>
<title>${titleOf(map)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${heading(map)}</h1>
<figure>
${svgOf(map)}
<figcaption><ul aria-label="Legend">
${LEGEND}</ul></figcaption>
</figure>
<h2 id="servers">Servers</h2>
<table role="table" aria-labelledby="servers">
<thead role="rowgroup"><tr role="row">${heads}</tr></thead>
<tbody role="rowgroup">
${rows}</tbody>
</table>
</main>
</body>
</html>
`.text;
}

const LEGEND = [
  markup`<li><i class="calm"></i>calm</li>\n`,
  markup`<li><i class="busy"></i>load above ¼ for each processor</li>\n`,
  markup`<li><i class="over"></i>load above 1 for each processor</li>\n`,
  markup`<li><i class="silent"></i>did not answer</li>\n`,
  markup`<li><i class="asked"></i>asked for this map</li>\n`,
];

function heading(map: CircuitMap): string {
  const title = titleOf(map);
  return title.charAt(0).toUpperCase() + title.slice(1);
}

function rowOf(map: CircuitMap, server: MapServer, neighbours: readonly number[]): Markup {
  const { id, name, address, joined, isSelf, told } = server;
  const how = calmness(server);
  const cells: readonly (readonly [label: string, value: Markup | string])[] = [
    ['ID', markup`<code class="id">${id}</code>`],
    ['Address', markup`<code>${address === '' ? '–' : address}</code>`],
    ['Up', ageOf(joined.toISOString(), map.at.getTime())],
    ['Load', told === undefined ? markup`<span class="bad">did not answer</span>` : how === 'over' ? markup`<span class="high">${loadText(told.figures)}</span>` : loadText(told.figures)],
    ['Elements', told === undefined ? '–' : elementsText(server)],
    ['Linked to', linkedTo(map, neighbours)],
    ['Version', told?.version ?? '–'],
  ];
  const rest = cells.map(([label, value]) => markup`<td role="cell" data-label="${label}">${value}</td>`);
  const note = isSelf ? markup` <span class="note">(asked for this map)</span>` : '';
  return markup`<tr role="row"><th role="rowheader" scope="row"><bdi>${name}</bdi>${note}</th>${rest}</tr>\n`;
} // prettier-ignore

function linkedTo({ servers }: CircuitMap, neighbours: readonly number[]): Markup | string {
  if (neighbours.length === 0) return '–';
  const names = neighbours.slice(0, NEIGHBOURS_NAMED).map((at, index) => markup`${index === 0 ? '' : ', '}<bdi>${servers[at]?.name ?? ''}</bdi>`);
  const more = neighbours.length - NEIGHBOURS_NAMED;
  return markup`${names}${more > 0 ? ` and ${more} more` : ''}`;
} // prettier-ignore
