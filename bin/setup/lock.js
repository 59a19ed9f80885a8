/**
 * A lock file, so that two setups at once (`npm test` while `npm start`) do not build into each other's hands.
 */
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { readText, say } from './checkout.js';

const POLL_MS = 200;

/** Takes the lock, waiting for whoever has it, and holds it until this process ends; a lock whose process is gone is taken over. */
export async function lock(path) {
  const mine = `${path}.${process.pid}`;
  process.on('exit', () => fs.rmSync(mine, { force: true }));
  fs.writeFileSync(mine, String(process.pid));
  for (let waiting = false; !isTaken(mine, path); waiting = true) {
    const holder = Number(readText(path));
    if (isGone(holder)) takeAway(path, holder);
    else if (!waiting) say(`waiting for another setup, process ${holder} (its lock: ${path})`);
    await delay(POLL_MS);
  }
  process.on('exit', () => fs.rmSync(path, { force: true }));
}

/** Whether the lock is ours now. link(2) makes the file with its content in one step: nobody ever reads an empty lock. */
function isTaken(mine, path) {
  try {
    fs.linkSync(mine, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead process' lock. Renamed first and looked at then: another one may have been quicker and hold a new lock by now. */
function takeAway(path, holder) {
  const old = `${path}.${process.pid}.old`;
  try {
    fs.renameSync(path, old);
  } catch {
    return;
  }
  if (Number(readText(old)) !== holder) fs.linkSync(old, path);
  fs.rmSync(old);
}

function isGone(pid) {
  // An empty or vanished lock file reads as 0: look again.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
