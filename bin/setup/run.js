/**
 * Runs the programs that do the work: each in a process group of its own, within a time limit, its output kept for the case that it fails.
 */
import { spawn } from 'node:child_process';
import { ROOT, SetupError } from './checkout.js';

/** The process group that runs now. */
let running;

/** Runs a program in a process group of its own, which ends as a whole when the time is over. Keeps what it prints. */
export function run(program, args, { limit_ms, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running = child.pid;
    let output = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child.pid);
    }, limit_ms);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error.code === 'ENOENT' ? new SetupError(`${program} is missing: please install it.`) : error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      running = undefined;
      resolve({ done: code === 0, timedOut, output });
    });
  });
}

/** Ends what runs now, with all that it has started; for a setup that is itself told to end. */
export function endRunning() {
  if (running !== undefined) endGroup(running);
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
