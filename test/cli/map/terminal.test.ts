/**
 * The map in a terminal: a picture as long as it can be read, marks beyond that, and a table.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { escapeControls } from '../../../src/base/quote.js';
import { Canvas } from '../../../src/cli/map/canvas.js';
import { mapLines } from '../../../src/cli/map/terminal.js';
import { pictureOf } from '../../../src/cli/map/picture.js';
import { widthOf } from '../../../src/cli/terminal/cells.js';
import { paint, plainText } from '../../../src/cli/terminal/line.js';
import { idOf, mapOfServers, type Told } from './fixture.js';

const servers = (count: number, more: Told = {}): readonly Told[] => Array.from({ length: count }, () => more);
const textOf = (all: readonly Told[], columns = 100): string =>
  mapLines(mapOfServers(all), columns, true).map((line) => plainText(line, columns)).join('\n'); // prettier-ignore

describe('the map in a terminal', () => {
  it('draws lines with dots of Braille', () => {
    const canvas = new Canvas(4, 2);
    canvas.line(0, 0, 3, 0);
    canvas.line(1, 0, 1, 1);
    expect([canvas.row(0).join(''), canvas.row(1).join('')]).to.deep.equal(['⠠⢤⠤⠤', ' ⠸  ']); // prettier-ignore
  });

  it('has each server with its load once, this one marked, and lines between those that are linked', () => {
    const text = textOf([{ links: [idOf(1), idOf(2)] }, { load: 9 }, { silent: true }]);
    const [title, , ...rest] = text.split('\n');
    expect(title).to.equal('circuit of 3 servers, 3 links, 1 did not answer, 2026-01-02T03:04:05Z');
    const picture = rest.slice(0, rest.indexOf('')).join('\n');
    expect(picture).to.match(/◉ web-0 0\.10\/2$/m).and.match(/● web-1 9\.00\/2$/m).and.match(/web-2 \? ○/); // prettier-ignore
    expect(picture).to.match(/[\u2801-\u28ff]/);
    expect(text).to.match(/^\* {2}web-0 +X0{16} +10\.0\.0\.0:11022 +2h +0\.10\/2 +2 processes, 1 channel +web-1 web-2$/m);
    expect(text).to.match(/^ {3}web-2 .* - +did not answer +web-0 web-1$/m);
    expect(textOf([{ links: [] }, { links: [] }])).to.not.match(/[\u2801-\u28ff]/);
  });

  it('shows every one of up to forty servers in its own place', () => {
    for (let count = 2; count <= 40; count++) {
      const lines = pictureOf(mapOfServers(servers(count)), 100)?.map((line) => plainText(line, 100)) ?? [];
      const marks = lines.join('').match(/[●◉]/g) ?? [];
      expect(marks, String(count)).to.have.length(count);
      for (let at = 0; at < count; at++) expect(lines.join('\n')).to.match(new RegExp(`\\bweb-${at} `));
      expect(lines.length).to.be.at.most(45);
    }
  });

  it('becomes a mark for each where there are too many, or too few columns', () => {
    const many = textOf([{ links: [idOf(5)] }, { silent: true }, { load: 9 }, { load: 1 }, ...servers(996)]);
    expect(many).to.contain('\n@ ? # o . . .');
    expect(many).to.contain('… 960 more, with less to do: --json and --html have all');
    expect(many.split('\n').length).to.be.below(80);
    expect(many).to.match(/web-1 .*did not answer .*\n.*web-2 /);
    const narrow = textOf(servers(3), 30);
    expect(narrow).to.contain('\n@ . .').and.not.match(/[\u2801-\u28ff]/); // prettier-ignore
    expect(textOf([{ links: [] }])).to.contain('\n@');
  });

  it('fits the terminal, and has nothing that it acts on, whatever servers are called and say', () => {
    const hostile = fc.record({ name: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), version: fc.string(), silent: fc.boolean() });
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 60 }), fc.nat(150), (all, columns) => {
        for (const line of mapLines(mapOfServers(all), columns, true)) {
          // eslint-disable-next-line no-control-regex -- these are its own
          const text = paint(line, columns, true).replace(/\u001b\[[\d;]*m/g, '');
          expect(widthOf(text)).to.be.at.most(columns);
          expect(text).to.equal(escapeControls(text));
        }
      }),
    );
  }); // prettier-ignore
});
