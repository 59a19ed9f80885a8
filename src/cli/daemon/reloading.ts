/**
 * What SIGHUP finds changed in the configuration: what holds from now on, and what needs a restart. Pure.
 */
import type { Setting } from '../options/settings.js';

export interface Changes {
  /** Names of options that hold from now on, and of those that wait for a restart. */
  readonly now: readonly string[];
  readonly later: readonly string[];
}

export function changesBetween(before: readonly Setting[], after: readonly Setting[]): Changes {
  const changed = after.filter((setting) => {
    const old = before.find(({ row }) => row.name === setting.row.name);
    return old === undefined || JSON.stringify(old.value) !== JSON.stringify(setting.value);
  });
  const names = (mayNow: boolean): string[] => changed.filter(({ row }) => (row.reload === true) === mayNow).map(({ row }) => row.name);
  return { now: names(true), later: names(false) };
}

/** For the log; undefined if nothing has changed. */
export function sentenceOf({ now, later }: Changes): string | undefined {
  const parts = [
    ...(now.length > 0 ? [`${now.join(', ')} changed`] : []),
    ...(later.length > 0 ? [`${later.join(', ')} changed too: restart the server for that`.replace(now.length > 0 ? '' : ' too', '')] : []),
  ];
  return parts.length === 0 ? undefined : `SIGHUP: ${parts.join('; ')}`;
}
