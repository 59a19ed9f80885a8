/**
 * Every module can be imported where nothing is compiled and the system is another one than Linux: nothing of that is asked for before it is needed.
 */
import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Uncompiled } from '../lib/uncompiled.js';

const run = promisify(execFile);

/** Another system, as far as a program can be made to see one: its name, and neither /proc nor /sys. Node's constants cannot be changed. */
const ANOTHER = `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  import os from 'node:os';
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  os.platform = () => 'darwin';
  os.type = () => 'Darwin';
  for (const name of ['readFileSync', 'readdirSync', 'statSync', 'openSync', 'readlinkSync']) {
    const real = fs[name];
    fs[name] = (path, ...more) => {
      if (!/^\\/(proc|sys)(\\/|$)/.test(String(path))) return real(path, ...more);
      if (more[0]?.throwIfNoEntry === false) return undefined;
      throw Object.assign(new Error('ENOENT: no such file or directory, ' + path), { code: 'ENOENT', errno: -2, path });
    };
  }
  syncBuiltinESMExports();
`;

describe('on another system without anything compiled', () => {
  it('every module can be imported', async function () {
    this.timeout(120_000);
    using uncompiled = new Uncompiled();
    const files = ['src', 'mount', 'native'].flatMap((room) =>
      readdirSync(join(uncompiled.root, 'dist', room), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.js'))
        .map((file) => uncompiled.module(join(room, file))),
    );
    expect(files.length).to.be.above(300);
    const program = join(uncompiled.root, 'import-all.mjs');
    writeFileSync(
      program,
      `${ANOTHER}
      if (process.platform === 'linux') throw new Error('this is Linux');
      const failed = [];
      for (const file of ${JSON.stringify(files)}) await import(file).catch((error) => failed.push(file + ': ' + error.message));
      console.log(JSON.stringify(failed));
      process.exit();`,
    );
    const { stdout } = await run(process.execPath, [program], { env: { PATH: process.env['PATH'] } });
    expect(JSON.parse(stdout)).to.deep.equal([]);
  });

  it('the program runs', async () => {
    using uncompiled = new Uncompiled();
    const program = join(uncompiled.root, 'another.mjs');
    const main = JSON.stringify(uncompiled.module('src/cli/main.js'));
    writeFileSync(program, `${ANOTHER}\nconst { main } = await import(${main});\nawait main(process.argv.slice(2));\n`);
    const env = { PATH: process.env['PATH'], CIRCUIT_CONFIG: '' };
    const node = (args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
      run(process.execPath, [program, ...args], { env });
    expect((await node(['help'])).stdout).to.contain('Servers and mounts:');
    expect((await node(['version', '--verbose'])).stdout).to.match(/^engine: +fuse-native/m);
    expect((await node(['keygen'])).stdout).to.match(/^[A-Za-z\d+/]{43}=\n$/);
  });
});
