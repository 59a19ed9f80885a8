/**
 * A page of docs/ as text of man(7). A table becomes a list, since a terminal has room for one sentence beside a name; a link becomes its text.
 */
import MarkdownIt from 'markdown-it';
import { roff } from '../../dist/src/cli/man/roff.js';

const parser = new MarkdownIt({ html: true });

/**
 * @param text the page
 * @param options.leftOut headings of level 2 whose sections stand elsewhere
 * @param options.headings the requests for headings of level 1, 2, and any below
 */
export function fromMarkdown(text, { leftOut = [], headings }) {
  const tokens = parser.parse(text, {});
  let out = '';
  let isLeftOut = false;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token.type === 'heading_open') {
      const heading = tokens[at + 1].content;
      const level = Number(token.tag.slice(1));
      if (level <= 2) isLeftOut = leftOut.includes(heading);
      if (!isLeftOut) out += headingOf(heading, headings[Math.min(level, headings.length) - 1]);
      at += 2;
    } else if (!isLeftOut) {
      const end = endOf(tokens, at);
      out += block(tokens.slice(at, end + 1));
      at = end;
    }
  }
  // What stands first in a section needs no request for a paragraph.
  return out.replace(/^(\.S[HS] .*\n)\.PP\n/gm, '$1');
}

function headingOf(heading, request) {
  const text = inline(parser.parseInline(heading.replace(/^An? /, ''), {})[0]);
  return request === '.SH' ? `${request} ${text.toUpperCase()}\n` : `${request} ${text.charAt(0).toUpperCase()}${text.slice(1)}\n`;
}

function endOf(tokens, at) {
  const { nesting, type, level } = tokens[at];
  if (nesting !== 1) return at;
  const closing = type.replace('_open', '_close');
  return tokens.findIndex((token, index) => index > at && token.type === closing && token.level === level);
}

function block(tokens) {
  const [first] = tokens;
  switch (first.type) {
    case 'paragraph_open':
      return `.PP\n${inline(tokens[1])}\n`;
    case 'fence':
      return codeOf(first.content);
    case 'bullet_list_open':
    case 'ordered_list_open':
      return listOf(tokens);
    case 'table_open':
      return tableOf(tokens);
    case 'html_block': // the marks of examples
      return '';
    default:
      throw new Error(`docs/files: no form in a manual page for ${first.type}, line ${first.map?.[0] ?? '?'}`);
  }
}

function codeOf(content) {
  return `.PP\n.RS 4\n.nf\n${roff(content.trimEnd())}\n.fi\n.RE\n`;
}

/** Lists are of single paragraphs here. */
function listOf(tokens) {
  const isOrdered = tokens[0].type === 'ordered_list_open';
  const items = tokens.filter(({ type }) => type === 'inline');
  return items.map((item, at) => `.IP ${isOrdered ? `${at + 1}. 3` : '\\(bu 2'}\n${inline(item)}\n`).join('');
}

function tableOf(tokens) {
  const rows = [];
  for (const { type, children, content } of tokens) {
    if (type === 'tr_open') rows.push([]);
    if (type === 'inline') rows.at(-1).push({ text: inline({ children }), isEmpty: content === '' || content === '–' });
  }
  return rows
    .slice(1)
    .map(([{ text: term }, ...others]) => {
      const told = others.filter(({ isEmpty }) => !isEmpty).map(({ text }) => text); // prettier-ignore
      return `.TP\n${term}\n${told.join(': ')}\n`;
    })
    .join('');
}

function inline({ children }) {
  return children.map(span).join('').trim();
}

function span({ type, content }) {
  switch (type) {
    case 'text':
      return roff(content);
    case 'code_inline':
      return `\\fB${roff(content)}\\fR`;
    case 'strong_open':
      return '\\fB';
    case 'em_open':
      return '\\fI';
    case 'strong_close':
    case 'em_close':
      return '\\fR';
    case 'softbreak':
      return '\n';
    case 'link_open':
    case 'link_close':
      return '';
    default:
      throw new Error(`docs/files: no form in a manual page for ${type}`);
  }
}
