/**
 * SIGUSR1: a diagnostic report of the daemon, into the directory of `--var`. Registering the signal also keeps Node from opening its debugger's port on it.
 */
import { closeSync, constants, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CircuitError } from '../../base/error.js';
import { REPORTS_MAX } from '../../base/limits.js';
import type { Logger } from '../../server/logger.js';
import { profile } from '../../server/profile.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const REPORT = /^report-[\dTZ]+-\d+\.json$/;

let count = 0;

/** @param directory that of `--var`; undefined: there is none, and the log says so */
export function writeReport(directory: string | undefined, logger: Logger): void {
  if (directory === undefined) return logger.warn('SIGUSR1: no report is written, since there is no --var DIR to write it to');
  try {
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const path = join(directory, `report-${now}-${++count}.json`);
    const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      writeSync(fd, `${profile('report')}\n`);
    } finally {
      closeSync(fd);
    }
    removeOldest(directory);
    logger.info(`SIGUSR1: wrote a diagnostic report to ${path}`);
  } catch (error) {
    logger.error(`SIGUSR1: no report could be written: ${CircuitError.from(error).message}`);
  }
}

/** Their names are in order of time. */
function removeOldest(directory: string): void {
  const reports = readdirSync(directory).filter((name) => REPORT.test(name)).sort(); // prettier-ignore
  for (const name of reports.slice(0, -REPORTS_MAX)) unlinkSync(join(directory, name));
}
