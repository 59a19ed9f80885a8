/**
 * A command line that cannot be meant as it stands: exit status 2, in the same style as every other error.
 */
import type { Command, CommanderError } from 'commander';
import { CircuitError } from '../base/error.js';

export class UsageError extends CircuitError {
  constructor(message: string, options?: ErrorOptions) {
    super('EINVAL', message, options);
  }
}

/** What commander has found wrong, as one sentence that says where to look. */
export function usageErrorOf(error: CommanderError, command: Command): UsageError {
  const [what = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const meant = /\(Did you mean (?:one of )?(.*)\?\)/.exec(more.join(' '))?.[1];
  const hint = meant === undefined ? '' : ` (did you mean ${meant.split(', ').map((word) => `"${word}"`).join(' or ')}?)`; // prettier-ignore
  const isProgram = command.parent === null;
  const help = isProgram ? '"circuit help" lists the commands' : `"circuit ${command.name()} --help" shows how it is used`;
  return new UsageError(`${inOurWords(what)}${hint}; ${help}`, { cause: error });
}

function inOurWords(what: string): string {
  const [, flags, value, variable, expected] =
    /^option '(.*?)' (?:argument|value) '([^]*?)' (?:from env '(\w+)' )?is invalid\. (.*)$/.exec(what) ?? [];
  if (flags !== undefined && value !== undefined && expected !== undefined)
    return `invalid value "${value}" ${variable === undefined ? `for ${flags}` : `in $${variable}`}: ${inOurForm(expected)}`;
  const [, word, argument, wanted] = /^command-argument value '([^]*?)' is invalid for argument '(.*?)'\. (.*)$/.exec(what) ?? [];
  if (word !== undefined && argument !== undefined && wanted !== undefined) return `invalid ${argument} "${word}": ${inOurForm(wanted)}`;
  return what.replace(/'([^']*)'/g, '"$1"').replace(/\. Expected/, ': expected').replace(/\.$/, ''); // prettier-ignore
}

function inOurForm(expected: string): string {
  return withoutStop(expected.replace(/^Allowed choices are/, 'expected one of'));
}

/** A sentence behind a colon. */
export function withoutStop(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`;
}
