/**
 * The addon, the launcher and the watchdog for machines of other kinds than this one, and for older systems: Node-API and glibc 2.28 are all that they
 * ask for, which is what Node's own binary does.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ROOT, SetupError, nodeHeaders } from '../setup/checkout.js';
import { runFor } from './run-for.js';

/** By Node's name of the architecture. */
const TOOLS = {
  x64: { compiler: 'x86_64-linux-gnu-gcc', strip: 'x86_64-linux-gnu-strip', objdump: 'x86_64-linux-gnu-objdump', debian: 'gcc' },
  arm64: {
    compiler: 'aarch64-linux-gnu-gcc',
    strip: 'aarch64-linux-gnu-strip',
    objdump: 'aarch64-linux-gnu-objdump',
    debian: 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  },
};
const NEWEST_GLIBC = [2, 28];
const OLD_GLIBC = ['-Wl,--wrap=__libc_start_main', 'bin/dist/old-glibc.c'];

/** Whether this machine can compile for that one. */
export function canCompileFor(arch) {
  return (process.env.PATH ?? '').split(':').some((folder) => fs.existsSync(join(folder, TOOLS[arch].compiler)));
}

/** Compiles all three into a folder. @throws SetupError with what to install */
export async function compileNatives(arch, into) {
  const { compiler, debian } = TOOLS[arch];
  if (!canCompileFor(arch)) throw new SetupError(`${compiler} is missing: please install it (Debian, Ubuntu: apt install ${debian}).`);
  const prefix = nodeHeaders() ?? (fs.existsSync('/usr/include/node/node_api.h') ? '/usr' : undefined);
  if (prefix === undefined) throw new SetupError('the headers of Node are missing: expected include/node beside its bin folder.');
  fs.mkdirSync(into, { recursive: true });
  const flags = [
    '-std=gnu11',
    '-D_GNU_SOURCE',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-O2',
    `-ffile-prefix-map=${ROOT}=.`,
    '-Wl,--build-id=none',
    '-s',
  ];
  for (const { name, sources, isAddon } of targets()) {
    const kind = isAddon
      ? ['-shared', '-fPIC', '-pthread', '-I', join(prefix, 'include/node'), `-DNODE_GYP_MODULE_NAME=${name}`]
      : OLD_GLIBC;
    const file = join(into, isAddon ? `${name}.node` : name);
    await runFor(compiler, [...flags, ...kind, '-o', file, ...sources.map((source) => join('native', source))]);
    fs.chmodSync(file, 0o755);
    await checkGlibc(arch, file);
  }
}

/** Takes the symbols out of an executable; what addons link against stays. */
export async function strip(arch, file) {
  await runFor(TOOLS[arch].strip, ['--strip-unneeded', file]);
}

/** What native/binding.gyp lists: node-gyp reads it as Python does, of which this much is JavaScript as well. */
function targets() {
  const text = fs.readFileSync(join(ROOT, 'native/binding.gyp'), 'utf8').replace(/^\s*#.*$/gm, '');
  const { conditions } = new Function(`return (${text})`)();
  return conditions[0][1].targets.map(({ target_name: name, type, sources }) => ({ name, sources, isAddon: type !== 'executable' }));
}

async function checkGlibc(arch, file) {
  const listed = await runFor(TOOLS[arch].objdump, ['-T', file]);
  for (const [, major, minor] of listed.matchAll(/GLIBC_(\d+)\.(\d+)/g)) {
    const [newestMajor, newestMinor] = NEWEST_GLIBC;
    if (Number(major) <= newestMajor && Number(minor) <= newestMinor) continue;
    throw new Error(`${file} needs glibc ${major}.${minor}, and the package promises ${NEWEST_GLIBC.join('.')}`);
  }
}
