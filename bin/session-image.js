/**
 * The session of docs/first-hour.md as a moving picture: `node bin/session-image.js` writes docs/first-hour.svg. Same page, same bytes. The blocks behind
 * `<!-- pictured -->` are in it. What shows no animation, or is asked for none, shows all of it at once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { ROOT } from './setup/checkout.js';

const PAGE = 'docs/first-hour.md';
const IMAGE = 'docs/first-hour.svg';
const PICTURED = /^<!-- pictured -->\n```console\n(.*?)^```$/gms;
const PROMPT = /^(\S+# )(.*)$/;

/** Pixels. */
const LETTER = 7.5;
const LINE = 19;
const MARGIN = 16;
/** Above the first line, for what looks like the frame of a window. */
const HEAD = 30;
const COLUMNS_MAX = 104;
const TAB = 8;

/** Seconds. */
const LETTER_S = 0.025;
const BEFORE_TYPING_S = 0.6;
const BEFORE_OUTPUT_S = 0.3;

const STYLE = `
:root { --paper: #f6f8fa; --frame: #d1d9e0; --typed: #1f2328; --prompt: #116329; --printed: #59636e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #151b23; --frame: #3d444d; --typed: #f0f6fc; --prompt: #56d364; --printed: #9198a1; }
}
text { font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre; fill: var(--printed); }
.typed { fill: var(--typed); }
.prompt { fill: var(--prompt); font-weight: 600; }
.paper { fill: var(--paper); stroke: var(--frame); }
.frame { fill: var(--frame); }
@media (prefers-reduced-motion: no-preference) {
  .later { animation: unseen var(--at) step-end; }
  .typing { animation: unseen var(--at) step-end, typing var(--long) steps(var(--letters)) var(--at) backwards; }
}
@keyframes unseen { from { visibility: hidden; } to { visibility: hidden; } }
@keyframes typing { from { clip-path: inset(-20% 100% -20% 0); } to { clip-path: inset(-20% 0 -20% 0); } }
`;

/** The picture of a page's text. */
export function sessionImage(page) {
  const lines = [...page.matchAll(PICTURED)].flatMap(([, block]) => block.split('\n').slice(0, -1)).map(withoutTabs);
  if (lines.length === 0) throw new Error(`${PAGE}: nothing in it is to be pictured`);
  const long = lines.find((line) => line.length > COLUMNS_MAX);
  if (long !== undefined) throw new Error(`${PAGE}: a line of more than ${COLUMNS_MAX} characters cannot be pictured: ${long}`);
  const width = Math.ceil(Math.max(...lines.map(({ length }) => length)) * LETTER + 2 * MARGIN);
  const height = HEAD + lines.length * LINE + MARGIN;
  const dots = [0, 1, 2].map((at) => `<circle class="frame" cx="${MARGIN + 4 + at * 16}" cy="17" r="5"/>`).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${TITLE}">`,
    `<title>${TITLE}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    dots,
    ...timed(lines).map(text),
    '</svg>',
    '',
  ].join('\n');
}

const TITLE = 'A session on two hosts: a process, a channel, and a server that is killed';

/** As a terminal shows them. */
function withoutTabs(line) {
  return line.replace(/([^\t]*)\t/g, (_, before) => before + ' '.repeat(TAB - (before.length % TAB)));
}

/** When each line is there; of one that is typed, how long that takes. */
function timed(lines) {
  let now_s = 0;
  return lines.map((line) => {
    const [, prompt, typed] = PROMPT.exec(line) ?? [];
    if (prompt === undefined) return { line, at_s: now_s };
    now_s += BEFORE_TYPING_S;
    const at_s = now_s;
    now_s += typed.length * LETTER_S + BEFORE_OUTPUT_S;
    return { prompt, typed, at_s };
  });
}

function text({ line, prompt, typed, at_s }, index) {
  const y = HEAD + index * LINE + 14;
  const at = `--at:${at_s.toFixed(2)}s`;
  if (prompt === undefined) return `<text class="later" x="${MARGIN}" y="${y}" style="${at}">${escaped(line)}</text>`;
  const how = `${at};--long:${(typed.length * LETTER_S).toFixed(2)}s;--letters:${Math.max(typed.length, 1)}`;
  return [
    `<text class="prompt later" x="${MARGIN}" y="${y}" textLength="${prompt.length * LETTER}" style="${at}">${escaped(prompt)}</text>`,
    `<text class="typed typing" x="${MARGIN + prompt.length * LETTER}" y="${y}" style="${how}">${escaped(typed)}</text>`,
  ].join('');
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(ROOT, IMAGE), sessionImage(readFileSync(join(ROOT, PAGE), 'utf8')));
}
