/**
 * Runs the bundle once against a server, so that V8 has compiled what commands need, and keeps that code.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileBundle, pathInBundle, runBundle } from '../bundle.js';
import { ROOT } from './checkout.js';

const PROGRAM = join(ROOT, 'bin/circuit');
const scratch = fs.mkdtempSync(join(tmpdir(), 'circuit-warm-'));
const key = join(scratch, 'key');
let server;

try {
  const script = compileBundle();
  const { main } = runBundle(script);
  await useIt(main);
  fs.writeFileSync(pathInBundle('cache'), script.createCachedData());
} finally {
  server?.kill();
  fs.rmSync(scratch, { recursive: true, force: true });
}
leave(0);

async function useIt(main) {
  const write = process.stdout.write;
  Object.assign(process, { exit: () => undefined });
  process.stdout.write = (_text, ...rest) => {
    rest.findLast((each) => typeof each === 'function')?.();
    return true;
  };
  await main(['keygen', key]);
  server = spawn(process.execPath, [PROGRAM, 'start', '--no-mount', '--discover', '', '--hmac', key], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await once(server.stdout, 'data');
  const dial = ['-d', url.toString().trim(), '--hmac', key];
  const anchor = `/${url.toString().trim().split('/').at(-1)}`;
  for (const command of [
    ['ls', '-l', '/...'],
    ['peek', anchor],
    ['run', '--', 'true'],
  ]) {
    const [name, ...words] = command;
    await main([name, ...dial, ...words]);
  }
  process.stdout.write = write;
}

function leave(code) {
  process.exitCode = code;
  process.reallyExit(code);
}
