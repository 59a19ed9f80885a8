/**
 * What prose cannot hold: which room imports which, how long a file may get, and that tables in the code and pages of the manual say the same.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ERRORS } from '../src/base/error.js';
import * as limits from '../src/base/limits.js';
import { CONTROL_FILES } from '../src/base/name.js';
import { pages } from './lib/prose.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LINES_MAX = 300;

/** Rooms, and what each may import besides itself and src/base. The longest name that fits a file is its room. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  native: [],
  'src/base': [],
  'mount/engine': ['native'],
  'mount/files': ['src/api', 'src/tree', 'src/command', 'mount/engine'],
  'mount/tree': ['mount/files', 'src/api', 'src/tree', 'src/command', 'mount/engine'],
  mount: ['mount/engine', 'mount/tree', 'src/api'],
  'src/element': ['src/stream', 'native'],
  'src/element/process': ['src/element', 'src/stream', 'native'],
  'src/element/container': ['src/element', 'src/stream'],
  'src/element/channel': ['src/element', 'src/stream'],
  'src/element/name-server': ['src/element', 'native'],
  'src/element/selection': ['src/element', 'src/stream'],
  'src/element/subscription': ['src/element', 'src/stream'],
  'src/stream': [],
  'src/tree': ['src/element'],
  'src/wire': [],
  'src/wire/transport': ['src/wire'],
  'src/wire/session': ['src/wire/transport', 'src/wire', 'src/stream'],
  'src/cluster': ['src/cluster/membership', 'src/wire/session', 'src/wire/transport'],
  'src/cluster/membership': ['src/wire', 'src/wire/transport'],
  'src/cluster/discovery': [],
  'src/remote': ['src/tree', 'src/wire/session', 'src/stream'],
  'src/command': ['src/api', 'src/tree'],
  'src/api': [
    'src/tree',
    'src/remote',
    'src/cluster/discovery',
    'src/wire/session',
    'src/wire/transport',
    'src/stream',
    'src/element',
    'src/element/channel',
    'src/element/container',
    'src/element/name-server',
    'src/element/process',
    'src/element/selection',
    'src/element/subscription',
  ],
  'src/server': [
    'src/tree',
    'src/remote',
    'src/api',
    'src/command',
    'src/cluster',
    'src/cluster/discovery',
    'src/cluster/membership',
    'src/wire',
    'src/wire/session',
    'src/wire/transport',
    'src/stream',
    'native',
    'src/element',
    'src/element/channel',
    'src/element/container',
    'src/element/name-server',
    'src/element/process',
    'src/element/selection',
    'src/element/subscription',
  ],
  'src/console': ['src/api', 'native'],
  'src/cli': [
    'src/api',
    'src/console',
    'src/tree',
    'src/remote',
    'src/command',
    'src/server',
    'src/cluster/discovery',
    'src/wire/session',
    'src/wire/transport',
    'mount',
    'mount/engine',
    'native',
  ],
};

/** Imported for their types alone: nothing of that room runs there. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  'mount/files': ['mount/engine'],
  'mount/tree': ['mount/engine'],
  'src/tree': ['src/element'],
  'src/console': ['src/api'],
  'src/api': [
    'src/stream',
    'src/element',
    'src/element/channel',
    'src/element/container',
    'src/element/name-server',
    'src/element/process',
    'src/element/selection',
    'src/element/subscription',
  ],
};

/** A constant that is called a bound: after the comment that stands over it. */
const BOUND = /^(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?(?:export )?const ((?:[A-Z\d]+_)*(?:MAX|LIMIT)(?:_[A-Z\d]+)*)\b/gm;
/** What sets the value of a constant, where we do not: a standard, a header of Linux, a page of its manual, or our protocol between servers. */
const STANDARD = /\bRFC \d+ section \d|\blinux\/[a-z_/]+\.h\b|\b[a-z_]+\(\d\)|\bdocs\/protocol\.md\b/;

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typesOnly: boolean;
}

const sources = ['src', 'mount', 'native'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|c|h)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('native/build/')),
);
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

function roomOf(file: string): string {
  const fitting = Object.keys(ROOMS).filter((room) => file.startsWith(`${room}/`));
  return fitting.reduce((longest, room) => (room.length > longest.length ? room : longest), '');
}

/** The imports of a file that lead to another file of the project; `import()` included. */
function importsOf(file: string): readonly Import[] {
  const statements = read(file).matchAll(/(?:^(import|export)( type)? (\{[^}]*\}|[^'{]*)|\bimport\()\s*(?:from )?'(\.[^']+)'/gm);
  return Array.from(statements, ([, , type, names = '', path = '']) => ({
    file,
    target: join(dirname(file), path).replace(/\.js$/, '.ts'),
    typesOnly: type !== undefined || isTypes(names),
  }));
}

function isTypes(names: string): boolean {
  const each = names.replace(/[{}]|from/g, '').split(',').filter((name) => name.trim() !== ''); // prettier-ignore
  return each.length > 0 && each.every((name) => name.trim().startsWith('type '));
}

describe('the architecture', () => {
  const imports = sources.filter((file) => file.endsWith('.ts')).flatMap(importsOf);

  it('finds imports at all', () => {
    expect(imports).to.have.length.above(100);
    expect(imports.filter(({ target }) => !sources.includes(target))).to.deep.equal([]);
  });

  it('has a room for every file', () => {
    expect(sources.filter((file) => roomOf(file) === '')).to.deep.equal([]);
  });

  it('lets each room import only what is below it', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [from, to] = [roomOf(file), roomOf(target)];
      return from !== to && to !== 'src/base' && ROOMS[from]?.includes(to) !== true;
    });
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).to.deep.equal([]);
  });

  it('takes no more than types where only the interface is meant', () => {
    const wrong = imports.filter(
      ({ file, target, typesOnly }) => !typesOnly && TYPES_ONLY[roomOf(file)]?.includes(roomOf(target)) === true,
    );
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).to.deep.equal([]);
  });

  it('has every bound among the limits, but for what a standard says', () => {
    const elsewhere = sources.filter((file) => file.endsWith('.ts') && file !== 'src/base/limits.ts');
    const bounds = elsewhere.flatMap((file) => Array.from(read(file).matchAll(BOUND), ([, comment = '', name = '']) => ({ file, name, comment }))); // prettier-ignore
    expect(bounds.map(({ name }) => name)).to.include('LABEL_MAX_BYTES');
    const ours = bounds.filter(({ name, comment }) => name in limits || !STANDARD.test(comment));
    expect(ours.map(({ file, name }) => `${file}: ${name}`)).to.deep.equal([]);
  });

  it(`has no file over ${LINES_MAX} lines, but for the table of limits`, () => {
    const files = sources.filter((file) => file !== 'src/base/limits.ts');
    expect(files.filter((file) => read(file).split('\n').length > LINES_MAX + 1)).to.deep.equal([]);
  });
});

/** How far before its sentence an error has its code, in characters. */
const NEAR = 400;

/** What stands in a template for a value becomes `…`, as the manual shows it. */
function withoutValues(source: string): string {
  let text = source;
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(/\$\{[^{}]*\}/g, '…');
  }
  return text;
}

function literal(sentence: string): RegExp {
  return new RegExp(sentence.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'g');
}

describe('the manual', () => {
  const rows = (page: string): ReadonlyMap<string, string> =>
    new Map(Array.from(read(page).matchAll(/^\| `?([A-Z_]+)`? \| (.*) \|$/gm), ([, name = '', rest = '']) => [name, rest]));

  it('explains every error, with its number', () => {
    const page = rows('docs/errors.md');
    expect([...page.keys()].sort()).to.deep.equal(Object.keys(ERRORS).sort());
    for (const [code, { errno }] of Object.entries(ERRORS)) expect(page.get(code), code).to.match(new RegExp(`^${errno} \\|`));
  });

  it('explains no error that never happens', () => {
    const code = sources.filter((file) => file.endsWith('.ts') && file !== 'src/base/error.ts').map(read).join('\n'); // prettier-ignore
    expect(Object.keys(ERRORS).filter((name) => !new RegExp(`(CircuitError|refuse)\\(\\s*'${name}'`).test(code))).to.deep.equal([]);
  });

  it('quotes forty errors as the program says them, each with its code', () => {
    const page = read('docs/errors.md');
    const quoted = [...page.matchAll(/^\| `([^`]+)` \| ([A-Z]+) \|/gm)].map(([, sentence = '', code = '']) => [sentence, code] as const);
    expect(quoted).to.have.lengthOf(40);
    const code = sources.filter((file) => file.endsWith('.ts')).map((file) => withoutValues(read(file)));
    for (const [sentence, name] of quoted) {
      const found = code.flatMap((text) =>
        Array.from(text.matchAll(literal(sentence)), ({ index }) => text.slice(Math.max(0, index - NEAR), index)),
      );
      expect(found, sentence).to.not.deep.equal([]);
      expect(
        found.some((before) => new RegExp(`\\b${name}\\b`).test(before)),
        `${sentence}: ${name}`,
      ).to.equal(true);
    }
  });

  it('lists every limit, with its value', () => {
    const page = rows('docs/limits.md');
    const values = Object.entries(limits).map(([name, value]) => [name, value.toLocaleString('en-US')] as const);
    expect([...page.keys()].sort()).to.deep.equal(values.map(([name]) => name).sort());
    for (const [name, value] of values) expect(page.get(name), name).to.match(new RegExp(`^${value} \\|`));
  });

  it('names every control file', () => {
    const text = pages().filter((page) => page.startsWith('docs/files')).map(read).join(''); // prettier-ignore
    expect(CONTROL_FILES.filter((name) => !text.includes(`\`${name}\``))).to.deep.equal([]);
  });
});
