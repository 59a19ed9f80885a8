/**
 * What became of the original's field `Lxc`: Docker has dropped LXC, and what was set through it has fields of its own today.
 */
import { CircuitError } from '../../base/error.js';

const TODAY: readonly (readonly [RegExp, string])[] = [
  [/^lxc\.cgroup2?\.cpuset\.cpus\b/, 'CpusetCpus'],
  [/^lxc\.cgroup2?\.(cpu\.shares|cpu\.weight)\b/, 'CpuShares'],
  [/^lxc\.cgroup2?\.memory\./, 'Memory'],
  [/^lxc\.net(work)?\./, 'Network'],
  [/^lxc\.mount\b/, 'Volume'],
  [/^lxc\.environment\b/, 'Env'],
];

/** The refusal of a field `Lxc`, which names today's field for each of its settings that has one. */
export function lxcRefusal(value: unknown): CircuitError {
  const settings = (Array.isArray(value) ? value : []).filter((each) => typeof each === 'string');
  const advice = settings.flatMap((setting) => {
    const field = TODAY.find(([pattern]) => pattern.test(setting.trim()))?.[1];
    return field === undefined ? [] : [`"${field}" for ${setting.split('=', 1)[0]?.trim() ?? ''}`];
  });
  const instead = advice.length > 0 ? [...new Set(advice)].join(', ') : '"CpusetCpus", "CpuShares", "Memory", "Network", "Volume"';
  return new CircuitError('EINVAL', `mkdkr: "Lxc": Docker has no LXC any more; use today's field: ${instead}`);
}
