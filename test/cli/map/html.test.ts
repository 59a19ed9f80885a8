/**
 * The map as a page and as a drawing: well formed, with nothing in it that a name has smuggled in, and, where Chromium is there, as a browser shows it.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { htmlPage } from '../../../src/cli/map/html.js';
import { svgDocument } from '../../../src/cli/map/svg.js';
import { needs } from '../../lib/machine.js';
import { Scratch } from '../../lib/scratch.js';
import { idOf, mapOfServers, type Told } from './fixture.js';

const run = promisify(execFile);
const CHROMIUM = '/usr/bin/chromium';
const OPTIONS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-breakpad', '--hide-scrollbars', '--virtual-time-budget=5000'],
];
const HOSTILE: readonly Told[] = [
  { name: '<script>document.title="stolen"</script>', links: [idOf(1), idOf(2), idOf(3)] },
  { name: '"><img src=x onerror=alert(1)>&amp;', version: '</td></table><h1>x' },
  { name: "'\u202eevil\u0000\u001b[2J\ufffe\ud800]]><!--", silent: true },
  { name: 'ünïcödé-日本', metrics: 'circuit_elements{kind="<b>kind</b>"} 3\n' },
];
const many = (count: number): readonly Told[] =>
  Array.from({ length: count }, (_, at) => ({
    load: (at % 50) / 10,
    silent: at % 97 === 5,
    links: [1, 7, 31].map((step) => idOf((at + step) % count)),
  }));

/** Parses XML, and prints how often each element is there, and all attributes that are none of ours. */
const PARSE = `
import sys, collections, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(dict(sorted(collections.Counter(each.tag.split('}')[-1] for each in root.iter()).items())))
print(sorted({name for each in root.iter() for name in each.attrib if name.startswith('on') or name in ('src', 'href')}))
`;

async function parsed(document: string): Promise<readonly string[]> {
  const child = run('python3', ['-c', PARSE]);
  child.child.stdin?.end(document);
  return (await child).stdout.trim().split('\n');
}

describe('the map as a page', function () {
  this.timeout(120_000);

  it('is well formed, whatever servers are called and say, and has nothing but what it is made of', async function () {
    needs(this, 'python3');
    const plain = HOSTILE.map((told, at) => ({ ...told, name: `web-${at}`, version: '1', metrics: 'circuit_elements{kind="k"} 3\n' }));
    for (const render of [htmlPage, svgDocument]) {
      const [hostile, usual] = [await parsed(render(mapOfServers(HOSTILE))), await parsed(render(mapOfServers(plain)))];
      expect(hostile).to.deep.equal(usual);
      expect(hostile[1]).to.equal('[]');
      expect(hostile[0]).to.not.contain('script').and.not.contain("'img'");
    }
    for (const count of [1, 2, 17, 49, 1000]) await parsed(htmlPage(mapOfServers(many(count))));
  });

  it('loads nothing and runs nothing', () => {
    const page = htmlPage(mapOfServers(many(20)));
    expect(page).to.match(/http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
    expect(page).to.not.match(/<script|<link|<iframe|url\(|@import|\bon\w+=/);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).to.not.match(/https?:\/\//);
  });

  it('says all that it draws in words, too', () => {
    const page = htmlPage(mapOfServers([{}, { silent: true }, { load: 9 }]));
    expect(page).to.contain('role="img" aria-labelledby="map-title map-description"');
    expect(page).to.contain('web-0: load 0.10/2; web-1: did not answer; web-2: load 9.00/2.');
    expect(page).to.match(/<th role="rowheader" scope="row"><bdi>web-0<\/bdi> <span class="note">\(asked for this map\)/);
    expect(page).to.contain('<bdi>web-1</bdi>, <bdi>web-2</bdi>');
  });

  it('stays small with a thousand servers', () => {
    const page = htmlPage(mapOfServers(many(1000), 500));
    expect(page).to.contain('Circuit of 1500 servers').and.contain('500 left out'); // prettier-ignore
    expect(page.length).to.be.below(2_000_000);
  });

  if (existsSync(CHROMIUM)) {
    it('is a page in Chromium: every server is shown as text, at the width of a phone as well, dark and light', async () => {
      await using scratch = new Scratch();
      const directory = scratch.directory();
      const chromium = async (...words: readonly string[]): Promise<string> =>
        (await run(CHROMIUM, [...OPTIONS, `--user-data-dir=${join(directory, 'profile')}`, ...words], { maxBuffer: 64e6, env: { ...process.env, HOME: directory } })).stdout; // prettier-ignore
      for (const [name, all] of [['hostile', HOSTILE], ['few', many(9)], ['radial', many(40)], ['many', many(1000)]] as const) {
        const page = htmlPage(mapOfServers(all));
        const file = join(directory, `${name}.html`);
        // The page in frames of both widths; the script is the frame's, and the page's own policy lets none of its own run.
        const frames = [390, 1200].map((width) => `<iframe width="${width}" height="900" srcdoc="${page.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"></iframe>`); // prettier-ignore
        writeFileSync(file, `<!DOCTYPE html><meta charset="utf-8"><title>not yet</title>${frames.join('')}<script>${MEASURE}</script>`);
        const dom = await chromium('--dump-dom', `file://${file}`);
        const [, measured = ''] = /<title>(.*?)<\/title>/.exec(dom) ?? [];
        const found = JSON.parse(measured.replaceAll('&quot;', '"')) as readonly object[];
        expect(found, name).to.deep.equal([390, 1200].map((width) => ({ width, rows: all.length, dots: all.length, scripts: 0, images: 0, outside: 0 })));
      }
      const file = join(directory, 'page.html');
      writeFileSync(file, htmlPage(mapOfServers(many(9))));
      const shots = [];
      for (const scheme of ['', '--force-dark-mode']) {
        const png = join(directory, `page${scheme}.png`);
        await chromium(...[scheme].filter(Boolean), '--window-size=390,844', `--screenshot=${png}`, `file://${file}`);
        shots.push(readFileSync(png));
      }
      for (const shot of shots) expect(shot.subarray(1, 4).toString()).to.equal('PNG');
      expect(shots[0]?.equals(shots[1] ?? Buffer.alloc(0))).to.equal(false);
    }); // prettier-ignore
  }
});

/** Of each frame: what is in it, and how many elements stand outside of its width. */
const MEASURE = `addEventListener('load', () => {
  document.title = JSON.stringify([...document.querySelectorAll('iframe')].map((frame) => {
    const page = frame.contentDocument, width = Number(frame.width);
    const outside = [...page.querySelectorAll('h1, figure, li, td, th, text')].filter((each) => {
      const box = each.getBoundingClientRect();
      return box.width > 2 && (box.right > width + 1 || box.left < -1);
    });
    return {
      width,
      rows: page.querySelectorAll('tbody tr').length,
      dots: page.querySelectorAll('circle').length,
      scripts: page.querySelectorAll('script').length,
      images: page.querySelectorAll('img').length,
      outside: outside.length + (page.documentElement.scrollWidth > width ? 1 : 0),
    };
  }));
});`;
