/**
 * `--log-level`: how much a program says that runs until it is told to stop.
 */
import { InvalidArgumentError, Option } from 'commander';
import { LOG_LEVELS, type LogLevel } from '../../base/log.js';

const DEFAULT: LogLevel = 'info';

export function logLevelOption(): Option {
  return new Option('--log-level <LEVEL>', 'log this and what is graver')
    .choices(LOG_LEVELS)
    .argParser(parseLogLevel)
    .default(DEFAULT)
    .env('CIRCUIT_LOG_LEVEL');
}

/** An empty one is the default, as a variable that is set to nothing means. */
function parseLogLevel(text: string): LogLevel {
  const level = text === '' ? DEFAULT : LOG_LEVELS.find((one) => one === text);
  if (level === undefined) throw new InvalidArgumentError(`Expected ${LOG_LEVELS.slice(0, -1).join(', ')} or ${LOG_LEVELS.at(-1) ?? ''}.`);
  return level;
}
