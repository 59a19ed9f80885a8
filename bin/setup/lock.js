/**
 * A lock file, so that two setups at once (`npm test` while `npm start`) do not build into each other's hands.
 */
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { readText, say } from './checkout.js';

const POLL_MS = 200;

/** Takes the lock, waiting for whoever has it; a lock whose process is gone is taken over. Returns what gives it back. */
export async function lock(path) {
  const mine = `${path}.${process.pid}`;
  fs.writeFileSync(mine, String(process.pid));
  try {
    for (let waiting = false; ; waiting = true) {
      try {
        // link(2) makes the file with its content in one step: nobody ever reads an empty lock.
        fs.linkSync(mine, path);
        break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = Number(readText(path));
      if (isGone(holder)) takeAway(path, holder);
      else {
        if (!waiting) say(`waiting for another setup, process ${holder} (its lock: ${path})`);
        await delay(POLL_MS);
      }
    }
  } finally {
    fs.rmSync(mine);
  }
  return () => fs.rmSync(path, { force: true });
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
