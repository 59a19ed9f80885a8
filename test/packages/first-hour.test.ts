/**
 * A new user's first hour, typed as docs/first-hour.md has it, on two bare hosts: from the package over a killed server to the upgrade. What is printed
 * must be what the page shows. `CIRCUIT_RECORD=1` writes what is printed into the page instead.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bed } from '../lib/hosts/bed.js';
import { needs } from '../lib/machine.js';
import { readPage } from '../lib/page-examples.js';
import { BareHost } from '../lib/packages/bare-host.js';
import { bareDebian, packages, ROOT } from '../lib/packages/cached.js';
import { Terminal } from '../lib/packages/terminal.js';
import { isShown, stepsOf, withOutputs } from '../lib/recorded-session.js';

const PAGE = 'docs/first-hour.md';
const LIMIT_MS = 600_000;
const HOSTS = 2;
const IMAGE = 'docs/first-hour.svg';

describe("a new user's first hour", function () {
  this.timeout(2 * LIMIT_MS);
  let bed: Bed | undefined;
  const terminals = new Map<string, Terminal>();

  before(async function () {
    needs(this, 'root', 'fuse', 'netns', 'debootstrap');
    await bareDebian();
    bed = await Bed.create({ hosts: HOSTS });
    const stick = join(bed.directory, 'stick');
    mkdirSync(stick);
    for (const release of new Set(readPage(PAGE).match(/(?<=circuit_)[\d.]+(?=_amd64\.deb)/g))) {
      const file = `circuit_${release}_amd64.deb`;
      copyFileSync(join(await packages(release), file), join(stick, file));
    }
    for (const host of bed.hosts) {
      const bare = await BareHost.on(host);
      await host.run(`mount --bind ${stick} ${bare.root}/mnt`);
      terminals.set(host.name, new Terminal(bare));
    }
  });

  after(() => bed?.remove());

  it('goes as the page shows', async () => {
    const steps = stepsOf(readPage(PAGE));
    expect(steps).to.have.length.above(20);
    const outputs: string[] = [];
    for (const step of steps) {
      const terminal = terminals.get(step.host);
      if (terminal === undefined) throw new Error(`no host ${step.host}`);
      const printed = await terminal.type(step.command);
      outputs.push(printed);
      if (process.env['CIRCUIT_RECORD'] === undefined) expect(isShown(step, printed), `${step.host}# ${step.command}\n${printed}`).to.equal(true); // prettier-ignore
    }
    if (process.env['CIRCUIT_RECORD'] !== undefined) writeFileSync(join(ROOT, PAGE), withOutputs(readPage(PAGE), outputs));
  });
});

describe('the recorded session', () => {
  it('is what the page shows', async () => {
    const { sessionImage } = (await import(join(ROOT, 'bin/session-image.js'))) as { sessionImage: (page: string) => string };
    expect(readPage(IMAGE)).to.equal(sessionImage(readPage(PAGE)));
  });
});
