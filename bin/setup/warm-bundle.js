/**
 * Runs the bundle once, as a daemon or as commands, so that V8 has compiled what that takes, and keeps this code: `warm-bundle.js KIND [ROOT]`, by the
 * Node that is to use it. ROOT is that of a package which is being made; else it is the checkout.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import v8 from 'node:v8';
import { pathToFileURL } from 'node:url';
import { ROOT } from './checkout.js';

const WARM = { daemon: warmDaemon, command: warmCommands };
/** How long the user of a fresh mount may take, and the server that joins. */
const LIMIT_MS = 10_000;

const [kind, packed] = process.argv.slice(2);
const root = packed ?? ROOT;
const ofBundle = join(root, 'bin/bundle.cjs');
const { BUNDLE, compileBundle, pathInBundle, runBundle, sealCache } = await import(pathToFileURL(ofBundle).href);
process.env.CIRCUIT_CONFIG = ''; // what this machine is configured to do is not what is looked for
const scratch = fs.mkdtempSync(join(tmpdir(), 'circuit-warm-'));
const key = join(scratch, 'key');
const source = fs.readFileSync(BUNDLE.code);
const script = compileBundle(source.toString('latin1'));
const { main } = runBundle(script);
v8.setFlagsFromString = () => undefined; // V8 takes no code that was made with other flags than it runs with

try {
  hide();
  await main(['keygen', key]);
  await WARM[kind](() => fs.writeFileSync(pathInBundle(BUNDLE.caches[kind]), sealCache(source, script.createCachedData())));
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  leave(1);
}

/** A daemon in this process, used by another one, and joined by one; with a mount where that can be. */
async function warmDaemon(keep) {
  const directory = join(scratch, 'mount');
  const options = ['--discover', '', '-a', '127.0.0.1:0', '--hmac', key, '--var', join(scratch, 'var'), '--log-level', 'error'];
  const mounted = hasDevice();
  const url = new Promise((resolve, reject) => {
    hide(resolve);
    process.exit = () => reject(new Error('the daemon did not start'));
  });
  void main(['start', ...(mounted ? ['-m', directory] : ['--no-mount']), ...options]);
  await url;
  if (mounted) await promisify(execFile)('ls', ['-l', directory], { timeout: LIMIT_MS });
  await beJoined((await url).trim());
  keep();
  process.exit = leave;
  process.kill(process.pid, 'SIGTERM');
}

/** Another server joins, and ends: what many that start at once do most. */
async function beJoined(url) {
  const peer = spawn(process.execPath, [join(root, 'bin/circuit'), 'start', '--no-mount', '--discover', '', '--hmac', key, '-j', url], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
  });
  const ended = once(peer, 'exit');
  let said = '';
  for await (const text of peer.stderr) if ((said += text).includes(' has joined')) break;
  if (!said.includes(' has joined')) throw new Error(`another server did not join: ${said}`);
  peer.kill();
  await ended;
}

function hasDevice() {
  try {
    fs.accessSync('/dev/fuse', fs.constants.R_OK | fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function warmCommands(keep) {
  const server = spawn(process.execPath, [join(root, 'bin/circuit'), 'start', '--no-mount', '--discover', '', '--hmac', key], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [url] = await once(server.stdout, 'data');
    const dial = ['-d', url.toString().trim(), '--hmac', key];
    for (const [name, ...words] of [
      ['ls', '-l', '/...'],
      ['peek', `/${url.toString().trim().split('/').at(-1)}`],
      ['run', '--', 'true'],
    ]) {
      await main([name, ...dial, ...words]);
    }
    keep();
  } finally {
    server.kill();
  }
  leave(0);
}

/** What the bundle prints is for nobody, nor does it end this process. @param heard told of each text */
function hide(heard) {
  process.exit = () => undefined;
  process.stdout.write = (text, ...rest) => {
    heard?.(text);
    rest.findLast((each) => typeof each === 'function')?.();
    return true;
  };
}

function leave(code) {
  fs.rmSync(scratch, { recursive: true, force: true });
  process.reallyExit(code);
}
