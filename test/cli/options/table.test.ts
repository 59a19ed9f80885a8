/**
 * One table makes flags, file, environment and manual: what the program takes, what its pages say, and the table are the same.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Command } from 'commander';
import { CONTROL_FILES } from '../../../src/base/name.js';
import { circuitProgram } from '../../../src/cli/main.js';
import { parseConfig } from '../../../src/cli/options/config-file.js';
import { TableOption, variableOf } from '../../../src/cli/options/row.js';
import { settle } from '../../../src/cli/options/settings.js';
import { OPTIONS } from '../../../src/cli/options/table.js';
import { ProcessConsole } from '../../../src/cli/process-console.js';
import { startCommand } from '../../../src/cli/start.js';
import { needs } from '../../lib/machine.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** A value that each takes; others take any word. */
const VALUES: Readonly<Record<string, string>> = {
  ...{
    grace: '1',
    watchdog: '1',
    patience: '1',
    engine: 'kernel',
    addr: ':1',
    if: 'lo',
    port: '1',
    advertise: 'h:1',
    join: 'circuit://h:1',
  },
  ...{ discover: '228.8.8.8:1', dial: 'circuit://h:1', 'log-level': 'warn', 'log-format': 'text', metrics: ':1' },
};
const start = (): Command => startCommand(new ProcessConsole(), () => Promise.resolve(0));
const SERVERS = OPTIONS.filter(({ takers }) => takers.includes('start'));

describe('the table of options', () => {
  it('is all that `circuit start` takes, but for where the file is and that it be shown', () => {
    const flags = start().options.filter((option) => !(option instanceof TableOption));
    expect(flags.map(({ long }) => long)).to.deep.equal(['--config', '--show-config']);
    expect(start().options.filter((option) => option instanceof TableOption).map(({ long }) => long?.slice(2))).to.deep.equal(SERVERS.map(({ name }) => name)); // prettier-ignore
  });

  for (const row of SERVERS) {
    it(`has ${row.name} as a flag, as a line of the file, and as a variable, with one meaning`, () => {
      const word = row.value === undefined ? 'true' : (VALUES[row.name] ?? 'word');
      const none = { CIRCUIT_CONFIG: '' };
      const flag = start();
      flag.action(() => undefined).parse(row.value === undefined ? [`--${row.name}`] : [`--${row.name}=${word}`], { from: 'user' });
      const byFlag = settle(flag, 'start', none).all.find(({ row: one }) => one.name === row.name);
      const byVariable = settle(start(), 'start', { ...none, [variableOf(row)]: word }).all.find(({ row: one }) => one.name === row.name);
      expect(byFlag).to.include({ source: 'flag' });
      expect(byVariable).to.include({ source: 'environment' });
      expect(byVariable?.value).to.deep.equal(byFlag?.value);
      expect(parseConfig(`${row.name} = ${word}`, OPTIONS.map(({ name }) => name), {}, 'f')).to.have.lengthOf(1); // prettier-ignore
    });
  }

  it('is the table of docs/configuration.md', () => {
    const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([\w-]+)` \| (?:`(.*?)`)? ?\| `(CIRCUIT\w*)` \| (.*) \| (yes)? ?\|$/gm)];
    const shown = rows.map(([, name, value, variable, , reload]) => ({ name, value, variable, reload: reload === 'yes' }));
    expect(shown).to.deep.equal(
      OPTIONS.map((row) => ({
        name: row.name,
        value: row.value?.replace(/^[<[]|[>\]]$/g, ''),
        variable: variableOf(row),
        reload: row.reload === true,
      })),
    );
  });
});

describe('the pages of the manual', () => {
  let folder = '';
  let pages: readonly string[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'man-'));
    execFileSync(process.execPath, [join(ROOT, 'bin/man.js'), folder], { env: { ...process.env, SOURCE_DATE_EPOCH: '0' } });
    pages = ['man1', 'man5'].flatMap((volume) => readdirSync(join(folder, volume)).map((name) => join(folder, volume, name)));
  });
  after(() => rmSync(folder, { recursive: true }));

  const textOf = (name: string): string =>
    readFileSync(pages.find((path) => path.endsWith(`/${name}`)) ?? name, 'utf8').replaceAll('\\-', '-');

  it('are there for each command, for the configuration file and for the tree', () => {
    const commands = circuitProgram(new ProcessConsole()).commands.filter((command) => command.name() !== 'help');
    expect(pages).to.have.lengthOf(commands.length + 3);
    for (const command of commands) {
      const text = textOf(`circuit-${command.name().replaceAll('@', '-at-')}.1`);
      for (const { long, short } of command.options) expect(text, command.name()).to.include(long ?? short);
    }
  });

  it('have each option, with its variable, and their date from SOURCE_DATE_EPOCH', () => {
    const text = textOf('circuit.conf.5');
    for (const row of OPTIONS)
      expect(text)
        .to.include(`\n.B "${row.name} = `)
        .and.to.include(`Variable: ${variableOf(row)}.`);
    expect(text).to.match(/^\.TH "CIRCUIT.CONF" 5 1970-01-01 /);
  });

  it('have each control file of each element, from the pages of docs', () => {
    const text = textOf('circuitfs.5');
    expect(text).to.match(/^\.TH "CIRCUITFS" 5 1970-01-01 /);
    expect(CONTROL_FILES.filter((name) => !text.includes(`\\fB${name}\\fR`))).to.deep.equal([]);
    for (const element of ['PROCESS', 'CONTAINER', 'CHANNEL', 'LOCK', 'TOPIC', 'NAME SERVER', 'SUBSCRIPTION', 'SELECTION', 'SERVER']) {
      const section = text.split(`\n.SH ${element}\n`)[1]?.split('\n.SH ')[0] ?? '';
      for (const part of ['Making it', 'Files', 'Errors', 'Examples']) expect(section, element).to.include(`\n.SS ${part}\n`);
    }
  });

  it('are what groff takes without a warning', function () {
    needs(this, 'man');
    for (const path of pages)
      expect(execFileSync('sh', ['-c', 'groff -man -ww -Kutf8 -Tutf8 -z "$0" 2>&1', path], { encoding: 'utf8' }), path).to.equal('');
  });

  it('are what mandoc takes without a warning', function () {
    needs(this, 'mandoc');
    for (const path of pages)
      expect(execFileSync('sh', ['-c', 'mandoc -T lint -W warning "$0" 2>&1 || true', path], { encoding: 'utf8' }), path).to.equal('');
  });
});
