import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { withPictures } from '../../bench/chart/page.js';
import { scaleOf } from '../../bench/chart/scale.js';
import { drawSection } from '../../bench/chart/section.js';
import { MARGIN, SIZES, WIDTH } from '../../bench/chart/style.js';
import { type PrintedFigure, sectionsOf, slugOf } from '../../bench/chart/tables.js';
import { shorten, widthOf, wrap } from '../../bench/chart/text.js';
import { rowsOf as tableRowsOf, TABLE_HEAD } from '../../bench/report.js';

const BENCH = fileURLToPath(new URL('../../../bench/', import.meta.url));
const PAGE = readFileSync(join(BENCH, 'README.md'), 'utf8');

const MESSAGES = `## Messages of \`send\`

${TABLE_HEAD}
${tableRowsOf({
  ...{ figure: 'a message of 100 B, both ways', unit: 'µs', ours: 247.3 },
  peers: [
    { name: 'named pipe', value: 11.25 },
    { name: 'redis <LPUSH>', value: 494.6 },
    { name: 'nats', absent: 'nats-server is not installed (Debian: nats-server)' },
  ],
  aims: [{ atMost: 100 }, { ratioTo: 'redis <LPUSH>', atMost: 0.8 }],
})}
${tableRowsOf({ figure: 'messages a second', unit: 'messages/s', ours: 29_455, peers: [], aims: [{ atLeast: 400 }] })}
`;

/** Each text with all that stands in it, and where it begins. */
function textsOf(drawing: string): readonly { readonly x: number; readonly content: string; readonly size: number }[] {
  return Array.from(drawing.matchAll(/<text x="([\d.]+)" y="[\d.]+">(.*?)<\/text>/g), ([, x = '', inner = '']) => ({
    x: Number(x),
    content: inner.replace(/<tspan[^>]*dx[^>]*>/g, ' ').replace(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'), // prettier-ignore
    size: inner.includes('class="title"') ? SIZES.title : inner.includes('class="heading"') ? SIZES.heading : SIZES.text,
  }));
}

function barsOf(drawing: string): readonly (readonly [kind: string, width: number])[] {
  return Array.from(drawing.matchAll(/<rect class="(ours|peer)"[^>]* width="([\d.]+)"/g), ([, kind = '', width]) => [kind, Number(width)]);
}

describe('a table of the bench', () => {
  it('is read back as it was printed', () => {
    const [section, ...others] = sectionsOf(MESSAGES);
    expect(others).to.deep.equal([]);
    expect(section?.title).to.equal('Messages of `send`');
    const [message, rate] = section?.figures ?? [];
    expect(message).to.deep.equal({
      ...{ name: 'a message of 100 B, both ways', unit: 'µs', ours: { value: 247, printed: '247' } },
      peers: [
        { name: 'named pipe', measured: { value: 11.3, printed: '11.3' }, ratio: '21.98 ×' },
        { name: 'redis <LPUSH>', measured: { value: 495, printed: '495' }, ratio: '0.50 ×' },
        { name: 'nats', absent: 'nats-server is not installed (Debian: nats-server)' },
      ],
      aims: [
        { text: '≤ 100', met: false, bound: 100 },
        { text: '≤ 0.8 ×', met: true, ratioTo: 'redis <LPUSH>', bound: 396 },
      ],
    });
    expect(rate).to.deep.include({
      ours: { value: 29_455, printed: '29,455' },
      peers: [],
      aims: [{ text: '≥ 400', met: true, bound: 400 }],
    });
  });

  it('is found in the page of figures, other tables are not', () => {
    const titles = sectionsOf(PAGE).map(({ title }) => title);
    expect(titles).to.include.members(['One operation on a file', 'Many servers']);
    expect(titles).to.not.include.members(['Pinning']);
    expect(new Set(sectionsOf(PAGE).map(slugOf)).size).to.equal(titles.length);
  });

  it('says which line cannot be understood', () => {
    const table = `## T\n\n${TABLE_HEAD}\n`;
    expect(() => sectionsOf(`${table}| only one cell |`)).to.throw('line 5: a row of 1 cells; expected 7');
    expect(() => sectionsOf(`${table}|  |  | redis | 1.00 | 1.00 × |  |  |`)).to.throw('line 5: a peer before any figure');
    expect(() => sectionsOf(`${table}| a figure, µs | fast | redis | 1.00 | 1.00 × |  |  |`)).to.throw('line 5: not a figure');
  });
});

describe('a scale of a chart', () => {
  const figure = (ours: number, peers: readonly number[], bounds: readonly number[] = []): PrintedFigure => ({
    ...{ name: 'a figure', unit: 'µs', ours: { value: ours, printed: '' } },
    peers: peers.map((value) => ({ name: 'a peer', measured: { value, printed: '' } })),
    aims: bounds.map((bound) => ({ text: '', bound, met: true })),
  });

  it('is linear from 0 to the longest', () => {
    const scale = scaleOf(figure(50, [100, 25]), 400);
    expect([100, 50, 25, 0].map((value) => scale.at(value).x)).to.deep.equal([400, 200, 100, 0]);
    expect(scale.at(100).isCut).to.equal(false);
  });

  it('cuts what would leave nothing of ours to see', () => {
    const scale = scaleOf(figure(1, [1000, 3]), 600);
    expect(scale.at(1000)).to.deep.equal({ x: 600, isCut: true });
    expect(scale.at(1)).to.deep.equal({ x: 100, isCut: false });
  });

  it('has room for every aim', () => {
    expect(scaleOf(figure(1, [1000], [900]), 900).at(900)).to.deep.equal({ x: 900, isCut: false });
  });
});

describe('a text of a chart', () => {
  it('is broken between words, and cut only where a word does not fit', () => {
    expect(wrap('one two three', 10, 60)).to.deep.equal(['one two', 'three']);
    expect(wrap('a verylongwordindeed', 10, 60)).to.deep.equal(['a', 'verylong…']);
    expect(shorten('short', 10, 60)).to.equal('short');
  });
});

describe('a chart', () => {
  const [section = { title: '', figures: [] }] = sectionsOf(MESSAGES);
  const drawing = drawSection(section);

  it('has a bar for each value, in proportion', () => {
    const [ours, pipe, redis, rate, ...others] = barsOf(drawing);
    expect(others).to.deep.equal([]);
    expect([ours?.[0], pipe?.[0], redis?.[0], rate?.[0]]).to.deep.equal(['ours', 'peer', 'peer', 'ours']);
    expect((ours?.[1] ?? 0) / (redis?.[1] ?? 1)).to.be.closeTo(247 / 495, 0.001);
    expect((pipe?.[1] ?? 0) / (redis?.[1] ?? 1)).to.be.closeTo(11.3 / 495, 0.001);
  });

  it('marks each aim, and says in words whether it is met', () => {
    expect(drawing.match(/class="aim"/g)).to.have.lengthOf(3);
    const texts = textsOf(drawing).map(({ content }) => content);
    expect(texts).to.include.members(['247 µs ✗ missed: ≤ 100', '495 µs 0.50 × ✓ met: ≤ 0.8 ×', '29,455 messages/s ✓ met: ≥ 400']);
  });

  it('says why a peer has no bar', () => {
    expect(textsOf(drawing).map(({ content }) => content)).to.include('nats-server is not installed (Debian: nats-server)');
  });

  it('takes names for text', () => {
    expect(drawing).to.include('redis &lt;LPUSH&gt;').and.to.not.include('<LPUSH>');
  });

  it('has colours for light and for dark readers, on a ground of its own', () => {
    expect(drawing).to.include('@media (prefers-color-scheme: dark)').and.to.include('<rect class="ground"');
  });

  it('holds all its text, in every section of the page', () => {
    for (const each of sectionsOf(PAGE)) {
      for (const { x, content, size } of textsOf(drawSection(each))) {
        expect(x + widthOf(content, size), content).to.be.at.most(WIDTH - MARGIN + 1);
      }
    }
  });
});

describe('the page of figures', () => {
  it('shows each section as it stands in its table (npm run chart)', () => {
    const sections = sectionsOf(PAGE);
    const drawn = Object.fromEntries(sections.map((each) => [`${slugOf(each)}.svg`, drawSection(each)]));
    expect(readdirSync(join(BENCH, 'charts')).sort()).to.deep.equal(Object.keys(drawn).sort());
    for (const [name, drawing] of Object.entries(drawn)) expect(readFileSync(join(BENCH, 'charts', name), 'utf8'), name).to.equal(drawing);
    expect(withPictures(PAGE, 'charts')).to.equal(PAGE);
  });

  it('gets a picture under each heading, once', () => {
    const page = withPictures(`# Figures\n\n${MESSAGES}`, 'charts');
    expect(page).to.include(
      '## Messages of `send`\n\n![Messages of send: the figures of the table as bars](charts/messages-of-send.svg)\n\n|',
    );
    expect(withPictures(page, 'charts')).to.equal(page);
  });
});
