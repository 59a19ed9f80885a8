/**
 * A section as a picture: for each figure a bar of the circuit and one of each peer. The same section gives the same bytes.
 */
import { columnsOf, drawRow, rowsOf } from './row.js';
import { scaleOf } from './scale.js';
import { BOLD, GAP, MARGIN, ROW, SIZES, STYLE, WIDTH } from './style.js';
import { escape, line, text } from './svg.js';
import type { Section } from './tables.js';
import { wrap } from './text.js';

const NOTE = 'Linear scales from 0, one a figure; a bar with a gap is longer than shown. Upright line: the aim. n ×: circuit ÷ peer.';
const INNER = WIDTH - 2 * MARGIN;

export function drawSection(section: Section): string {
  const title = plain(section.title);
  const columns = columnsOf(section.figures.flatMap(rowsOf));
  const drawn: string[] = [];
  let y = MARGIN;
  const write = (kind: keyof typeof SIZES, content: string): void => {
    for (const part of wrap(content, SIZES[kind] * BOLD, INNER)) {
      y += SIZES[kind] + 4;
      drawn.push(text(MARGIN, y, [{ kind, text: part }]));
    }
  };
  write('title', title);
  write('note', NOTE);
  for (const figure of section.figures) {
    y += GAP;
    drawn.push(line('rule', [MARGIN, y], [WIDTH - MARGIN, y]));
    write('heading', plain(`${figure.name}, ${figure.unit}`));
    y += GAP / 2;
    const scale = scaleOf(figure, columns.bars);
    for (const row of rowsOf(figure)) {
      drawn.push(...drawRow(row, y, columns, scale));
      y += ROW;
    }
  }
  const height = y + MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escape(title)}</title>
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
${drawn.join('\n')}
</svg>
`;
}

/** Without Markdown. */
function plain(markdown: string): string {
  return markdown.replaceAll('`', '');
}
