/**
 * How a circuit is mounted, as `start` and `mount` are told.
 */
import { InvalidArgumentError, Option } from 'commander';

export const WATCHDOG_S = 30;

export function mountOptions(): readonly Option[] {
  return [
    new Option('--engine <NAME>', 'what speaks with the kernel').choices(['kernel', 'fuse-native']).default('kernel'),
    new Option('--allow-other', 'let other users in, to read').default(false),
    new Option('--allow-group <NAME>', 'with --allow-other: a group whose members may also write'),
  ];
}

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 86_400)) throw new InvalidArgumentError('Give a number of seconds from 0 to 86400.');
  return value;
}
