/**
 * Compiles `native/`: the addon, the launcher and the watchdog.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT, SetupError, filesBelow, isExecutable, nodeHeaders, readText, say } from './checkout.js';
import { run } from './run.js';

const LIMIT_MS = 600_000;

/** Compiles `native/` if its sources or the machine's kind are not those of the last time. Whichever Node is there: the addon asks for Node-API. */
export async function compileAddon() {
  if (process.platform !== 'linux') {
    say(`the addon is for Linux: on ${process.platform} fuse-native and Node do instead, see "circuit doctor"`);
    return;
  }
  if (!fs.existsSync(join(ROOT, 'native/binding.gyp'))) return;
  const record = join(ROOT, 'native/build/setup.json');
  const made = JSON.stringify({ sources: hashOfSources('native'), arch: process.arch });
  if (readText(record) === made) return;
  requireTools();
  say('compiling the addon');
  const headers = nodeHeaders();
  const args = [join(ROOT, 'node_modules/node-gyp/bin/node-gyp.js'), 'rebuild', '-C', join(ROOT, 'native')];
  if (headers !== undefined) args.push('--nodedir', headers);
  const { done, output } = await run(process.execPath, args, { limit_ms: LIMIT_MS });
  if (!done) throw new SetupError(`the addon could not be compiled.\n${output}`);
  fs.writeFileSync(record, made);
}

function requireTools() {
  const { PATH = '', CXX = 'g++', CC = 'cc', MAKE = 'make', PYTHON = 'python3' } = process.env;
  const isThere = (command) => PATH.split(delimiter).some((directory) => isExecutable(join(directory, command.split(' ')[0])));
  const missing = [CC, CXX, MAKE, PYTHON].filter((command) => !command.includes('/') && !isThere(command));
  if (missing.length === 0) return;
  throw new SetupError(
    `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing, which compiling the addon takes: ` +
      'please install them (Debian, Ubuntu: apt install g++ make python3).',
  );
}

function hashOfSources(folder) {
  const sources = filesBelow(folder).filter((file) => /\.(c|h|gyp|gypi)$/.test(file) && !file.startsWith(join(folder, 'build')));
  const contents = sources.sort().map((file) => [file, fs.readFileSync(join(ROOT, file), 'utf8')]);
  return createHash('sha256').update(JSON.stringify(contents)).digest('hex');
}
