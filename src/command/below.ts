/**
 * `-C NAME` behind a command that makes: not here, but in an anchor below, as `tar -C` and `git -C` have it. So one write starts many programs.
 */
import { CircuitError } from '../base/error.js';
import { showBytes, textOf, type Word } from './word.js';

export const BELOW = '-C';
/** As shown to users. */
export const BELOW_USAGE = `${BELOW} NAME`;

/**
 * Takes all `-C NAME` off the front of the words; each counts from where the one before has led.
 * @returns the names from here down to the anchor that is meant; none for this one
 * @throws CircuitError EINVAL for a name that is missing or leads elsewhere than down
 */
export function takeBelow(words: readonly Word[], command: string): { readonly below: readonly string[]; readonly rest: readonly Word[] } {
  const below: string[] = [];
  let at = 0;
  for (; isBelow(words[at]); at += 2) {
    const name = words[at + 1];
    if (name === undefined || name.json)
      throw new CircuitError('EINVAL', `${command}: ${BELOW} lacks its value: expected ${BELOW_USAGE}, an anchor below this one`);
    below.push(...namesBelow(textOf(name)));
  }
  return { below, rest: words.slice(at) };
}

/** Whether the next word is a command's first argument: all before it are `-C NAME`. @param words behind the command's name */
export function onlyBelow(words: readonly Word[]): boolean {
  return words.length % 2 === 0 && words.every((word, index) => index % 2 === 1 || isBelow(word));
}

/** The names of `shop/web`, from here down. @throws CircuitError EINVAL for a path that leads elsewhere */
export function namesBelow(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (path === '' || path.startsWith('/') || names.includes('..'))
    throw new CircuitError('EINVAL', `invalid name "${path}" behind ${BELOW}: expected an anchor below this one, as in web or shop/web`);
  return names;
}

/** The arguments of a command, as shown to users; `only` where it can make nothing but below. */
export function withBelow({ takes, arguments: words }: { readonly takes: unknown; readonly arguments: string }, only = false): string {
  if (takes !== 'none') return words;
  return `${only ? BELOW_USAGE : `[${BELOW_USAGE}]`} ${words}`.trimEnd();
}

function isBelow(word: Word | undefined): boolean {
  return word !== undefined && !word.json && showBytes(word.bytes) === BELOW;
}
