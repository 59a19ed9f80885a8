/**
 * How a circuit is mounted, as `start` and `mount` are told.
 */
import { Option } from 'commander';
import { numberOption } from './number.js';

export const WATCHDOG_S = 30;

export function mountOptions(): readonly Option[] {
  return [
    new Option('--engine <NAME>', 'what speaks with the kernel').choices(['kernel', 'fuse-native']).default('kernel'),
    new Option('--no-name-cache', 'have the kernel ask for each name of a path each time'),
    new Option('--allow-other', 'let other users in, to look around').default(false),
    new Option('--allow-group <NAME>', 'with --allow-other: a group whose members may do all that you may, as root if you are root'),
  ];
}

/** Up to a day. */
export const seconds = numberOption('seconds', { min: 0, max: 86_400 });
