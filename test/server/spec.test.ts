/**
 * Whatever comes from a client as the spec of an element is made into it, or refused as a bad one, in a sentence: never a fault of the server, nor of
 * the program that asked. By the library, by `ctl` and by the command line, here and on another server.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { dial } from '../../src/api/dial.js';
import { CircuitError } from '../../src/base/error.js';
import type { ElementKind } from '../../src/base/kind.js';
import type { ServerTree } from '../../src/tree/server-tree.js';
import { Client } from '../lib/client.js';
import { needs } from '../lib/machine.js';
import { startServer } from '../lib/mount/server.js';
import { Programs } from '../lib/mount/programs.js';
import { Neighbours } from '../lib/neighbours.js';

/** All kinds that can be made. */
const KINDS: readonly ElementKind[] = ['proc', 'docker', 'chan', 'dns', 'select', '@join', '@leave'];
const ASKER = { uid: 0, gid: 0, pid: 1 };

const nested = (depth: number): unknown => Array.from({ length: depth }).reduce<unknown>((within) => [within], 'x');
const circle: Record<string, unknown> = {};
circle['Path'] = circle;
/** More than any parser or printer that calls itself for each level has stack for. */
const DEPTH = 100_000;
const deepJson = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`;

const BAD: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['a number', 1],
  ['a string', 'text'],
  ['a truth', true],
  ['null in a list', [null]],
  ['lists', [[[]]]],
  ['a list in a list of clauses', [['r']]],
  ['a field of null', { capacity: null }],
  ['a field that is an object', { Path: {} }],
  ['a field without text', { capacity: { toString: 1 } }],
  ['a field that is a number', { address: 1 }],
  ['a field that is a list', { Image: [] }],
  ['variables that are objects', { Path: 'x', Env: [{ toString: 1 }] }],
  ['an address that is a list', { address: [] }],
  ['a field that none has', { ['x'.repeat(1000)]: 1 }],
  ['65 levels', nested(65)],
  ['65 levels in a field', { Path: nested(65), Image: nested(65), capacity: nested(65), address: nested(65) }],
  ['more levels than any stack has', nested(DEPTH)],
  ['more levels than any stack has, in a field', { Args: nested(DEPTH) }],
  ['a circle', circle],
  ['a number that JSON has not', { Path: 1n, capacity: 1n, Image: 1n, address: 1n }],
  ['bytes', new Uint8Array(9)],
  ['a function', () => 1],
];

async function refusalsOf(tree: ServerTree): Promise<void> {
  for (const kind of KINDS) {
    for (const [what, spec] of BAD) {
      const error: unknown = await Promise.resolve()
        .then(() => tree.makeElement(['a'], kind, spec, ASKER))
        .catch((thrown: unknown) => thrown);
      expect(error, `${kind} of ${what}`).to.be.instanceOf(CircuitError).with.property('code', 'EINVAL');
      expect((error as CircuitError).message, `${kind} of ${what}`)
        .to.match(/^.{15,500}$/)
        .and.not.match(/cannot be understood/);
    }
  }
}

/** By `ctl`, as words and JSON may be written there. */
const COMMANDS: readonly string[] = [
  ...['mkdkr', 'mkselect'].flatMap((name) => [`${name} null`, `${name} 5`, `${name} '"x"'`, `${name} [[1]]`, `${name} ${deepJson}`, `${name} '${deepJson}'`]), // prettier-ignore
  'mkdkr {"Image":null}', 'mkdkr {"Image":"x","Labels":{"__proto__":"x"}}', 'mkselect {"op":"r"}', 'mkselect [null]',
  'mkproc {"Path":null}', 'mkproc {"Path":["x"]}', 'mkproc {"__proto__":{"Path":"true"}}', `mkproc {"Args":${deepJson}}`, 'mkproc {"Path":"x","Env":[{"toString":1}]}',
  'mkchan null', 'mkchan [1]', 'mkchan {"capacity":1}', `mkchan ${deepJson}`,
  'mkdns null', 'mkdns [1]', 'mkdns {"address":null}',
  'mk@join null', 'mk@join {}', 'mk@leave [1]',
]; // prettier-ignore

/** By the command line: the words behind the anchor, and standard input. */
const TYPED: readonly (readonly [readonly string[], string])[] = [
  [['mkproc'], 'null'],
  [['mkproc'], '[1]'],
  [['mkproc', '--dir', '/'], deepJson],
  [['mkdkr'], 'null'],
  [['mkdkr', '--scrub'], deepJson],
  [['mkselect'], '5'],
  [['mkselect'], deepJson],
];

describe('the spec of an element that is null, of another type, or nested too deep, is refused', () => {
  it('by the server itself', async () => {
    const server = await startServer();
    try {
      await refusalsOf(server.circuit.tree(server.id));
    } finally {
      await server.stop();
    }
  });

  describe('of a server', () => {
    let neighbours: Neighbours;
    let scratch: string;

    before(async function () {
      needs(this, 'fuse', 'root');
      neighbours = await Neighbours.start('another server');
      scratch = mkdtempSync(join(tmpdir(), 'spec-'));
    });
    after(async () => {
      await neighbours.stop();
      rmSync(scratch, { recursive: true });
    });

    it('by the library, here and through another server', async () => {
      await using circuit = await dial(neighbours.daemon.url);
      for (const id of [neighbours.daemon.id, neighbours.other?.id ?? '']) await refusalsOf(circuit.tree(id));
    });

    it('by ctl, here and on another server, and the file error says why', async () => {
      mkdirSync(join(scratch, 'commands'));
      for (const [index, command] of COMMANDS.entries()) writeFileSync(join(scratch, 'commands', String(index + 100)), `${command}\n`);
      const programs = new Programs({ D: join(scratch, 'commands'), LC_ALL: 'C' });
      for (const name of ['self', neighbours.name]) {
        const A = join(neighbours.daemon.directory, name, 'a');
        const said = await programs.run(
          `mkdir ${A}; for f in $D/*; do dd bs=1M status=none if=$f of=${A}/ctl 2>&1 | sed 's/.*: //'; cut -d' ' -f2- ${A}/error; done; rmdir ${A}`,
        );
        const lines = said.trimEnd().split('\n');
        for (const [index, command] of COMMANDS.entries()) {
          expect(lines[2 * index], command.slice(0, 80)).to.equal('Invalid argument');
          expect(lines[2 * index + 1], command.slice(0, 80))
            .to.match(/: .{10,} \(EINVAL\)$/)
            .and.not.match(/cannot be understood/);
        }
        expect(lines).to.have.length(2 * COMMANDS.length);
      }
    });

    it('by the command line, through another server', async () => {
      const client = new Client(neighbours.daemon.url);
      // An anchor each: one at which something is being made is refused for that.
      const type = async ([words, input]: (typeof TYPED)[number], index: number): Promise<void> => {
        const { code, stderr } = await client.run([...words, `/${neighbours.other?.id ?? ''}/a${index}`], input);
        expect(code, words.join(' ')).to.equal(1);
        expect(stderr, words.join(' ')).to.match(
          /^circuit: .*(invalid spec: expected a|is a list of|expected a list of|nested deeper than 64)/,
        );
      };
      await Promise.all(TYPED.map(type));
    });
  });
});
